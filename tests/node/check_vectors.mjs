// Checks docs/specification/vectors by stock npm `jose` and Node's own `crypto`, with nothing of ours.
//
//     node check_vectors.mjs FOLDER
//
// Writes {file: number of checks} to standard output; for each file the first vector that does not hold to
// standard error, and exits with 1.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compactDecrypt, importJWK } from 'jose'
import {
  b64u, canonical, caseToken, demand, derive, digest, entrySigned, eventId, frames, leaf, mac, parse, partDigest, partition,
  plaintext, project, seal, sha256, sign, time, unb64u, verified, verifyBytes,
  verifyBytesP256, wholeDirectory,
} from './wire.mjs'

const folder = process.argv[2]
const counted = {}
let file = ''

for (const [name, check] of Object.entries({
  'encodings.json': encodings, 'keyed.json': keyed, 'part.json': part,
  'part_p256.json': partOnP256, 'signatures.json': signatures, 'es256.json': es256,
  'directory.json': directory, 'event.json': event, 'delivery.json': delivery, 'log.json': log,
})) {
  file = name
  counted[file] = 0
  try {
    await check(JSON.parse(readFileSync(join(folder, name))))
  } catch (error) {
    process.stderr.write(`${file} does not hold: ${error.message}\n`)
    process.exitCode = 1
  }
}
process.stdout.write(JSON.stringify(counted))

function same(got, expected, what) {
  demand(canonical(got) === canonical(expected), `${file}: ${what}`)
  counted[file] += 1
}

function refused(work, what) {
  try {
    work()
  } catch {
    counted[file] += 1
    return
  }
  demand(false, `${file}: ${what} was taken`)
}

function encodings(vector) {
  for (const one of vector.base64url) {
    same(b64u(Buffer.from(one.hex, 'hex')), one.text, 'base64url')
    same(unb64u(one.text).toString('hex'), one.hex, 'base64url')
  }
  for (const text of vector.base64url_refused) refused(() => unb64u(text), text)
  for (const one of vector.canonical) {
    same(canonical(one.value), one.text, 'canonical')
    same(parse(one.text), one.value, 'canonical')
  }
  for (const text of vector.canonical_refused) refused(() => parse(text), text)
  same(digest(vector.token_digest.token), vector.token_digest.D, 'D')
  const [head, ...rest] = vector.part_digest.part.split('.')
  same(sha256(head).toString('hex'), vector.part_digest.head_sha256, 'head')
  same(sha256(rest.join('.')).toString('hex'), vector.part_digest.rest_sha256, 'rest')
  same(partDigest(vector.part_digest.part), vector.part_digest.P, 'P')
  same(leaf(vector.leaf.record), vector.leaf.leaf, 'leaf')
  for (const one of vector.time) same(time(one.instant), one.text, 'time')
  const id = vector.event_id
  same(eventId(id.at_ms, Buffer.from(id.random_hex, 'hex')), id.id, 'event id')
}

function keyed(vector) {
  const bytes = (hex) => Buffer.from(hex, 'hex')
  for (const one of vector.frames) same(frames(...one.fields).toString('hex'), one.hex, 'frames')
  same(mac(bytes(vector.mac.secret_hex), ...vector.mac.fields).toString('hex'), vector.mac.hex, 'mac')
  for (const one of vector.derive) {
    same(frames('relais', one.label, ...one.fields).toString('hex'), one.info_hex, 'info')
    const made = derive(bytes(one.secret_hex), one.label, one.fields, one.length)
    same(made.toString('hex'), one.hex, `derive ${one.label}`)
  }
  const own = vector.case_token
  const agency = bytes(own.agency_secret_hex)
  same(derive(agency, 'case', [own.realm]).toString('hex'), own.key_hex, 'case key')
  same(caseToken(agency, own.realm, own.desk, own.reference), own.token, 'case token')
  const places = vector.partition
  const secret = bytes(places.routing_secret_hex)
  const key = derive(secret, 'partition', [places.realm])
  same(key.toString('hex'), places.key_hex, 'partition key')
  for (const one of places.cases) {
    same(mac(key, one.token).toString('hex'), one.mac_hex, 'partition mac')
    same(partition(secret, places.realm, one.token, one.partitions), one.partition, 'partition')
  }
}

async function part(vector) {
  const { evt, iss, cat } = vector.header
  same(plaintext(vector.body, cat, evt, iss, vector.salt), vector.plaintext, 'plaintext')
  same(Buffer.byteLength(vector.plaintext) % 512, 0, 'padding')
  same(digest(vector.plaintext), vector.pth, 'pth')
  same(vector.header.pth, vector.pth, 'pth of the header')
  same(b64u(canonical(vector.header)), vector.part.split('.')[0], 'header')
  for (const one of [vector, vector.other_order]) {
    same(partDigest(one.part), one.P, 'P')
    same(await opened(one.part, vector.recipient), vector.plaintext, 'content')
  }
  demand(vector.P !== vector.other_order.P, 'two orders, one P')
  const again = await seal(vector.plaintext, { aud: vector.recipient.owner, iss, evt, cat }, vector.recipient)
  same(await opened(again, vector.recipient), vector.plaintext, 'sealed again')
}

async function partOnP256(vector) {
  const { evt, iss, cat } = vector.header
  same(plaintext(vector.body, cat, evt, iss, vector.random.salt), vector.plaintext, 'plaintext')
  same(digest(vector.plaintext), vector.pth, 'pth')
  same(b64u(canonical(vector.header)), vector.part.split('.')[0], 'header')
  same(partDigest(vector.part), vector.P, 'P')
  same(await opened(vector.part, vector.recipient), vector.plaintext, 'content')
  const { kty, crv, x, y } = vector.recipient
  same(vector.sealing.keys.P30['2026m11'], { kty, crv, x, y }, 'the key in `sealing`')
  const again = await seal(vector.plaintext, { aud: vector.recipient.owner, iss, evt, cat }, vector.recipient)
  same(await opened(again, vector.recipient), vector.plaintext, 'sealed again')
}

async function opened(token, jwk) {
  token.split('.').forEach(unb64u)
  const { plaintext: content, protectedHeader: header } = await compactDecrypt(token, await importJWK(jwk, jwk.alg), {
    keyManagementAlgorithms: ['ECDH-ES+A256KW'], contentEncryptionAlgorithms: ['A256GCM'],
  })
  const names = ['alg', 'aud', 'cat', 'cty', 'enc', 'epk', 'evt', 'iss', 'kid', 'pth', 'typ']
  same(Object.keys(header).sort(), names, 'members of the header')
  same(b64u(sha256(content)), header.pth, 'commitment')
  const text = Buffer.from(content).toString()
  for (const name of ['cat', 'evt', 'iss']) same(parse(text)[name], header[name], name)
  return text
}

function signatures(vector) {
  for (const one of vector.signatures) {
    const check = () => verifyBytes(one.x, Buffer.from(one.message_hex, 'hex'), one.signature)
    if (!one.verifies) refused(check, one.why)
    else {
      check()
      counted[file] += 1
    }
  }
}

async function es256(vector) {
  for (const one of vector.signatures) {
    const check = () => verifyBytesP256(vector.key, Buffer.from(one.message_hex, 'hex'), one.signature)
    if (!one.verifies) refused(check, one.why)
    else {
      check()
      counted[file] += 1
    }
  }
  const { claims, owner } = await verified(vector.jws, 'referral-slip+jwt', [vector.key])
  same([claims, owner], [{ iat: 1795514400 }, vector.key.owner], 'a JWS')
}

async function directory(vector) {
  const { claims } = await verified(vector.directory, 'referral-directory+jwt', [vector.keeper])
  same(claims, vector.payload, 'payload')
  same(digest(canonical(claims)), vector.dird, 'dird')
  const { desks } = await wholeDirectory(vector.directory, [vector.keeper])
  same(desks.length, 3, 'desks')
  for (const [label, name, one] of [
    ['signing-key', 'proof', vector.signing_entry], ['sealing-keys', 'sig', vector.sealing],
  ]) same(entrySigned(label, one.owner, one.entry, name).toString('hex'), one.signed_hex, label)
  for (const row of [...desks, { desk: claims.router.router, ...claims.router }]) {
    for (const one of row.signing) {
      verifyBytes(one.x, entrySigned('signing-key', row.desk, one, 'proof'), one.proof)
      counted[file] += 1
    }
    if (row.sealing !== undefined) {
      const by = row.signing.find((key) => key.kid === row.sealing.by)
      verifyBytes(by.x, entrySigned('sealing-keys', row.desk, row.sealing, 'sig'), row.sealing.sig)
      counted[file] += 1
    }
  }
}

async function event(vector) {
  const { given, published } = vector
  const { claims, owner } = await verified(vector.cover, 'referral-cover+jwt', [given.signing])
  same(owner, claims.iss, 'owner')
  same(claims, vector.cover_claims, 'claims')
  same(await sign(claims, 'referral-cover+jwt', given.signing), vector.cover, 'cover')
  same(digest(vector.cover), vector.D.cover, 'D of the cover')
  for (const [at, addressee] of claims.to.entries()) {
    const slip = vector.slips[at]
    const read = await verified(slip, 'referral-slip+jwt', [given.signing])
    same(project(claims, addressee), vector.slip_claims[at], 'projection')
    same(read.claims, vector.slip_claims[at], 'slip')
    same(digest(slip), addressee.slip, 'D of the slip')
    same(digest(slip), vector.D.slips[at], 'D of the slip')
    const own = vector.parts.filter((one) => addressee.parts.includes(partDigest(one)))
    same(own.map(partDigest).sort(), addressee.parts, 'parts')
    const bodies = {}
    for (const one of own) {
      const content = parse(await opened(one, vector.recipients[addressee.desk]))
      bodies[content.cat] = content.body
    }
    same(bodies, given.to[at].bodies, 'bodies')
  }
  same(claims.to.flatMap((one) => one.parts).length, vector.parts.length, 'all parts')
  const shell = parse(published.value)
  same(shell, {
    data: { cover: vector.cover, parts: vector.parts, slips: vector.slips }, datacontenttype: 'application/json',
    id: claims.jti, source: claims.iss, specversion: '1.0', subject: claims.sub, time: time(claims.iat),
    type: `relais.event.${claims.etype}`,
  }, 'shell')
  same(published.key, digest(vector.cover), 'key')
  same(published.topic, `relais.${given.realm}.outbox.${given.agency}`, 'topic')
  same(partition(Buffer.from(given.routing_secret_hex, 'hex'), given.realm, given.case, given.partitions), published.partition, 'partition')
}

async function delivery(vector) {
  const salt = unb64u(vector.salt)
  const seen = new Set()
  for (const [at, row] of vector.inboxes.entries()) {
    const { ordinal, claims, hashed } = vector.messages[at]
    const shell = parse(row.value)
    const token = shell.data.receipt ?? shell.data.notice
    const typ = shell.data.receipt === undefined ? 'referral-notice+jwt' : 'referral-receipt+jwt'
    const read = await verified(token, typ, [vector.router])
    same(read.claims, claims, 'claims')
    same(read.owner, claims.iss, 'by the router')
    const { dec, ...bare } = claims
    same(canonical(bare), hashed, 'what the record hashes')
    same(b64u(derive(salt, 'nonce', [claims.aud, String(ordinal)], 16)), claims.nonce, 'nonce')
    same(row.topic, `relais.civil.inbox.${vector.agencies[claims.aud]}`, 'topic')
    same(row.partition, claims.partition, 'partition')
    if (shell.data.receipt === undefined) {
      const random = derive(salt, 'notice-id', [claims.aud, String(ordinal)], 10)
      same(eventId(claims.iat * 1000, random), claims.jti, 'id of the notice')
      same([shell.type, row.key], [`relais.notice.${claims.kind}`, digest(token)], 'notice')
      continue
    }
    const slip = await verified(shell.data.slip, 'referral-slip+jwt', [vector.issuer])
    same([slip.claims.aud, digest(shell.data.slip), row.key], [claims.aud, claims.slip, claims.slip], 'slip')
    same(shell.data.parts.map(partDigest).sort(), claims.parts, 'parts')
    for (const one of shell.data.parts) seen.add(await opened(one, vector.recipients[claims.aud]))
  }
  same(seen.size, 5, 'five parts')
}

async function log(vector) {
  let before = ''
  for (const [at, order] of vector.orders.entries()) {
    same(digest(order.value), order.digest, 'digest of the order')
    for (const token of parse(order.value)) {
      const { claims } = await verified(token, 'referral-order+jwt', [vector.owner])
      same([claims.n, claims.prev ?? ''], [at + 1, before], 'order in turn')
    }
    before = order.digest
  }
  let prev = ''
  for (const [at, row] of vector.records.entries()) {
    const record = parse(row.record)
    same([record.index, record.prev], [at, prev], 'record in turn')
    same(leaf(row.record), row.leaf, 'leaf')
    same(b64u(sha256(row.evidence)), record.evd, 'evidence')
    prev = row.leaf
    if (row.sig === undefined) continue
    const { kid, sig } = parse(row.sig)
    same(kid, vector.router.kid, 'signed by the router')
    const signed = Buffer.concat([Buffer.from('relais-leaf\0'), unb64u(row.leaf)])
    same(signed.toString('hex'), row.signed_hex, 'what is signed')
    verifyBytes(vector.router.x, signed, sig)
  }
  demand(vector.records.at(-1).sig !== undefined, 'tail_unsigned')
}

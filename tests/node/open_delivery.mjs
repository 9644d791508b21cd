// A recipient written by somebody else: stock npm `jose`, Node's own hashes, and the rules of
// envelope §8. Reads {desk, router, keys, private, cases: [{name, value}]} from standard input and
// writes [{name, bodies} or {name, refused}] to standard output.
//
// `keys` are the directory's signing keys (JWK with kid, alg, owner), `private` the desk's X25519 keys.
// What `jose` does not do by itself is done here: the exact typ, canonical base64url, the commitment, no R of small order.

import { createHash } from 'node:crypto'
import { compactDecrypt, compactVerify, importJWK } from 'jose'
import { demandFit } from './wire.mjs'

const input = JSON.parse(await text(process.stdin))
const answers = []
for (const { name, value } of input.cases) {
  try {
    answers.push({ name, bodies: await open(value) })
  } catch (error) {
    answers.push({ name, refused: error.code ?? error.message })
  }
}
process.stdout.write(JSON.stringify(answers))

async function open(value) {
  const event = JSON.parse(value)
  demand(same(Object.keys(event.data), ['parts', 'receipt', 'slip']), 'wrong_data')
  const { slip: slipToken, receipt: receiptToken, parts } = event.data
  const slip = await verify(slipToken, 'referral-slip+jwt')
  const receipt = await verify(receiptToken, 'referral-receipt+jwt')
  demand(slip.owner === slip.claims.iss, 'claimed_authorship')
  demand(receipt.owner === input.router && receipt.claims.iss === input.router, 'not_by_router')
  demand(receipt.claims.iat < slip.claims.exp, 'expired')
  for (const [attribute, claim] of [['id', 'jti'], ['source', 'iss'], ['subject', 'sub']]) {
    demand(event[attribute] === slip.claims[claim], 'cloudevent_differs')
  }
  demand(event.type === `relais.event.${slip.claims.etype}`, 'cloudevent_differs')
  demand(Date.parse(event.time) === slip.claims.iat * 1000, 'cloudevent_differs')
  demand(slip.claims.aud === input.desk && receipt.claims.aud === input.desk, 'wrong_audience')
  demand(receipt.claims.slip === sha(slipToken).toString('base64url'), 'receipt_for_other_slip')
  demand(same(receipt.claims.parts, parts.map(partDigest)), 'parts_differ')
  demand(receipt.claims.parts.every((one) => slip.claims.parts.includes(one)), 'part_unlisted')
  const bodies = {}
  for (const part of parts) {
    const { header, content } = await unseal(part)
    demand(header.aud === input.desk, 'part_for_other_desk')
    demand(header.iss === slip.claims.iss, 'part_of_other_issuer')
    demand(header.evt === slip.claims.jti, 'part_of_other_event')
    for (const name of ['cat', 'evt', 'iss']) demand(content[name] === header[name], 'plaintext_differs')
    bodies[header.cat] = content.body
  }
  return bodies
}

async function verify(token, typ) {
  canonical(token, 3)
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0], 'base64url'))
  const jwk = input.keys.find((one) => one.kid === kid)
  demand(jwk !== undefined, 'unknown_key')
  demandFit(jwk.x, token.split('.')[2])
  const key = await importJWK(jwk, jwk.alg)
  const { payload, protectedHeader } = await compactVerify(token, key, { algorithms: [jwk.alg] })
  demand(same(Object.keys(protectedHeader), ['alg', 'kid', 'typ']), 'wrong_header_keys')
  demand(protectedHeader.typ === typ, 'wrong_typ')
  return { claims: JSON.parse(Buffer.from(payload)), owner: jwk.owner }
}

async function unseal(token) {
  canonical(token, 5)
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0], 'base64url'))
  const jwk = input.private.find((one) => one.kid === kid)
  demand(jwk !== undefined, 'no_private_key')
  const { plaintext, protectedHeader } = await compactDecrypt(token, await importJWK(jwk, jwk.alg), {
    keyManagementAlgorithms: ['ECDH-ES+A256KW'],
    contentEncryptionAlgorithms: ['A256GCM'],
  })
  demand(protectedHeader.typ === 'referral-part+jwe', 'wrong_typ')
  demand(sha(plaintext).toString('base64url') === protectedHeader.pth, 'wrong_commitment')
  return { header: protectedHeader, content: JSON.parse(Buffer.from(plaintext)) }
}

function canonical(token, count) {
  const segments = token.split('.')
  demand(segments.length === count, 'wrong_segments')
  const exact = (one) => Buffer.from(one, 'base64url').toString('base64url') === one
  demand(segments.every(exact), 'base64_not_canonical')
}

function partDigest(token) {
  const dot = token.indexOf('.')
  const both = Buffer.concat([sha(token.slice(0, dot)), sha(token.slice(dot + 1))])
  return sha(both).toString('base64url')
}

function sha(data) {
  return createHash('sha256').update(data).digest()
}

function same(one, other) {
  return JSON.stringify([...one].sort()) === JSON.stringify([...other].sort())
}

function demand(truth, code) {
  if (!truth) throw Object.assign(new Error(code), { code })
}

async function text(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

// What a desk does with a record of its inbox: every step of envelope §8, by the directory of keys §2.
// Signing keys: Ed25519 and ES256. Keys of its own to open by, and of others to seal for: X25519 and P-256.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import { compactDecrypt, importJWK } from 'jose'
import {
  P, Refused, canonical, demand, demandSigned, digest, frames, instant, little, only, parse, partDigest, unb64u, without,
} from './wire.mjs'

export const read = (...path) => JSON.parse(readFileSync(join(...path)))
const SPECIFICATION = join(import.meta.dirname, '..', '..', 'docs', 'specification')
const ajv = new Ajv({ strict: false })
const SCHEMAS = { bodies: read(SPECIFICATION, 'bodies.schema.json'), tokens: read(SPECIFICATION, 'tokens.schema.json') }
for (const [name, schema] of Object.entries(SCHEMAS)) ajv.addSchema(schema, name)
const HEADER = ['alg', 'aud', 'cat', 'cty', 'enc', 'epk', 'evt', 'iss', 'kid', 'pth', 'typ']
const FIXED = { typ: 'referral-part+jwe', alg: 'ECDH-ES+A256KW', enc: 'A256GCM', cty: 'json' }
const CURVES = { X25519: ['crv', 'kty', 'x'], 'P-256': ['crv', 'kty', 'x', 'y'] }
const CONSTANT = { specversion: '1.0', datacontenttype: 'application/json' }

export const fits = (file, place, value, code) => demand(ajv.validate(`${file}${place.$ref}`, value), code)
const same = (names, wanted) => canonical([...names].sort()) === canonical([...wanted].sort())
const isDict = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
export const pinned = (keys) => new Map(keys.map((key) => [key.kid, key]))

// envelope §4.1, §7 steps 3 to 5; pinned keys have no end
export function verified(token, typ, keys, limit) {
  demand(typeof token === 'string', 'wrong_data')
  demand(token.length <= limit, 'too_large')
  const [head, payload, ...tail] = token.split('.').map(unb64u)
  demand(tail.length === 1, 'wrong_segments')
  const [header, claims] = [parse(head, 1024), parse(payload, limit)]
  const key = keys.get(header.kid)
  demand(key !== undefined, 'unknown_key')
  if (key.not_before !== undefined) {
    demand(typeof claims.iat === 'number', 'no_iat')
    demand(key.not_before <= claims.iat && claims.iat < key.not_after, 'key_not_valid')
  }
  demand(same(Object.keys(header), ['alg', 'kid', 'typ']), 'wrong_header_keys')
  demand(header.typ === typ, 'wrong_typ')
  demand(header.alg === key.alg, 'wrong_alg')
  demandSigned(key, Buffer.from(token.slice(0, token.lastIndexOf('.'))), tail[0])
  return { claims, owner: key.owner }
}

// keys §2: every entry signed by its own key, the whole by the keeper's
export class Directory {
  constructor(token, pages, keepers) {
    const { claims: whole } = verified(token, 'referral-directory+jwt', keepers, 6 << 20)
    const named = new Map(pages.map((page) => [digest(unb64u(page.split('.')[1])), page]))
    Object.assign(this, { router: whole.router.router, expires: whole.exp, desks: new Map(), keys: new Map() })
    this.add(this.router, whole.router.signing)
    for (const name of whole.pages) {
      demand(named.has(name), 'page_missing')
      for (const row of verified(named.get(name), 'referral-directory-page+jwt', keepers, 4 << 20).claims.desks) {
        demand(!this.desks.has(row.desk), 'desk_twice')
        this.desks.set(row.desk, row)
        this.add(row.desk, row.signing)
      }
    }
  }

  add(owner, entries) {
    for (const entry of entries) {
      const bare = canonical(without(entry, 'proof', 'revoked', 'reason', 'since'))
      demandSigned(entry, frames('relais', 'signing-key', owner, bare), unb64u(entry.proof))
      this.keys.set(entry.kid, { ...entry, owner, not_after: Math.min(entry.not_after, entry.revoked ?? entry.not_after) })
    }
  }

  // keys §2.4, §2.6: the newest of a class, which the desk itself has signed
  sealingKey(desk, retention, at) {
    demand(this.desks.has(desk), 'unknown_desk')
    const { sealing } = this.desks.get(desk)
    const by = this.keys.get(sealing.by)
    demand(by.owner === desk && by.not_before <= sealing.iat && sealing.iat < by.not_after, 'key_not_valid')
    demandSigned(by, frames('relais', 'sealing-keys', desk, canonical(without(sealing, 'sig', 'revoked'))), unb64u(sealing.sig))
    const found = Object.entries(sealing.keys[retention] ?? {}).map(([week, x]) => {
      const kid = `${desk.split(':').at(-1)}-${retention.toLowerCase()}-${week}`
      return { kid, from: monday(week), jwk: typeof x === 'string' ? { kty: 'OKP', crv: 'X25519', x } : x }
    }).filter(({ kid, from }) => from <= at && at < Math.min(from + 14 * 86400, sealing.revoked?.[kid] ?? Infinity))
    demand(found.length, 'no_encryption_key')
    return found.sort((one, other) => one.from - other.from || (one.kid < other.kid ? -1 : 1)).at(-1)
  }
}

// ISO 8601: week 1 is the one with 4 January in it
function monday(week) {
  const [year, number] = week.split('w').map(Number)
  const fourth = new Date(Date.UTC(year, 0, 4))
  return fourth / 1000 + ((number - 1) * 7 - ((fourth.getUTCDay() + 6) % 7)) * 86400
}

// envelope §3.4: a scope's content fits its schema, and hides no letters
export function checkBody(etype, cat, body) {
  const place = SCHEMAS.bodies.events[etype]?.[cat] ?? SCHEMAS.bodies.scopes[cat]
  demand(place, 'unknown_scope')
  fits('bodies', place, body, 'body_malformed')
  demand(!/(?![\u200c\u200d])\p{Cf}/u.test(canonical(body)), 'body_malformed')
}

export class Desk {
  constructor(folder, directory, opened) {
    this.settings = read(folder, 'settings.json')
    Object.assign(this, { me: this.settings.desk, directory, opened, last: new Map(), delivered: new Set() })
    const keys = readdirSync(join(folder, 'keys')).map((name) => read(folder, 'keys', name))
    this.signing = keys.filter((key) => key.use === 'sig')
    this.sealing = pinned(keys.filter((key) => key.use === 'enc'))
  }

  // The verdict on a record of the inbox, and what is owed for it
  async take(partition, headers, value) {
    try {
      return await this.steps(partition, headers, value)
    } catch (fault) {
      if (!(fault instanceof Refused)) throw fault
      return { said: { accepted: false, reason: fault.message } }
    }
  }

  steps(partition, headers, value) {
    demand(value !== null, 'null_value') // 1.
    demand(headers.length <= 16, 'too_many_headers')
    demand(headers.every(([, content]) => content !== null), 'null_header')
    demand(headers.flat().reduce((sum, one) => sum + one.length, 0) <= 4096, 'headers_too_large')
    demand(headers.flat().every((one) => Buffer.from(one.toString()).equals(one)), 'header_not_utf8')
    const types = headers.filter(([name]) => name.toString().toLowerCase() === 'content-type')
      .map(([, content]) => content.toString().split(';')[0].trim().toLowerCase())
    demand(same(types, ['application/cloudevents+json']), 'wrong_content_type')
    const shell = parse(value, 5 << 18)
    demand(same(Object.keys(shell), [...Object.keys(CONSTANT), 'id', 'source', 'subject', 'time', 'type', 'data']), 'wrong_event_keys')
    demand(Object.entries(CONSTANT).every(([name, text]) => shell[name] === text), 'wrong_event_type')
    const names = isDict(shell.data) ? Object.keys(shell.data) : []
    demand(same(names, ['notice']) || same(names, ['parts', 'receipt', 'slip']), 'wrong_data')
    return names.length === 1 ? this.notice(partition, shell) : this.delivery(partition, shell)
  }

  byRouter(token, typ, limit) {
    const { claims, owner } = verified(token, typ, this.directory.keys, limit)
    demand(owner === this.directory.router && claims.iss === owner, 'not_by_router')
    return claims
  }

  repeats(shell, { jti, iss, sub, iat }, type) {
    const wanted = { id: jti, source: iss, subject: sub, time: instant(iat), type }
    demand(Object.entries(wanted).every(([name, text]) => shell[name] === text), 'cloudevent_differs')
  }

  // Of 12.: what was never told is an alarm, and what came is taken all the same
  numbered(partition, claims) {
    demand(claims.partition === partition, 'wrong_partition')
    const before = this.last.get(partition) ?? 0
    demand(claims.seq > before, 'replayed')
    this.last.set(partition, claims.seq)
    return claims.seq > before + 1 ? { alarm: 'seq_gap' } : {}
  }

  notice(partition, shell) {
    const claims = this.byRouter(shell.data.notice, 'referral-notice+jwt', 256 << 10)
    demand(Object.hasOwn(SCHEMAS.tokens.notices, claims.kind), 'unknown_notice')
    fits('tokens', SCHEMAS.tokens.notices[claims.kind], claims, 'notice_malformed')
    this.repeats(shell, claims, `relais.notice.${claims.kind}`)
    demand(claims.aud === this.me, 'wrong_audience')
    const alarm = this.numbered(partition, claims)
    const more = only(claims, 'refused', 'reasons', 'code', 'stage')
    return { said: { accepted: true, notice: claims.kind, event: claims.event.jti, ...more, ...alarm } }
  }

  async delivery(partition, shell) {
    const { slip: token, parts } = shell.data
    demand(Array.isArray(parts) && parts.every((part) => typeof part === 'string'), 'wrong_data')
    demand(parts.length <= 64, 'too_many')
    const { claims: slip, owner } = verified(token, 'referral-slip+jwt', this.directory.keys, 32 << 10) // 2.
    fits('tokens', { $ref: '#/$defs/Slip' }, slip, 'slip_malformed')
    demand(owner === slip.iss, 'claimed_authorship')
    const receipt = this.byRouter(shell.data.receipt, 'referral-receipt+jwt', 128 << 10)
    fits('tokens', { $ref: '#/$defs/Receipt' }, receipt, 'receipt_malformed')
    demand((receipt.arrived ?? receipt.iat) < slip.exp, 'expired') // 3.
    demand(slip.iat <= receipt.iat + 120, 'issued_ahead')
    this.repeats(shell, slip, `relais.event.${slip.etype}`) // 4.
    demand(slip.aud === this.me && receipt.aud === this.me, 'wrong_audience') // 5.
    const heads = parts.map(headOf)
    demand(receipt.slip === digest(token), 'receipt_for_other_slip') // 6.
    demand(canonical(receipt.parts) === canonical(parts.map(partDigest).sort()), 'parts_differ')
    demand(new Set(receipt.parts).size === parts.length, 'parts_differ')
    demand(receipt.parts.every((part) => slip.parts?.includes(part)), 'part_unlisted')
    const alarm = this.numbered(partition, receipt) // 12.
    const [event, known] = [{ iss: slip.iss, jti: slip.jti }, canonical([slip.iss, slip.jti, slip.sub])]
    demand(!this.delivered.has(known), 'delivered_twice')
    this.delivered.add(known)
    const bodies = {}
    try {
      for (const [at, part] of parts.entries()) {
        const { cat, body } = await this.open(part, heads[at], slip, receipt)
        demand(!Object.hasOwn(bodies, cat), 'two_parts')
        bodies[cat] = body
      }
    } catch (fault) { // its issuer is told
      if (!(fault instanceof Refused)) throw fault
      return { said: { accepted: false, reason: fault.message, event: slip.jti, ...alarm }, owed: { event, sub: slip.sub, stage: 'unreadable' } }
    }
    if (this.opened) writeFileSync(join(this.opened, `${slip.jti}.json`), canonical({ slip, bodies }))
    const acts = receipt.due.filter((duty) => duty.debtor === this.me && canonical(duty.event) === canonical(event))
    const stage = acts.map(({ act }) => act).find((act) => act.startsWith('ACK:'))?.slice(4).split('|')[0]
    const said = { accepted: true, event: slip.jti, scopes: Object.keys(bodies).sort(), ...alarm }
    return { said, owed: stage && { event, sub: slip.sub, stage } }
  }

  async open(part, header, slip, receipt) {
    demand(header.aud === this.me, 'part_for_other_desk') // 7.
    demand(header.iss === slip.iss, 'part_of_other_issuer')
    demand(header.evt === slip.jti, 'part_of_other_event')
    demand(Object.hasOwn(receipt.clauses, header.cat), 'scope_not_released')
    const jwk = this.sealing.get(header.kid)
    demand(jwk !== undefined, 'no_private_key')
    demand(jwk.crv === header.epk.crv, 'wrong_alg')
    const opened = await compactDecrypt(part, await importJWK(jwk, FIXED.alg), {
      keyManagementAlgorithms: [FIXED.alg], contentEncryptionAlgorithms: [FIXED.enc],
    }).catch(() => demand(false, 'cannot_open')) // 8.
    const plaintext = Buffer.from(opened.plaintext)
    demand(digest(plaintext) === header.pth, 'wrong_commitment') // 9.
    const content = parse(plaintext, 256 << 10)
    const { pad, salt, body } = content
    demand(same(Object.keys(content), ['body', 'cat', 'evt', 'iss', 'pad', 'salt']) && isDict(body), 'plaintext_malformed')
    demand(typeof pad === 'string' && /^0{0,511}$/.test(pad) && plaintext.length % 512 === 0, 'plaintext_malformed')
    demand(unb64u(salt).length === 16, 'plaintext_malformed')
    demand(['evt', 'iss', 'cat'].every((name) => content[name] === header[name]), 'plaintext_differs') // 10.
    checkBody(slip.etype, header.cat, body) // 11.
    return { cat: header.cat, body }
  }
}

// envelope §3.1: the form of a part's header
function headOf(part) {
  demand(part.length <= 256 << 10, 'too_large')
  const [head, ...rest] = part.split('.').map(unb64u)
  demand(rest.length === 4, 'wrong_segments')
  demand(part.indexOf('.') <= 1024, 'too_large')
  const header = parse(head, 1024, false)
  demand(same(Object.keys(header), HEADER), 'wrong_header_keys')
  for (const [name, text] of Object.entries(FIXED)) demand(header[name] === text, `wrong_${name}`)
  const { epk } = header
  demand(isDict(epk) && same(Object.keys(epk), CURVES[epk.crv] ?? []), 'wrong_epk')
  demand([epk.x, epk.y ?? epk.x].every((one) => unb64u(one).length === 32), 'wrong_epk')
  demand(epk.crv !== 'X25519' || little(unb64u(epk.x)) < P, 'wrong_epk')
  return header
}

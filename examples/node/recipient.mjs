// What a desk does with a record of its inbox: every step of envelope §8.
// Signing keys: Ed25519 and ES256. Keys of its own to open by, and of others to seal for: X25519 and P-256.

import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import { compactDecrypt, importJWK } from 'jose'
import { pinned, read, verified } from './directory.mjs'
import { P, Refused, canonical, demand, digest, instant, little, only, parse, partDigest, unb64u } from './wire.mjs'

const SPECIFICATION = join(import.meta.dirname, '..', '..', 'docs', 'specification')
const ajv = new Ajv({ strict: false })
export const SCHEMAS = { bodies: read(SPECIFICATION, 'bodies.schema.json'), tokens: read(SPECIFICATION, 'tokens.schema.json') }
for (const [name, schema] of Object.entries(SCHEMAS)) ajv.addSchema(schema, name)
const HEADER = ['alg', 'aud', 'cat', 'cty', 'enc', 'epk', 'evt', 'iss', 'kid', 'pth', 'typ']
const FIXED = { typ: 'referral-part+jwe', alg: 'ECDH-ES+A256KW', enc: 'A256GCM', cty: 'json' }
const CURVES = { X25519: ['crv', 'kty', 'x'], 'P-256': ['crv', 'kty', 'x', 'y'] }
const CONSTANT = { specversion: '1.0', datacontenttype: 'application/json' }

export const fits = (file, place, value, code) => demand(ajv.validate(`${file}${place.$ref}`, value), code)
const same = (names, wanted) => canonical([...names].sort()) === canonical([...wanted].sort())
const isDict = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
// envelope §3.4: a scope's content fits its schema, and hides no letters
export function checkBody(etype, cat, body) {
  const place = SCHEMAS.bodies.events[etype]?.[cat] ?? SCHEMAS.bodies.scopes[cat]
  demand(place, 'unknown_scope')
  const acts = etype === 'ENTRUST' ? Object.values(SCHEMAS.bodies.events).map((act) => act[cat]) : [] // any act's (rules §18)
  demand([place, ...acts.filter(Boolean)].some(({ $ref }) => ajv.validate(`bodies${$ref}`, body)), 'body_malformed')
  demand(!/(?![\u200c\u200d])\p{Cf}/u.test(canonical(body)), 'body_malformed')
}

export class Desk {
  constructor(folder, control, opened) {
    this.settings = read(folder, 'settings.json')
    const directory = control.inForce(control.directories, 0)
    Object.assign(this, { me: this.settings.desk, control, directory, opened })
    Object.assign(this, { last: new Map(), delivered: new Set(), passedOn: new Map() })
    const keys = readdirSync(join(folder, 'keys')).map((name) => read(folder, 'keys', name))
    this.signing = keys.filter((key) => key.use === 'sig')
    this.sealing = pinned(keys.filter((key) => key.use === 'enc'))
  }

  // The verdict on a record of the inbox, and what is owed for it; `final` once control has been read since
  async take(partition, headers, value, final = true) {
    try {
      return await this.steps(partition, headers, value, final)
    } catch (fault) {
      if (!(fault instanceof Refused)) throw fault
      return { said: { accepted: false, reason: fault.message } }
    }
  }

  steps(partition, headers, value, final) {
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
    return names.length === 1 ? this.notice(partition, shell) : this.delivery(partition, shell, final)
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
    const more = only(claims, 'refused', 'reasons', 'code', 'stage', 'by', 'addressees')
    return { said: { accepted: true, notice: claims.kind, event: claims.event.jti, ...more, ...alarm } }
  }

  async delivery(partition, shell, final) {
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
    const word = this.control.wordFault(slip, receipt.iat) // of 13.
    demand(final || !word, word)
    const alarm = this.numbered(partition, receipt) // 12.
    const event = { iss: slip.iss, jti: slip.jti }
    const nameOf = ({ iss, jti }) => canonical([iss, jti, slip.sub])
    demand(!this.delivered.has(nameOf(event)), 'delivered_twice')
    this.delivered.add(nameOf(event))
    demand(!word, word) // 13.
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
    const said = { accepted: true, event: slip.jti, scopes: Object.keys(bodies).sort(), ...alarm }
    const named = slip.re ?? []
    if (slip.etype === 'WITHDRAW') { // passed on or not; what was opened of it goes
      said.withdrawn = named.flatMap((ref) => [this.delivered.has(nameOf(ref)) && ref.jti, this.passedOn.get(nameOf(ref))]).filter(Boolean)
      for (const gone of this.opened ? said.withdrawn : []) rmSync(join(this.opened, `${gone}.json`), { force: true })
    }
    if (slip.etype === 'ENTRUST') for (const ref of named) this.passedOn.set(nameOf(ref), slip.jti)
    const events = slip.etype === 'ENTRUST' ? named : [event] // what is owed is owed for the event that it was
    const due = receipt.due.find(({ act, debtor, event: { iss, jti } }) => act.startsWith('ACK:') && debtor === this.me
      && events.some((one) => one.iss === iss && one.jti === jti))
    return { said, owed: due && { event: due.event, sub: slip.sub, stage: due.act.slice(4).split('|')[0] } }
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

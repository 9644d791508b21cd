// How a desk makes an event of a draft: sealed parts, a slip an addressee, a cover (envelope §1, §3, §4).

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompactEncrypt, CompactSign, importJWK } from 'jose'
import { Desk, SCHEMAS, checkBody, fits } from './recipient.mjs'
import { b64u, canonical, demand, digest, eventId, instant, only, parse, partDigest, partitionOf, unb64u, without } from './wire.mjs'

const CONTENT = ['content-type', 'application/cloudevents+json']
const CLAIMS = ['ends', 'phase', 'final', 'stage', 'decided_on', 'received_on', 'ends_on', 'due', 'declared', 'left_out']
const TO_NOBODY = ['LINK', 'UNLINK', 'LOOKUP', 'ALARM', 'READING', 'PING']

// A desk that issues: the one writer of its covers (envelope §6.6)
export class Issuer extends Desk {
  constructor(folder, control, opened) {
    super(folder, control, opened)
    const secret = readFileSync(join(folder, 'routing.secret'))
    const { realm, agency } = this.settings
    Object.assign(this, { realm, secret, outbox: `relais.${realm}.outbox.${agency}`, chains: new Map(), answered: new Set() })
  }

  // Remember a cover of this desk: the next one's `prev`, and what it has acknowledged
  wrote(partition, token) {
    const cover = parse(unb64u(token.split('.')[1]), 128 << 10)
    if (cover.iss !== this.me) return
    this.chains.set(partition, digest(token))
    if (cover.etype !== 'ACK') return
    for (const { iss, jti } of cover.to.flatMap(({ re }) => re)) this.answered.add(canonical([iss, jti, cover.stage]))
  }

  // Id and cover of a draft, and its record as text (docs/specification/README.md, twelve steps)
  async event(draft, at, convd, partitions) {
    demand(at < this.directory.expires, 'directory_expired')
    demand(new Set(draft.to.map(({ desk }) => desk)).size === draft.to.length, 'desk_twice')
    demand(draft.to.length > 0 !== TO_NOBODY.includes(draft.etype), 'wrong_addressees')
    demand(draft.to.every(({ purpose }) => purpose), 'no_purpose')
    const [sub, version] = [draft.case, `${draft.etype}/1`]
    const readers = draft.to.map(({ desk }) => this.directory.desks.get(desk)?.reads ?? [version])
    // The bus's own events everybody reads (keys §2.2)
    demand(!SCHEMAS.bodies.events[draft.etype] || readers.every((reads) => reads.includes(version)), 'not_read')
    const [jti, partition] = [eventId(at), partitionOf(this.secret, this.realm, sub, partitions)]
    const cover = {
      aud: this.directory.router, convd, etype: draft.etype,
      exp: at + 7 * 86400, iat: at, iss: this.me, jti, realm: this.realm, sub, to: [], ...only(draft, ...CLAIMS),
    }
    const seen = only(draft.declared ?? {}, 'call', 'auth', 'danger')
    const common = { ...without(cover, 'aud', 'to', 'declared', 'left_out'), ...(Object.keys(seen).length && { declared: seen }) }
    const [slips, parts] = [[], []]
    for (const to of draft.to) {
      for (const [cat, body] of Object.entries(to.bodies ?? {})) checkBody(draft.etype, cat, body)
      const sealed = await Promise.all(Object.entries(to.bodies ?? {}).map(([cat, body]) => this.seal(jti, to, cat, body, at)))
      const entry = { ...only(to, 'purpose', 're'), ...(sealed.length && { parts: sealed.map(partDigest).sort() }) }
      const slip = { ...common, ...entry, aud: to.desk }
      fits('tokens', { $ref: '#/$defs/Slip' }, slip, 'slip_malformed')
      slips.push(await this.sign(slip, 'referral-slip+jwt', at))
      cover.to.push({ ...entry, desk: to.desk, slip: digest(slips.at(-1)) })
      parts.push(...sealed)
    }
    if (this.chains.has(partition)) cover.prev = this.chains.get(partition)
    const token = await this.sign(cover, 'referral-cover+jwt', at)
    const value = {
      data: { cover: token, parts, slips }, datacontenttype: 'application/json', id: jti, source: this.me,
      specversion: '1.0', subject: sub, time: instant(at), type: `relais.event.${draft.etype}`,
    }
    return { jti, token, record: { topic: this.outbox, partition, key: digest(token), headers: [CONTENT], value: canonical(value) } }
  }

  // envelope §3
  async seal(jti, to, cat, body, at) {
    const { kid, jwk } = this.directory.sealingKey(to.desk, to.retention, at)
    const inner = { body, cat, evt: jti, iss: this.me, pad: '', salt: b64u(randomBytes(16)) }
    inner.pad = '0'.repeat((512 - (Buffer.byteLength(canonical(inner)) % 512)) % 512)
    const text = canonical(inner)
    const header = {
      alg: 'ECDH-ES+A256KW', aud: to.desk, cat, cty: 'json', enc: 'A256GCM', evt: jti, iss: this.me, kid,
      pth: digest(text), typ: 'referral-part+jwe',
    }
    return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header).encrypt(await importJWK(jwk, header.alg))
  }

  // By the newest valid key of this desk (keys §1.1)
  async sign(claims, typ, at) {
    const valid = this.signing.filter((key) => key.not_before <= at && at < this.directory.keys.get(key.kid).not_after)
    const key = valid.sort((one, other) => one.not_before - other.not_before).at(-1)
    const header = { alg: key.alg, kid: key.kid, typ }
    return new CompactSign(Buffer.from(canonical(claims))).setProtectedHeader(header).sign(await importJWK(key, key.alg))
  }
}

// What the owners say: tokens and their keys, the directory of keys §2, orders on control (log §6).

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonical, demand, demandSigned, digest, frames, only, parse, unb64u, without } from './wire.mjs'

const DAY = 86400

export const read = (...path) => JSON.parse(readFileSync(join(...path)))
export const pinned = (keys) => new Map(keys.map((key) => [key.kid, key]))

// envelope §4.1, §7 steps 3 to 5; pinned keys have no end, others are judged by the claim `at`
export function verified(token, typ, keys, limit, at = 'iat') {
  demand(typeof token === 'string', 'wrong_data')
  demand(token.length <= limit, 'too_large')
  const [head, payload, ...tail] = token.split('.').map(unb64u)
  demand(tail.length === 1, 'wrong_segments')
  const [header, claims] = [parse(head, 1024), parse(payload, limit)]
  const key = keys.get(header.kid)
  demand(key !== undefined, 'unknown_key')
  if (key.not_before !== undefined) {
    demand(typeof claims[at] === 'number', 'no_iat')
    demand(key.not_before <= claims[at] && claims[at] < key.not_after, 'key_not_valid')
  }
  demand(Object.keys(header).join() === 'alg,kid,typ', 'wrong_header_keys')
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
      this.keys.set(entry.kid, { ...entry, owner, not_after: Math.min(entry.not_after, entry.revoked ?? entry.not_after), term: entry.not_after })
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
    }).filter(({ kid, from }) => from <= at && at < Math.min(from + 14 * DAY, sealing.revoked?.[kid] ?? Infinity))
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

// What the owners ordered: orders in their turn, each by its quorum (log §6). `given` has the `directory`, `pages` and
// `orders` of a control that is not read from Kafka.
export class Control {
  constructor(folder, given) {
    Object.assign(this, { owners: read(folder, 'owners.json'), n: 0, pages: [], directories: [], conventions: [], ends: new Map() })
    if (!given) return
    this.pages = given.pages
    this.adopt(0, given.directory)
    for (const value of given.orders ?? []) this.read(Buffer.from(value))
  }

  // An order that is out of turn, unsigned or not allowed changes nothing
  read(value) {
    if (value[0] !== 0x5b) return this.pages.push(value.toString()) // it begins with no bracket: a page
    try {
      this.order(value)
    } catch (fault) {
      console.error(JSON.stringify({ order: 'rejected', reason: fault.message }))
    }
  }

  order(value) {
    const tokens = JSON.parse(value)
    const { kind } = parse(unb64u(tokens[0].split('.')[1]), 8 << 20)
    const { orders } = this.owners
    const rule = orders[kind] ?? orders[kind === 'succession' ? 'adopt_directory' : 'erase'] // keys §5.1
    const signed = tokens.map((token) => verified(token, 'referral-order+jwt', pinned(rule.keys), 8 << 20).claims)
    demand(new Set(tokens.map((token) => token.split('.')[0])).size >= rule.quorum, 'quorum')
    const [order] = signed
    demand(signed.every((claims) => canonical(claims) === canonical(order)), 'payloads_differ')
    demand(order.n === this.n + 1 && order.prev === this.before, 'out_of_turn')
    if (kind === 'layout') this.partitions ??= order.partitions
    if (kind === 'adopt_directory') this.adopt(order.from, order.directory)
    if (kind === 'adopt_convention') this.conventions.push({ from: order.from, what: digest(order.convention) })
    if (kind === 'succession') this.succession(order)
    Object.assign(this, { n: order.n, before: digest(value) })
  }

  adopt(from, token) {
    this.directories.push({ from, what: new Directory(token, this.pages, pinned(this.owners.directory)) })
  }

  // log §6.4: a desk's end, by the directory of its hour and the desk's own word
  succession(order) {
    const { desk, heirs, from, until } = order
    const [directory, newest] = [this.inForce(this.directories, from), this.directories.at(-1).what]
    const desks = [...new Set([desk, ...heirs])]
    const kinds = desks.map((one) => canonical(only(directory.desks.get(one) ?? demand(false, 'heir_unknown'), 'role', 'secrecy')))
    demand(desks.length === 1 + heirs.length && !desks.some((one) => this.ends.has(one)), 'heir_has_heirs')
    demand(new Set(kinds).size === 1, 'heir_other_role')
    demand(from + 7 * DAY <= until && until <= from + 180 * DAY, 'until_wrong')
    if (order.reason !== 'desk_gone') this.consent(order, directory, newest)
    this.ends.set(desk, order)
  }

  // log §6.4: by a valid key of the desk, and by each that control listed for it before that one
  consent({ desk, from, consent, ...order }, directory, newest) {
    const first = new Map()
    for (const [place, { what }] of this.directories.entries()) {
      for (const key of what.keys.values()) if (key.owner === desk && !first.has(key.x)) first.set(key.x, { ...key, not_after: key.term, place })
    }
    const stolen = [...newest.keys.values()].filter(({ reason }) => reason === 'stolen').map(({ x }) => x)
    const waited = [...first.values()].filter(({ term }) => from < term)
    const own = pinned(waited.filter(({ x }) => !stolen.includes(x)))
    const agreed = canonical({ desk, from, ...only(order, 'realm', 'heirs', 'until') })
    const signed = consent.map((token) => {
      demand(canonical(verified(token, 'referral-consent+jwt', own, 8 << 10, 'from').claims) === agreed, 'consent_wrong')
      return own.get(parse(unb64u(token.split('.')[0]), 1024).kid)
    })
    const valid = [...directory.keys.values()].filter((key) => key.not_before <= from && from < key.not_after).map(({ x }) => x)
    const by = Math.min(...signed.filter(({ x }) => valid.includes(x)).map(({ place }) => place))
    demand(by < Infinity && waited.every((key) => key.place >= by || signed.some(({ x }) => x === key.x)), 'consent_wrong')
  }

  inForce(orders, now) {
    return orders.findLast(({ from }) => from <= now)?.what
  }

  // rules §18: whether a desk is an heir of another, or an heir's heir; which of them has a case the router knows
  follows(desk, whom, at) {
    const { from, heirs } = this.ends.get(whom) ?? {}
    return from <= at && heirs.some((heir) => heir === desk || this.follows(desk, heir, at))
  }

  // Why what a slip says is not its issuer's to say (envelope §8, step 13)
  wordFault({ etype, iss, aud, re = [] }, at) {
    if (etype === 'WITHDRAW') return re.every((ref) => ref.iss === iss || this.follows(iss, ref.iss, at)) ? undefined : 'not_own_event'
    if (etype !== 'ENTRUST') return undefined
    const { from, heirs } = this.ends.get(iss) ?? {}
    if (!(from <= at)) return 'not_ending'
    return heirs.includes(aud) ? undefined : 'not_heir'
  }
}

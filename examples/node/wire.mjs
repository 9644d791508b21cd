// The computations of docs/specification, by Node's own `crypto`: none of Relais' code.
// Section numbers are those of the specification; what is refused is told by its code (envelope §11).

import { createHash, createHmac, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'

export class Refused extends Error {}

export function demand(truth, code) {
  if (!truth) throw new Refused(code)
}

export const sha = (data) => createHash('sha256').update(data).digest()
export const b64u = (data) => Buffer.from(data).toString('base64url')

// envelope §2.1
export function unb64u(text) {
  demand(typeof text === 'string', 'base64_not_canonical')
  const data = Buffer.from(text, 'base64url')
  demand(data.toString('base64url') === text, 'base64_not_canonical')
  return data
}

// envelope §2.2: C(x)
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

// envelope §2.2, §2.7: size and depth come first; where the text need not be canonical it is compact (envelope §3.1)
export function parse(data, limit, exact = true) {
  demand(data.length <= limit, 'too_large')
  let depth = 0
  const bare = data.toString('latin1').replace(/"(?:[^"\\]|\\[^])*"/g, '""')
  for (const [one] of bare.matchAll(/[[\]{}]/g)) demand((depth += '[{'.includes(one) ? 1 : -1) <= 16, 'too_deep')
  const text = data.toString()
  let value
  try {
    demand(Buffer.from(text).equals(data), 'not_json')
    value = JSON.parse(text)
  } catch {
    throw new Refused('not_json')
  }
  profile(value)
  demand(typeof value === 'object' && !Array.isArray(value), 'not_an_object')
  demand(members(value) === bare.split(':').length - 1, 'duplicate_key')
  const again = canonical(value)
  demand(again.isWellFormed(), 'not_json')
  demand(exact ? again === text : again.length === text.length, exact ? 'not_canonical' : 'not_compact')
  return value
}

function profile(value) {
  demand(value !== null && (typeof value !== 'number' || (Number.isSafeInteger(value) && value >= 0)), 'value_not_allowed')
  if (typeof value !== 'object') return
  for (const [name, item] of Object.entries(value)) {
    demand(/^[\x00-\x7f]*$/.test(name), 'value_not_allowed')
    profile(item)
  }
}

function members(value) {
  if (typeof value !== 'object') return 0
  const items = Object.values(value)
  return items.map(members).reduce((sum, one) => sum + one, Array.isArray(value) ? 0 : items.length)
}

// envelope §2.3
export const digest = (token) => b64u(sha(token))

export function partDigest(token) {
  const dot = token.indexOf('.')
  return digest(Buffer.concat([sha(token.slice(0, dot)), sha(token.slice(dot + 1))]))
}

// envelope §2.4
export function frames(...fields) {
  return Buffer.concat(fields.flatMap((field) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(field))
    return [length, Buffer.from(field)]
  }))
}

// envelope §2.5
export const instant = (at) => new Date(at * 1000).toISOString().replace('.000Z', 'Z')

export function eventId(at) {
  const data = randomBytes(16)
  data.writeUIntBE(at * 1000, 0, 6)
  data[6] = (data[6] & 0x0f) | 0x70
  data[8] = (data[8] & 0x3f) | 0x80
  return data.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

// envelope §6.3
export function partitionOf(secret, realm, token, count) {
  const key = Buffer.from(hkdfSync('sha256', secret, '', frames('relais', 'partition', realm), 32))
  return createHmac('sha256', key).update(frames(token)).digest().readUInt32BE(0) % count
}

// keys §1.3, §3: no point of small order, none that is written otherwise; of ES256's two S the lower
export const P = 2n ** 255n - 19n
const Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
const SMALL = [0n, 1n, P - 1n, Y8, P - Y8]
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const number = (data) => BigInt(`0x${data.toString('hex')}`)
export const little = (data) => number(Buffer.from(data).reverse())

function fit(point) {
  const y = little(point) & (2n ** 255n - 1n)
  return point.length === 32 && y < P && !SMALL.includes(y)
}

export function demandSigned(entry, message, signature) {
  demand(signature.length === 64, 'bad_signature')
  const { alg, x, y } = entry
  const jwk = alg === 'Ed25519' ? { kty: 'OKP', crv: 'Ed25519', x } : { kty: 'EC', crv: 'P-256', x, y }
  if (alg === 'Ed25519') demand(fit(unb64u(x)) && fit(signature.subarray(0, 32)), 'bad_signature')
  else demand(number(signature.subarray(32)) > 0n && number(signature.subarray(32)) <= (ORDER - 1n) / 2n, 'bad_signature')
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const good = verify(alg === 'Ed25519' ? null : 'sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  demand(good, 'bad_signature')
}

export const without = (value, ...names) => Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
export const only = (value, ...names) => Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)))

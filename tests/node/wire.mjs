// The computations of docs/specification, by Node's own `crypto` and stock npm `jose`: nothing of ours.
// Section numbers are those of docs/specification.

import { createHash, createHmac, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { CompactEncrypt, CompactSign, compactVerify, importJWK } from 'jose'

export const sha256 = (data) => createHash('sha256').update(data).digest()
export const b64u = (data) => Buffer.from(data).toString('base64url')

// envelope §2.1: what decodes and encodes to the same text
export function unb64u(text) {
  const data = Buffer.from(text, 'base64url')
  demand(data.toString('base64url') === text, 'base64_not_canonical')
  return data
}

// envelope §2.2
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value)
}

export function parse(text) {
  const value = JSON.parse(text)
  profile(value)
  demand(canonical(value) === text, 'not_canonical')
  return value
}

function profile(value) {
  demand(value !== null, 'value_not_allowed')
  if (typeof value === 'number') demand(Number.isSafeInteger(value) && value >= 0, 'value_not_allowed')
  if (typeof value !== 'object') return
  for (const [name, item] of Object.entries(value)) {
    demand(Array.isArray(value) || /^[\x00-\x7f]*$/.test(name), 'value_not_allowed')
    profile(item)
  }
}

// envelope §2.3
export const digest = (token) => b64u(sha256(token))
export const leaf = (record) => b64u(sha256(Buffer.concat([Buffer.from([0]), Buffer.from(record)])))

export function partDigest(token) {
  const dot = token.indexOf('.')
  return b64u(sha256(Buffer.concat([sha256(token.slice(0, dot)), sha256(token.slice(dot + 1))])))
}

// envelope §2.4
export function frames(...fields) {
  return Buffer.concat(fields.flatMap((field) => {
    const data = Buffer.from(field)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    return [length, data]
  }))
}

export const mac = (secret, ...fields) => createHmac('sha256', secret).update(frames(...fields)).digest()

export function derive(secret, label, fields, length = 32) {
  return Buffer.from(hkdfSync('sha256', secret, '', frames('relais', label, ...fields), length))
}

// envelope §2.5
export const time = (instant) => new Date(instant * 1000).toISOString().replace('.000Z', 'Z')

export function eventId(milliseconds, random) {
  const data = Buffer.alloc(16)
  data.writeUIntBE(milliseconds, 0, 6)
  random.copy(data, 6, 0, 10)
  data[6] = (data[6] & 0x0f) | 0x70
  data[8] = (data[8] & 0x3f) | 0x80
  return data.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

// envelope §6.3
export function partition(secret, realm, token, count) {
  return mac(derive(secret, 'partition', [realm]), token).readUInt32BE(0) % count
}

// envelope §4.9
export const caseToken = (secret, realm, desk, reference) =>
  b64u(mac(derive(secret, 'case', [realm]), realm, desk, reference))

// envelope §4.6
export function project(cover, addressee) {
  const { to, declared, linked, attempt, left_out, prev, aud, ...common } = cover
  const seen = pick(declared ?? {}, ['call', 'auth', 'danger'])
  return {
    ...common,
    ...(Object.keys(seen).length ? { declared: seen } : {}),
    ...pick(addressee, ['purpose', 're', 'parts']),
    aud: addressee.desk,
  }
}

// envelope §4.1
export async function sign(claims, typ, jwk) {
  const key = await importJWK(jwk, 'Ed25519')
  const header = { alg: 'Ed25519', kid: jwk.kid, typ }
  return new CompactSign(Buffer.from(canonical(claims))).setProtectedHeader(header).sign(key)
}

// keys §1.3, §3: as a key or as the R of a signature, no point of small order and none that is spelt otherwise
const P = 2n ** 255n - 19n
const Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
const SMALL = [0n, 1n, P - 1n, Y8, P - Y8]

function fit(point) {
  const y = BigInt(`0x${Buffer.from(point).reverse().toString('hex')}`) & (2n ** 255n - 1n)
  return y < P && !SMALL.includes(y)
}

export function demandFit(x, signature) {
  demand(fit(unb64u(x)) && fit(unb64u(signature).subarray(0, 32)), 'bad_signature')
}

// keys §1.3: of the two S that verify the lower one
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function demandLow(signature) {
  const s = BigInt(`0x${unb64u(signature).subarray(32).toString('hex') || 0}`)
  demand(s <= ORDER / 2n, 'bad_signature')
}

export async function verified(token, typ, keys) {
  const segments = token.split('.')
  demand(segments.length === 3, 'wrong_segments')
  const header = parse(unb64u(segments[0]).toString())
  demand(canonical(Object.keys(header)) === canonical(['alg', 'kid', 'typ']), 'wrong_header_keys')
  const jwk = keys.find((one) => one.kid === header.kid)
  demand(jwk !== undefined, 'unknown_key')
  demand(header.typ === typ && header.alg === jwk.alg, 'wrong_typ')
  segments.forEach(unb64u)
  const p256 = jwk.alg === 'ES256'
  if (p256) demandLow(segments[2])
  else demandFit(jwk.x, segments[2])
  const { x, y } = jwk
  const key = await importJWK(p256 ? { kty: 'EC', crv: 'P-256', x, y } : { kty: 'OKP', crv: 'Ed25519', x }, jwk.alg)
  const { payload } = await compactVerify(token, key, { algorithms: [jwk.alg] })
  return { claims: parse(Buffer.from(payload).toString()), owner: jwk.owner }
}

// envelope §3
export function plaintext(body, cat, evt, iss, salt = b64u(randomBytes(16))) {
  const bare = { body, cat, evt, iss, pad: '', salt }
  const short = (512 - (Buffer.byteLength(canonical(bare)) % 512)) % 512
  return canonical({ ...bare, pad: '0'.repeat(short) })
}

export async function seal(text, header, key) {
  const jwk = key.kty === 'EC' ? pick(key, ['kty', 'crv', 'x', 'y']) : { kty: 'OKP', crv: 'X25519', x: key.x }
  const whole = {
    alg: 'ECDH-ES+A256KW', enc: 'A256GCM', typ: 'referral-part+jwe', cty: 'json',
    kid: key.kid, ...header, pth: digest(text),
  }
  return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(whole)
    .encrypt(await importJWK(jwk, 'ECDH-ES+A256KW'))
}

// keys §2.3, §2.4
export function entrySigned(label, owner, entry, name) {
  const { [name]: _, revoked, ...bare } = entry
  return frames('relais', label, owner, canonical(bare))
}

export function verifyBytes(x, message, signature) {
  demandFit(x, signature)
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  demand(verify(null, message, key, unb64u(signature)), 'bad_signature')
}

export function verifyBytesP256({ x, y }, message, signature) {
  demandLow(signature)
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  demand(verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, unb64u(signature)), 'bad_signature')
}

// keys §2.1
export async function wholeDirectory(token, keepers) {
  const { claims } = await verified(token, 'referral-directory+jwt', keepers)
  demand(new Set(claims.desks.map((one) => one.desk)).size === claims.desks.length, 'desk_twice')
  return claims
}

// keys §2.6, and keys §2.4: the desk's own signature of the keys of which one is sealed for
export function sealingKey(directory, desk, retention, at) {
  const { signing, sealing } = directory.desks.find((one) => one.desk === desk)
  const by = signing.find((one) => one.kid === sealing.by)
  verifyBytes(by.x, entrySigned('sealing-keys', desk, sealing, 'sig'), sealing.sig)
  const found = Object.entries(sealing.keys[retention] ?? {})
    .map(([period, x]) => ({ kid: `${desk.split(':').at(-1)}-${retention.toLowerCase()}-${period}`, x, ...window(period) }))
    .filter((key) => key.from <= at && at < Math.min(key.until, sealing.revoked?.[key.kid] ?? Infinity))
    .sort((one, other) => one.from - other.from)
    .at(-1)
  demand(found !== undefined, 'no_encryption_key')
  return found
}

// keys §1.2: a week (ISO 8601: week 1 is the one with 4 January in it) or a month, and seven days
function window(period) {
  const [year, number] = period.split(/[wm]/).map(Number)
  const fourth = new Date(Date.UTC(year, 0, 4))
  const monday = fourth / 1000 + ((number - 1) * 7 - ((fourth.getUTCDay() + 6) % 7)) * 86400
  if (period[4] === 'w') return { from: monday, until: monday + 14 * 86400 }
  return { from: Date.UTC(year, number - 1, 1) / 1000, until: Date.UTC(year, number, 8) / 1000 }
}

export function pick(value, names) {
  return Object.fromEntries(names.filter((name) => name in value).map((name) => [name, value[name]]))
}

export function demand(truth, code) {
  if (!truth) throw Object.assign(new Error(code), { code })
}

export async function input() {
  const chunks = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks))
}

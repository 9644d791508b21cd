// A publisher written by somebody else, from docs/specification alone: stock npm `jose`, Node's own
// `crypto`, nothing of ours. Reads what `given` of vectors/event.json shows from standard input and writes
// one Kafka record to standard output: {topic, partition, key, value, headers, jti}.
//
// Steps 4 to 10 of "To publish" in docs/specification/README.md.

import { randomBytes } from 'node:crypto'
import {
  b64u, canonical, demand, digest, eventId, input, partDigest, partition, plaintext, project, seal, sealingKey, sign,
  time, wholeDirectory,
} from './wire.mjs'

const WEEK = 7 * 86_400

process.stdout.write(JSON.stringify(await publish(await input())))

async function publish(given) {
  const directory = await wholeDirectory(given.directory, [given.keeper])
  demand(given.at < directory.exp, 'directory_expired')
  const secret = Buffer.from(given.routing_secret_hex, 'hex')
  demand(given.partitions >= 1, 'no_layout')
  const number = partition(secret, given.realm, given.case, given.partitions)
  const jti = eventId(given.at * 1000, randomBytes(10))
  const cover = {
    aud: `urn:relais:${given.realm}:router`, convd: given.convd, etype: given.etype, exp: given.at + WEEK,
    iat: given.at, iss: given.desk, jti, realm: given.realm, sub: given.case, to: [],
  }
  for (const name of ['declared', 'left_out']) if (given[name] !== undefined) cover[name] = given[name]
  if (given.prev[number] !== undefined) cover.prev = given.prev[number]
  const parts = []
  for (const addressee of given.to) {
    const sealed = await sealAll(given, directory, addressee, jti)
    parts.push(...sealed)
    const entry = { desk: addressee.desk, purpose: addressee.purpose, parts: sealed.map(partDigest).sort() }
    cover.to.push(addressee.re === undefined ? entry : { ...entry, re: addressee.re })
  }
  const slips = []
  for (const entry of cover.to) {
    const slip = await sign(project(cover, entry), 'referral-slip+jwt', given.signing)
    slips.push(slip)
    entry.slip = digest(slip)
  }
  const token = await sign(cover, 'referral-cover+jwt', given.signing)
  const value = canonical({
    data: { cover: token, parts, slips }, datacontenttype: 'application/json', id: jti, source: given.desk,
    specversion: '1.0', subject: given.case, time: time(given.at), type: `relais.event.${given.etype}`,
  })
  return {
    topic: `relais.${given.realm}.outbox.${given.agency}`, partition: number, key: digest(token), value,
    headers: [['content-type', 'application/cloudevents+json; charset=UTF-8']], jti,
  }
}

async function sealAll(given, directory, addressee, jti) {
  const key = sealingKey(directory, addressee.desk, addressee.retention, given.at)
  const sealed = []
  for (const [cat, body] of Object.entries(addressee.bodies)) {
    const text = plaintext(body, cat, jti, given.desk, b64u(randomBytes(16)))
    sealed.push(await seal(text, { aud: addressee.desk, iss: given.desk, evt: jti, cat }, key))
  }
  return sealed
}

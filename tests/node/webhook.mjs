// A receiver of webhooks: reads {secret, publicKey, headers, body} from standard input and writes what each
// verifier says. `v1` is npm `standardwebhooks`; `v1a` is Ed25519 of Node's own `crypto` over the raw bytes.

import { createPublicKey, verify } from 'node:crypto'
import { Webhook } from 'standardwebhooks'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const { secret, publicKey, headers, body } = JSON.parse(Buffer.concat(chunks).toString('utf8'))

const byLibrary = () => {
  try {
    return new Webhook(secret).verify(body, headers)
  } catch (error) {
    return error.name
  }
}

const raw = Buffer.from(publicKey.replace('whpk_', ''), 'base64')
const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') } })
const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
const signatures = headers['webhook-signature'].split(' ').filter((text) => text.startsWith('v1a,'))
const v1a = signatures.some((text) => verify(null, signed, key, Buffer.from(text.slice(4), 'base64')))

process.stdout.write(JSON.stringify({ v1: byLibrary(), v1a }))

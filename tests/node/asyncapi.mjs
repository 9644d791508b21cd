// Reads an AsyncAPI document from standard input by the official parser and writes its findings to
// standard output: [{code, severity, message, path}], severity 0 is an error, 1 a warning.

import { Parser } from '@asyncapi/parser'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const { document, diagnostics } = await new Parser().parse(Buffer.concat(chunks).toString('utf8'))
const found = diagnostics.map(({ code, severity, message, path }) => ({ code, severity, message, path: path.join('.') }))
const operations = document?.allOperations().all().map((one) => one.id()) ?? []
process.stdout.write(JSON.stringify({ valid: document !== undefined, found, operations }))

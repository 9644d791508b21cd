// Compiles every component schema of an OpenAPI document by Ajv as it comes, with the flag `u` of
// regular expressions and without, and tries values. Reads {document, values: [{schema, value}]} from
// standard input and writes {faults, accepted: [true or false]} to standard output; a warning is a fault.

import Ajv from 'ajv/dist/2020.js'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const { document, values } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
// Each schema under a name of its own: `components` itself is no keyword of JSON Schema.
const references = JSON.stringify(document.components.schemas)
const schemas = JSON.parse(references.replaceAll('#/components/schemas/', 'urn:schema:'))
const faults = []
const accepted = values.map(() => true)
const note = (text) => faults.push(String(text))

for (const unicodeRegExp of [true, false]) {
  const ajv = new Ajv({ unicodeRegExp, logger: { log: note, warn: note, error: note } })
  for (const [name, schema] of Object.entries(schemas)) ajv.addSchema({ $id: `urn:schema:${name}`, ...schema })
  for (const name of Object.keys(schemas)) {
    try {
      ajv.getSchema(`urn:schema:${name}`)
    } catch (error) {
      note(`${name}: ${error.message}`)
    }
  }
  if (faults.length === 0)
    values.forEach(({ schema, value }, at) => {
      accepted[at] &&= ajv.getSchema(`urn:schema:${schema}`)(value)
    })
}
process.stdout.write(JSON.stringify({ faults, accepted }))

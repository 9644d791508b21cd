// A partner of Relais in Node, of @platformatic/kafka and jose: none of Relais' code.
//
//   node partner.mjs verify FILE… --directory F [--open FOLDER]    a verdict on each record of each file, or of `-`
//   node partner.mjs issue FILE… --directory F                      what it would publish of files of drafts
//   node partner.mjs run [-] --directory F [--open FOLDER]         follow the inbox, acknowledge; publish what `-` brings
//
// What lies in F, and the form of FILE and of a draft, says examples/README.md.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Consumer, Producer } from '@platformatic/kafka'
import { Issuer } from './issuer.mjs'
import { Control, read } from './directory.mjs'
import { Desk } from './recipient.mjs'
import { Refused, canonical, parse } from './wire.mjs'

// What newer orders may mend: control is read once more before it is refused
const NEWER = ['unknown_key', 'key_not_valid', 'not_own_event', 'not_ending', 'not_heir']
const COMMITTED = 1 // isolation level
const CONTROL = 0x20 // of a batch's attributes: marks the end of a transaction and holds no record of ours
const refused = (fault) => {
  if (!(fault instanceof Refused)) throw fault
  say({ refused: fault.message })
}
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`)

// A desk on Kafka
class Partner extends Issuer {
  constructor(folder, opened) {
    super(folder, new Control(folder), opened)
    const { realm, agency, kafka } = this.settings
    const file = (name) => readFileSync(join(folder, name))
    Object.assign(this, { folder, inbox: `relais.${realm}.inbox.${agency}` })
    const client = {
      clientId: 'partner', bootstrapBrokers: kafka.split(','), autocreateTopics: false,
      // Said, since NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would say otherwise
      tls: { ca: file('ca.pem'), cert: file('client.pem'), key: file('client.key'), rejectUnauthorized: true },
    }
    this.consumer = new Consumer({ ...client, groupId: 'none', isolationLevel: COMMITTED, maxWaitTime: 500 }) // it joins none
    // Who wrote before is fenced by its transactional id. Transactions themselves are not to be had: the library asks to
    // join a partition by AddPartitionsToTxn 5, which brokers keep for one another (kafka §6).
    this.fence = new Producer({ ...client, transactionalId: `relais.intake.${agency}.a`, idempotent: true })
    this.producer = new Producer({ ...client, idempotent: true, acks: -1 })
  }

  now() {
    return Math.floor(Date.now() / 1000) + (this.settings.ahead ?? 0)
  }

  // Fence whoever wrote before; read control and the own outbox to their ends
  async start() {
    await this.fence.initIdempotentProducer({ idempotent: true })
    await this.readControl()
    for await (const record of this.toEnd(this.outbox, this.control.partitions)) {
      if (record.value?.length) this.wrote(record.partition, parse(record.value, 1 << 20).data.cover)
    }
  }

  async readControl() {
    this.control = new Control(this.folder)
    for await (const { value } of this.toEnd(`relais.${this.realm}.control`, 1)) this.control.read(value)
    this.directory = this.control.inForce(this.control.directories, this.now())
  }

  // Every record that is there now (kafka §3.1), or for ever: from assigned partitions, for a desk has no right to a group
  async * toEnd(topic, count, forEver = false) {
    const partitions = [...Array(count).keys()]
    const asked = { topics: [topic], partitions: { [topic]: partitions }, isolationLevel: COMMITTED }
    const next = (await this.consumer.listOffsets({ ...asked, timestamp: -2n })).get(topic)
    const ends = (await this.consumer.listOffsets({ ...asked, timestamp: -1n })).get(topic)
    while (!this.ended && (forEver || partitions.some((at) => next[at] < ends[at]))) {
      const { id, partitions: places } = (await this.consumer.metadata({ topics: [topic] })).topics.get(topic)
      for (const node of new Set(places.map(({ leader }) => leader))) {
        const wanted = partitions.filter((at) => places[at].leader === node).map((partition) => ({
          partition, currentLeaderEpoch: places[partition].leaderEpoch, fetchOffset: next[partition], lastFetchedEpoch: -1, partitionMaxBytes: 8 << 20,
        }))
        const { responses } = await this.consumer.fetch({ node, topics: [{ topicId: id, partitions: wanted }] })
        for (const { partitionIndex: partition, records: batches } of responses.flatMap((one) => one.partitions)) {
          for (const batch of batches ?? []) {
            for (const record of batch.attributes & CONTROL ? [] : batch.records) {
              const offset = batch.firstOffset + BigInt(record.offsetDelta)
              if (offset >= next[partition]) yield { ...record, partition }
            }
            next[partition] = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
          }
        }
      }
    }
  }

  async publish(draft) {
    const at = this.now()
    const { jti, token, record } = await this.event(draft, at, this.control.inForce(this.control.conventions, at), this.control.partitions)
    const headers = new Map(record.headers.map((one) => one.map((text) => Buffer.from(text))))
    await this.producer.send({ messages: [{ ...record, headers, key: Buffer.from(record.key), value: Buffer.from(record.value) }] })
    this.wrote(record.partition, token)
    say({ published: jti, type: draft.etype })
  }

  async arrived({ partition, headers, value }) {
    if (value?.length === 0) return // erased by its owners' order (log §11.4)
    let { said, owed } = await this.take(partition, headers, value, false)
    if (NEWER.includes(said.reason)) {
      await this.readControl()
      ;({ said, owed } = await this.take(partition, headers, value))
    }
    if (said.reason === 'wrong_audience') return // another desk of the agency
    say(said)
    if (!owed || this.answered.has(canonical([owed.event.iss, owed.event.jti, owed.stage]))) return
    const to = { desk: owed.event.iss, purpose: 'acknowledge', re: [owed.event] }
    await this.publish({ etype: 'ACK', stage: owed.stage, case: owed.sub, to: [to] })
  }

  // Until the drafts end, or for ever; one event after the other
  async run(drafts) {
    await this.start()
    let turn = Promise.resolve()
    const inTurn = (work) => (turn = turn.then(work))
    const publishing = (async () => {
      // made here, not before: a line that came while something else was awaited would be lost
      for await (const line of drafts ? createInterface(process.stdin) : []) await inTurn(() => this.publish(JSON.parse(line)).catch(refused))
      if (drafts) this.ended = true
    })()
    for await (const record of this.toEnd(this.inbox, this.control.partitions, true)) await inTurn(() => this.arrived(record))
    await publishing
    await Promise.all([this.fence.close(), this.producer.close(), this.consumer.close(true)])
  }
}

async function verify(folder, files, opened) {
  const control = new Control(folder, read(folder, 'directory.json'))
  for (const file of files) {
    const desk = new Desk(folder, control, opened)
    const lines = file === '-' ? createInterface(process.stdin) : readFileSync(file, 'utf8').split('\n').filter(Boolean)
    for await (const line of lines) {
      const { partition, headers, value, base64 } = JSON.parse(line)
      const data = (text) => (text === null ? null : Buffer.from(text, base64 ? 'base64' : 'utf8'))
      const { said } = await desk.take(partition, headers.map(([name, text]) => [Buffer.from(name), data(text)]), data(value))
      say(said)
      if (!said.accepted) process.exitCode = 1
    }
  }
}

// What the desk would publish of each file of drafts (conformance §5), which has its directory
async function issue(folder, files) {
  for (const file of files) {
    const task = read(file)
    try {
      const desk = new Issuer(folder, new Control(folder, task))
      const records = []
      for (const draft of task.drafts) {
        const { token, record } = await desk.event(draft, task.at, task.convd, desk.settings.partitions)
        desk.wrote(record.partition, token)
        records.push(record)
      }
      say({ case: task.case, accepted: true, records })
    } catch (fault) {
      if (!(fault instanceof Refused)) throw fault
      say({ case: task.case, accepted: false, reason: fault.message })
      process.exitCode = 1
    }
  }
}

const { values, positionals: [command, ...files] } = parseArgs({
  allowPositionals: true, options: { directory: { type: 'string' }, open: { type: 'string' } },
})
process.umask(0o077) // what was opened is for its owner alone
if (command === 'issue') await issue(values.directory, files)
else if (command === 'verify') await verify(values.directory, files, values.open)
else await new Partner(values.directory, values.open).run(files.includes('-'))

/** The outbox in Redis: a stream for each partition. */
import type { Outbox, OutboxEntry } from '../../charging/ports.ts'
import type { Random } from '../../domain/time.ts'
import { takeLease } from './lease.ts'
import type { Ask, Call } from './servers.ts'

/** Ids of one XDEL. */
const idsPerCall = 1_000

/** The stream of each partition, and the key of the lease of who empties them. */
export interface Streams {
  readonly partitions: readonly number[]
  readonly streamOf: (partition: number) => string
  readonly leaseKey: string
  /** All streams are on one server. */
  readonly together: boolean
}

export function createRedisOutbox(ask: Ask, streams: Streams, random: Random): Outbox {
  const { partitions, streamOf, leaseKey } = streams
  const token = random.hex(16)
  return {
    partitions: partitions.length,
    read: limit => (streams.together ? readAtOnce(ask, streams, limit) : read(ask, streams, limit)),
    async acknowledge(entries) {
      const calls: Call[] = []
      for (const [partition, ids] of entries) {
        const key = streamOf(partition)
        for (let at = 0; at < ids.length; at += idsPerCall) {
          calls.push({ key, name: 'xdel', args: [key, ...ids.slice(at, at + idsPerCall)] })
        }
      }
      if (calls.length > 0) await ask(calls)
    },
    async depth() {
      const lengths = await ask(
        partitions.map(partition => {
          const key = streamOf(partition)
          return { key, name: 'xlen', args: [key] }
        })
      )
      return lengths.reduce<number>((sum, length) => sum + Number(length), 0)
    },
    lease: holdMs => takeLease(ask, leaseKey, token, holdMs)
  }
}

/** One command, whatever the number of partitions: it is sent several times a second for ever. */
async function readAtOnce(
  ask: Ask,
  { partitions, streamOf }: Streams,
  limit: number
): Promise<ReadonlyMap<number, readonly OutboxEntry[]>> {
  const keys = partitions.map(streamOf)
  const from = keys.map(() => '0-0')
  const args = ['COUNT', limit, 'STREAMS', ...keys, ...from]
  const [reply] = await ask([{ key: keys[0] ?? '', name: 'xread', args }])
  const found = new Map((Array.isArray(reply) ? reply : []) as [string, StreamEntry[]][])
  const entries = new Map<number, readonly OutboxEntry[]>()
  keys.forEach((key, partition) => {
    const list = found.get(key)
    if (list !== undefined) entries.set(partition, list.map(entryOf))
  })
  return entries
}

type StreamEntry = readonly [id: string, fields: readonly string[]]

function entryOf([id, fields]: StreamEntry): OutboxEntry {
  return { id, value: fields[1] ?? '' }
}

async function read(
  ask: Ask,
  { partitions, streamOf }: Streams,
  limit: number
): Promise<ReadonlyMap<number, readonly OutboxEntry[]>> {
  const replies = await ask(
    partitions.map(partition => {
      const key = streamOf(partition)
      return { key, name: 'xrange', args: [key, '-', '+', 'COUNT', limit] }
    })
  )
  const entries = new Map<number, readonly OutboxEntry[]>()
  replies.forEach((reply, partition) => {
    if (!Array.isArray(reply) || reply.length === 0) return
    entries.set(partition, (reply as StreamEntry[]).map(entryOf))
  })
  return entries
}

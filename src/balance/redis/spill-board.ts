/** Marks of spilled records in Redis: a hash from the place of each file to who has it. */
import type { Backlog, SpillBoard, SpillMark } from '../../domain/spill.ts'
import type { EpochMs, Random } from '../../domain/time.ts'
import { unavailable } from './errors.ts'
import { spillLeaseKey, spillsKey, storeIdKey } from './keys.ts'
import { takeLease } from './lease.ts'
import type { Streams } from './outbox.ts'
import type { Ask, Call, Servers } from './servers.ts'

export interface SpillBoardOptions extends Pick<Streams, 'partitions' | 'streamOf'> {
  readonly servers: Servers
  readonly ask: Ask
  readonly storeId: string
  readonly random: Random
}

/** A Redis without memory must not refuse this, see lease.ts. */
const markScript = `
redis.call('HDEL', KEYS[1], '')
return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])`

export function createSpillBoard(options: SpillBoardOptions): SpillBoard {
  const { servers, ask, storeId } = options
  const token = options.random.hex(16)
  return {
    storeId,
    async backlog() {
      const [streams, memory] = await Promise.all([lookAt(options), usedMemory(servers)])
      return { ...streams, memory }
    },
    async marks() {
      const [reply] = await ask([{ key: spillsKey, name: 'hgetall', args: [spillsKey] }])
      // The client library makes an object of this reply.
      return marksOf(reply as Readonly<Record<string, string>>)
    },
    async mark({ order, ...rest }) {
      const args = [markScript, 1, spillsKey, order, JSON.stringify(rest)]
      const [added] = await ask([{ key: spillsKey, name: 'eval', args }])
      return added === 1
    },
    async unmark(order) {
      await ask([{ key: spillsKey, name: 'hdel', args: [spillsKey, order] }])
    },
    async inherit(name) {
      await ask([{ key: storeIdKey, name: 'set', args: [storeIdKey, name] }])
    },
    lease: holdMs => takeLease(ask, spillLeaseKey, token, holdMs)
  }
}

function marksOf(reply: Readonly<Record<string, string>>): readonly SpillMark[] {
  return Object.entries(reply)
    .map(([order, text]): SpillMark => ({ ...JSON.parse(text), order: Number(order) }))
    .sort((a, b) => a.order - b.order)
}

/** Three short commands a partition. Called about once a second, and only while records wait. */
async function lookAt({
  ask,
  partitions,
  streamOf
}: SpillBoardOptions): Promise<Omit<Backlog, 'memory'>> {
  const replies = await ask(
    partitions.flatMap((partition): Call[] => {
      const key = streamOf(partition)
      return [
        { key, name: 'xlen', args: [key] },
        { key, name: 'memory', args: ['USAGE', key] },
        { key, name: 'xrange', args: [key, '-', '+', 'COUNT', 1] }
      ]
    })
  )
  let records = 0
  let octets = 0
  let oldestAt: EpochMs | null = null
  for (let at = 0; at < replies.length; at += 3) {
    const length = Number(replies[at])
    if (length === 0) continue
    records += length
    octets += Number(replies[at + 1])
    const first = (replies[at + 2] as readonly [id: string][])[0]?.[0]
    // An id begins with the instant at which the record was added.
    const addedAt = Number.parseInt(first ?? '', 10)
    // Emptied meanwhile: not a number, which is less than nothing.
    if (oldestAt === null ? addedAt > 0 : addedAt < oldestAt) oldestAt = addedAt
  }
  return { records, octets, oldestAt }
}

/** Of the server that has least left. */
async function usedMemory(servers: Servers): Promise<number> {
  try {
    const replies = await servers.everywhere('info', ['memory'])
    return Math.max(0, ...replies.map(shareOf))
  } catch (error) {
    throw unavailable(error)
  }
}

function shareOf(reply: unknown): number {
  const text = String(reply)
  const max = numberOf(text, 'maxmemory')
  if (max === 0) return 0
  return (numberOf(text, 'used_memory') - numberOf(text, 'mem_not_counted_for_evict')) / max
}

function numberOf(info: string, name: string): number {
  return Number(new RegExp(`^${name}:([0-9]+)`, 'm').exec(info)?.[1] ?? 0)
}

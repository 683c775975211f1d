/** The outbox in Redis: a stream for each partition. */
import type { Outbox, OutboxEntry } from '../../charging/ports.ts'
import type { Random } from '../../domain/time.ts'
import { type Keys, leaseKey } from './keys.ts'
import type { Call } from './servers.ts'

/** Sends calls that must all succeed; rejects with GYRO_STORE_UNAVAILABLE. */
export type Ask = (calls: readonly Call[]) => Promise<readonly unknown[]>

/** Ids of one XDEL. */
const idsPerCall = 1_000

export function createRedisOutbox(ask: Ask, names: Keys, random: Random): Outbox {
  const token = random.hex(16)
  return {
    partitions: names.partitions.length,
    read: limit => read(ask, names, limit),
    async acknowledge(entries) {
      const calls: Call[] = []
      for (const [partition, ids] of entries) {
        const key = names.outbox(partition)
        for (let at = 0; at < ids.length; at += idsPerCall) {
          calls.push({ key, name: 'xdel', args: [key, ...ids.slice(at, at + idsPerCall)] })
        }
      }
      if (calls.length > 0) await ask(calls)
    },
    async depth() {
      const lengths = await ask(
        names.partitions.map(partition => {
          const key = names.outbox(partition)
          return { key, name: 'xlen', args: [key] }
        })
      )
      return lengths.reduce<number>((sum, length) => sum + Number(length), 0)
    },
    lease: holdMs => lease(ask, token, holdMs)
  }
}

async function read(
  ask: Ask,
  names: Keys,
  limit: number
): Promise<ReadonlyMap<number, readonly OutboxEntry[]>> {
  const replies = await ask(
    names.partitions.map(partition => {
      const key = names.outbox(partition)
      return { key, name: 'xrange', args: [key, '-', '+', 'COUNT', limit] }
    })
  )
  const entries = new Map<number, readonly OutboxEntry[]>()
  replies.forEach((reply, partition) => {
    if (!Array.isArray(reply) || reply.length === 0) return
    entries.set(
      partition,
      reply.map(([id, fields]) => ({ id: String(id), value: String(fields[1]) }))
    )
  })
  return entries
}

/** Not atomic where it need not be: correctness never depends on the lease. */
async function lease(ask: Ask, token: string, holdMs: number): Promise<boolean> {
  const call = (name: string, ...args: (string | number)[]): Call => ({
    key: leaseKey,
    name,
    args: [leaseKey, ...args]
  })
  const [taken, holder] = await ask([call('set', token, 'NX', 'PX', holdMs), call('get')])
  if (taken === 'OK') return true
  if (holder !== token) return false
  const [extended] = await ask([call('pexpire', holdMs)])
  return extended === 1
}

/** Listing and due entries: ordered reads of small indexes, never a scan of the key space. */
import type { EpochMs } from '../../domain/time.ts'
import type { AccountKey, DueLines, DueSessions } from '../store.ts'
import type { Keys } from './keys.ts'
import type { Ask } from './servers.ts'

interface Page {
  readonly ids: readonly string[]
  readonly next: string | null
}

export async function dueSessions(
  ask: Ask,
  names: Keys,
  account: AccountKey,
  now: EpochMs,
  limit: number
): Promise<DueSessions> {
  const { found, next } = await dueIn(ask, names.sessions(account), now, limit)
  return { sessions: found.map(([id]) => id), next }
}

export async function dueLines(
  ask: Ask,
  names: Keys,
  account: AccountKey,
  now: EpochMs,
  limit: number
): Promise<DueLines> {
  const { found, next } = await dueIn(ask, names.fees(account), now, limit)
  return { lines: found, next }
}

async function dueIn(
  ask: Ask,
  key: string,
  now: EpochMs,
  limit: number
): Promise<{ readonly found: readonly [string, EpochMs][]; readonly next: EpochMs }> {
  const [reply] = await ask([{ key, name: 'zrange', args: [key, 0, limit, 'WITHSCORES'] }])
  const entries = scored(reply)
  const beyond = entries.findIndex(([, at], index) => at > now || index === limit)
  if (beyond < 0) return { found: entries, next: 0 }
  return { found: entries.slice(0, beyond), next: entries[beyond]?.[1] ?? 0 }
}

/** The earliest first, over all partitions. */
export async function dueAccounts(
  ask: Ask,
  names: Keys,
  now: EpochMs,
  limit: number
): Promise<readonly string[]> {
  const replies = await ask(
    names.partitions.map(partition => {
      const key = names.due(partition)
      const args = [key, '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit]
      return { key, name: 'zrangebyscore', args }
    })
  )
  const due = replies.flatMap(scored)
  due.sort((a, b) => a[1] - b[1])
  return due.slice(0, limit).map(([id]) => id)
}

/** The cursor is the partition and the last account of it: `12:account-7`. */
export async function listAccounts(
  ask: Ask,
  names: Keys,
  cursor: string | null,
  limit: number
): Promise<Page> {
  const colon = cursor?.indexOf(':') ?? -1
  let partition = Number(cursor?.slice(0, colon) ?? 0)
  let after = cursor === null ? '-' : `(${cursor.slice(colon + 1)}`
  const ids: string[] = []
  for (; partition < names.partitions.length; partition++) {
    const key = names.accounts(partition)
    const args = [key, after, '+', 'LIMIT', 0, limit - ids.length]
    const [reply] = await ask([{ key, name: 'zrangebylex', args }])
    if (Array.isArray(reply)) ids.push(...reply)
    if (ids.length >= limit) return { ids, next: `${partition}:${ids[ids.length - 1] ?? ''}` }
    after = '-'
  }
  return { ids, next: null }
}

export async function listLines(
  ask: Ask,
  names: Keys,
  account: AccountKey,
  limit?: number
): Promise<readonly string[]> {
  const key = names.lines(account)
  const [reply] = await ask([
    limit === undefined
      ? { key, name: 'smembers', args: [key] }
      : { key, name: 'srandmember', args: [key, limit] }
  ])
  return Array.isArray(reply) ? reply.sort() : []
}

/** In the order of expiry. The cursor is an instant and how many of its sessions were listed: `1700000000000:3`. */
export async function listSessions(
  ask: Ask,
  names: Keys,
  account: AccountKey,
  cursor: string | null,
  limit: number
): Promise<Page> {
  const key = names.sessions(account)
  const [from = '-inf', skip = '0'] = cursor?.split(':') ?? []
  const args = [key, from, '+inf', 'WITHSCORES', 'LIMIT', skip, limit]
  const [reply] = await ask([{ key, name: 'zrangebyscore', args }])
  const found = scored(reply)
  const last = found[found.length - 1]
  if (last === undefined || found.length < limit) {
    return { ids: found.map(([id]) => id), next: null }
  }
  const same = found.filter(([, sweepAt]) => sweepAt === last[1]).length
  const skipped = String(last[1]) === from ? Number(skip) + same : same
  return { ids: found.map(([id]) => id), next: `${last[1]}:${skipped}` }
}

/** Members and scores from a reply that lists them in turn. */
function scored(reply: unknown): [string, number][] {
  const entries: [string, number][] = []
  if (!Array.isArray(reply)) return entries
  for (let i = 0; i + 1 < reply.length; i += 2) {
    entries.push([String(reply[i]), Number(reply[i + 1])])
  }
  return entries
}

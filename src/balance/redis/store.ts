/** The store in Redis, standalone or cluster. */
import { limits } from '../../domain/limits.ts'
import type { Logger } from '../../domain/log.ts'
import type { Random } from '../../domain/time.ts'
import type {
  AccountKey,
  DirectoryKey,
  DocumentKeys,
  Documents,
  IdentityClaim,
  Store
} from '../store.ts'
import { createRedisShelf } from './catalogues.ts'
import { connectCluster } from './cluster.ts'
import { checkConfirmed, createCommit, waitCall } from './commit.ts'
import { unavailable } from './errors.ts'
import { createRedisExchange } from './exchange.ts'
import { checkFitness, initialise, nameStore } from './fitness.ts'
import {
  createKeys,
  directoryKey,
  type Keys,
  leaseKey,
  ordersLeaseKey,
  receiptField
} from './keys.ts'
import {
  dueAccounts,
  dueLines,
  dueSessions,
  listAccounts,
  listLines,
  listSessions
} from './lists.ts'
import type { RedisLocation } from './location.ts'
import { createRedisOutbox } from './outbox.ts'
import { documentKeys, readDocuments } from './pack.ts'
import { type Ask, allReplies, type Call, type Servers } from './servers.ts'
import { createSpillBoard } from './spill-board.ts'
import { connectStandalone } from './standalone.ts'

const connectWithinMs = 3_500
/** Repeats of requests of a closed session, the usual reason to look for it, come within so many hours (or never). */
const repeatHours = 2

export interface RedisStoreOptions {
  readonly location: RedisLocation
  /** null: as the store was initialised, or the usual number. */
  readonly partitions: number | null
  readonly usualPartitions: number
  /** Refuse a Redis without an append-only file. */
  readonly strict: boolean
  readonly waitReplicas: number
  readonly logger: Logger
  readonly random: Random
}

/** Rejects with GYRO_STORE_UNAVAILABLE within five seconds, or with GYRO_STORE_UNFIT. */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { location, logger } = options
  const open = location.cluster ? connectCluster : connectStandalone
  const servers = await open(location, connectWithinMs, logger)
  try {
    await checkFitness(servers, location, options.strict, logger)
    const { partitions, usualPartitions } = options
    const count = await initialise(servers, location, partitions, usualPartitions)
    const storeId = await nameStore(servers, options.random)
    return createRedisStore(servers, createKeys(count), storeId, options)
  } catch (error) {
    servers.close()
    throw unavailable(error)
  }
}

function createRedisStore(
  servers: Servers,
  names: Keys,
  storeId: string,
  options: RedisStoreOptions
): Store {
  const ask: Ask = async calls => {
    try {
      const [first] = calls
      if (calls.length === 1 && first !== undefined) return [await servers.send(first)]
      return allReplies(await servers.sendAll(calls))
    } catch (error) {
      throw unavailable(error)
    }
  }
  const { random, waitReplicas } = options
  /** What a decision is made on: a commit that no replica confirmed is not taken for one that was, by loading it. */
  const read: Ask = async calls => {
    if (waitReplicas === 0) return ask(calls)
    const replies = await ask([...calls, ...calls.map(({ key }) => waitCall(key, waitReplicas))])
    for (const confirmed of replies.slice(calls.length)) checkConfirmed(confirmed, waitReplicas)
    return replies.slice(0, calls.length)
  }
  const streams = { partitions: names.partitions, together: !servers.cluster }
  return {
    partitions: names.partitions.length,
    outbox: createRedisOutbox(ask, { ...streams, streamOf: names.outbox, leaseKey }, random),
    orders: createRedisOutbox(
      ask,
      { ...streams, streamOf: names.orders, leaseKey: ordersLeaseKey },
      random
    ),
    spills: createSpillBoard({ servers, ask, streamOf: names.outbox, ...streams, storeId, random }),
    exchange: createRedisExchange(ask),
    commit: createCommit(servers, names, waitReplicas),
    load: requests =>
      servers.cluster ? loadByAccount(read, names, requests) : loadAtOnce(read, names, requests),
    resolve: entries => resolve(servers, ask, entries),
    claim: entries => claim(ask, entries),
    dueSessions: (key, now, limit) => dueSessions(ask, names, key, now, limit),
    dueLines: (key, now, limit) => dueLines(ask, names, key, now, limit),
    dueAccounts: (now, limit) => dueAccounts(ask, names, now, limit),
    closedSession: (key, sessionId, hours) => closedSession(ask, names, key, sessionId, hours),
    dropReceipts: beforeHour => dropReceipts(ask, names, beforeHour),
    async operation(account, operationKey) {
      const key = names.operation(account, operationKey)
      const [value] = await ask([{ key, name: 'get', args: [key] }])
      return textOrNull(value)
    },
    listAccounts: (cursor, limit) => listAccounts(ask, names, cursor, limit),
    listLines: (key, limit) => listLines(ask, names, key, limit),
    listSessions: (key, cursor, limit) => listSessions(ask, names, key, cursor, limit),
    catalogues: createRedisShelf(ask),
    async ping() {
      try {
        await servers.everywhere('ping', [])
      } catch (error) {
        throw unavailable(error)
      }
    },
    close: async () => servers.close()
  }
}

interface LoadRequest {
  readonly key: AccountKey
  readonly wanted: DocumentKeys
}

/** One MGET is one consistent read of all. */
async function loadAtOnce(
  ask: Ask,
  names: Keys,
  requests: readonly LoadRequest[]
): Promise<Documents[]> {
  const keys = requests.flatMap(({ key, wanted }) => documentKeys(names, key, wanted))
  const [first] = keys
  if (first === undefined) return []
  const [values] = await ask([{ key: first, name: 'mget', args: keys }])
  let at = 0
  return requests.map(({ wanted }) => {
    const documents = readDocuments(texts(values), at, wanted)
    at += 1 + wanted.lines.length + wanted.sessions.length
    return documents
  })
}

async function loadByAccount(
  ask: Ask,
  names: Keys,
  requests: readonly LoadRequest[]
): Promise<Documents[]> {
  const replies = await ask(
    requests.map(({ key, wanted }): Call => {
      const args = documentKeys(names, key, wanted)
      return { key: names.account(key), name: 'mget', args }
    })
  )
  return requests.map(({ wanted }, i) => readDocuments(texts(replies[i]), 0, wanted))
}

async function resolve(
  servers: Servers,
  ask: Ask,
  entries: readonly DirectoryKey[]
): Promise<(string | null)[]> {
  const keys = entries.map(directoryKey)
  const [first] = keys
  if (first === undefined) return []
  if (servers.cluster) {
    const values = await ask(keys.map(key => ({ key, name: 'get', args: [key] })))
    return values.map(textOrNull)
  }
  const [values] = await ask([{ key: first, name: 'mget', args: keys }])
  return texts(values)
}

/** Takes the place of a value that gives way, or an empty one; the value that stands there then. */
const replacing = `local standing = redis.call('GET', KEYS[1])
if standing and standing ~= ARGV[1] then return standing end
redis.call('SET', KEYS[1], ARGV[2])
return ARGV[2]`

/** What is claimed is never removed, so the value that stands after SET NX is read without a script. */
async function claim(ask: Ask, entries: readonly IdentityClaim[]): Promise<string[]> {
  const calls = entries.flatMap(({ key: entry, value, replaces }): Call[] => {
    const key = directoryKey(entry)
    if (replaces !== undefined) {
      return [{ key, name: 'eval', args: [replacing, 1, key, replaces, value] }]
    }
    return [
      { key, name: 'set', args: [key, value, 'NX'] },
      { key, name: 'get', args: [key] }
    ]
  })
  const replies = await ask(calls)
  let at = -1
  return entries.map(({ replaces }) => {
    at += replaces === undefined ? 2 : 1
    return String(replies[at])
  })
}

async function closedSession(
  ask: Ask,
  names: Keys,
  account: AccountKey,
  sessionId: string,
  hours: readonly number[]
): Promise<string | null> {
  const field = receiptField(account, sessionId)
  const findIn = async (some: readonly number[]): Promise<string | null> => {
    if (some.length === 0) return null
    const calls = some.map((hour): Call => {
      const key = names.receipts(account.partition, hour)
      return { key, name: 'hget', args: [key, field] }
    })
    return textOrNull((await ask(calls)).find(value => value !== null))
  }
  return (await findIn(hours.slice(0, repeatHours))) ?? findIn(hours.slice(repeatHours))
}

/** Hours long past have expired by themselves; these are the ones that may still be there. */
async function dropReceipts(ask: Ask, names: Keys, beforeHour: number): Promise<void> {
  const hours = Array.from({ length: limits.receiptHours + 4 }, (_, i) => beforeHour - 1 - i)
  await ask(
    names.partitions.map(partition => {
      const keys = hours.map(hour => names.receipts(partition, hour))
      return { key: keys[0] ?? '', name: 'unlink', args: keys }
    })
  )
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function texts(reply: unknown): (string | null)[] {
  return Array.isArray(reply) ? reply : []
}

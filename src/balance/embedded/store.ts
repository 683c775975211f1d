/** The store in LMDB, for one process. */

import { takeLock } from '../../disk/lock.ts'
import { GyroError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/time.ts'
import { createLocalExchange } from '../local-exchange.ts'
import type { Commit, CommitResult, DirectoryKey, Store } from '../store.ts'
import { createEmbeddedShelf } from './catalogues.ts'
import { applyCommit, type CommitContext, readDocuments } from './commit.ts'
import { type Environment, openEnvironment, type Table } from './environment.ts'
import {
  directoryKey,
  instantText,
  metaKey,
  operationKey,
  receiptKey,
  receiptRange,
  splitInstant
} from './keys.ts'
import {
  dueAccounts,
  dueLines,
  dueSessions,
  listAccounts,
  listLines,
  listSessions
} from './lists.ts'
import { createEmbeddedOutbox, lastRecord } from './outbox.ts'

const format = 1
/** Ended entries removed in one transaction. */
const endedPerTransaction = 1_000

export interface EmbeddedStoreOptions {
  readonly folder: string
  /** null: as the store was initialised, or the usual number. */
  readonly partitions: number | null
  readonly usualPartitions: number
  /** Answer after the flush to disk. */
  readonly durable: boolean
  readonly apiAddress: string | null
  readonly clock: Clock
}

/** Rejects with GYRO_STORE_LOCKED, GYRO_STORE_UNFIT or GYRO_STORE_UNAVAILABLE. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { folder, clock } = options
  const unlock = takeLock(folder, options.apiAddress)
  let environment: Environment | null = null
  try {
    environment = openEnvironment(folder, options.durable)
    const partitions = initialise(environment, options)
    return createEmbeddedStore(environment, partitions, clock, unlock)
  } catch (error) {
    await environment?.close()
    unlock()
    if (error instanceof GyroError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot open the store in ${folder}: ${reason}`
    throw new GyroError('GYRO_STORE_UNAVAILABLE', message, { cause: error })
  }
}

function initialise(
  environment: Environment,
  { folder, partitions, usualPartitions }: EmbeddedStoreOptions
): number {
  const stored = environment.state.get(metaKey)
  if (stored === undefined) {
    const count = partitions ?? usualPartitions
    environment.transaction(() =>
      environment.state.putSync(metaKey, JSON.stringify({ format, partitions: count }))
    )
    return count
  }
  const meta = JSON.parse(stored)
  if (meta.format !== format) {
    throw new GyroError(
      'GYRO_STORE_UNFIT',
      `the store in ${folder} has format ${meta.format}, and this program knows ${format}; use the program that wrote it`
    )
  }
  if (partitions === null || partitions === meta.partitions) return meta.partitions
  throw new GyroError(
    'GYRO_STORE_UNFIT',
    `the store in ${folder} was initialised with ${meta.partitions} partitions, and ${partitions} are configured; the number cannot change, so configure ${meta.partitions}`
  )
}

function createEmbeddedStore(
  environment: Environment,
  partitions: number,
  clock: Clock,
  unlock: () => void
): Store {
  const { state } = environment
  const now = () => clock.now()
  const { outbox, orders } = environment
  let record = Math.max(lastRecord(outbox, partitions), lastRecord(orders, partitions))
  const context: CommitContext = { environment, now, nextRecord: () => ++record }
  return {
    partitions,
    outbox: createEmbeddedOutbox(environment, outbox, partitions),
    orders: createEmbeddedOutbox(environment, orders, partitions),
    spills: null,
    exchange: createLocalExchange(),
    async commit(group) {
      return group.length === 0 ? [] : commitGroup(context, group)
    },
    async load(requests) {
      return requests.map(({ key, wanted }) => readDocuments(state, key, wanted))
    },
    async resolve(entries) {
      return entries.map(entry => resolve(state, entry, now()))
    },
    async claim(entries) {
      return environment.transaction(() =>
        entries.map(({ key, value, replaces }) => {
          const name = directoryKey(key)
          const standing = state.get(name)
          if (standing !== undefined && standing !== replaces) return standing
          state.putSync(name, value)
          return value
        })
      )
    },
    dueSessions: async (key, at, limit) => dueSessions(state, key, at, limit),
    dueLines: async (key, at, limit) => dueLines(state, key, at, limit),
    dueAccounts: async (at, limit) => dueAccounts(state, at, limit),
    async closedSession(key, sessionId, hours) {
      for (const hour of hours) {
        const receipt = state.get(receiptKey(hour, key.accountId, sessionId))
        if (receipt !== undefined) return receipt
      }
      return null
    },
    async dropReceipts(beforeHour) {
      await removeAll(environment, receiptRange(beforeHour))
      await removeEnded(environment, now())
    },
    operation: async (key, operationName) =>
      readEnding(state, operationKey(key.accountId, operationName), now()),
    listAccounts: async (cursor, limit) => listAccounts(state, cursor, limit),
    listLines: async (key, limit) => listLines(state, key, limit),
    listSessions: async (key, cursor, limit) => listSessions(state, key, cursor, limit),
    catalogues: createEmbeddedShelf(environment),
    async ping() {
      state.get(metaKey)
    },
    async close() {
      await environment.close()
      unlock()
    }
  }
}

function commitGroup(context: CommitContext, group: readonly Commit[]): CommitResult[] {
  return context.environment.transaction(() => group.map(commit => applyCommit(context, commit)))
}

function resolve(state: Table, entry: DirectoryKey, now: number): string | null {
  const name = directoryKey(entry)
  return entry.kind === 'session' ? readEnding(state, name, now) : (state.get(name) ?? null)
}

function readEnding(state: Table, name: string, now: number): string | null {
  const text = state.get(name)
  if (text === undefined) return null
  const { instant, rest } = splitInstant(text)
  return instant > now ? rest : null
}

/** In transactions of bounded size, so that commits go on in between. */
async function removeAll(
  environment: Environment,
  range: { readonly start: string; readonly end: string },
  remove: (key: string) => void = key => environment.state.removeSync(key)
): Promise<void> {
  for (;;) {
    const keys = [...environment.state.getKeys({ ...range, limit: endedPerTransaction })]
    if (keys.length === 0) return
    environment.transaction(() => {
      for (const key of keys) remove(key)
    })
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** An entry may have been written again since, with a later end. */
async function removeEnded(environment: Environment, now: number): Promise<void> {
  const { state } = environment
  await removeAll(environment, { start: 'e', end: `e${instantText(now)}` }, key => {
    const { instant, rest } = splitInstant(key.slice(1))
    const text = state.get(rest)
    if (text !== undefined && splitInstant(text).instant === instant) state.removeSync(rest)
    state.removeSync(key)
  })
}

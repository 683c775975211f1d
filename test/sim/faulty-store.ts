/** The model of the store seen over a bad network: calls are delayed, fail before or after they are applied, or in part. */
import type { Commit, CommitResult, Store } from '../../src/balance/store.ts'
import { GyroError } from '../../src/domain/errors.ts'
import { createMemoryStore, type MemoryState } from '../support/memory-store.ts'
import type { World } from './world.ts'

export interface Faults {
  /** Share of calls that fail without effect, and with it. */
  failBefore: number
  failAfter: number
  /** Share of calls that take seconds. */
  slow: number
  /** Every call fails. */
  away: boolean
}

export interface FaultyStoreOptions {
  readonly world: World
  readonly state: MemoryState
  readonly faults: Faults
  /** The process that uses the store; what it asked before it died may still be applied. */
  readonly alive: () => boolean
  /** A planted bug: commits do not look at the version. */
  readonly versionsIgnored: boolean
}

const partitions = 4

export function createFaultyStore(options: FaultyStoreOptions): Store {
  const { world, state, faults } = options
  const model = createMemoryStore(state, partitions, () => world.now())

  function delay(): number {
    return world.chance(faults.slow) ? world.below(5_000) : world.below(12)
  }

  /** The promise settles in an entry of its own, as the reply of a network does. */
  function call<T>(apply: () => Promise<T>, part: () => Promise<unknown> = apply): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = () => {
        const error = new GyroError('GYRO_STORE_UNAVAILABLE', 'the simulated store is away')
        world.after(delay(), () => options.alive() && reject(error))
      }
      world.after(delay(), () => {
        if (faults.away || world.chance(faults.failBefore)) {
          lost()
        } else if (world.chance(faults.failAfter)) {
          part().then(lost, reject)
        } else {
          apply().then(
            result => void world.after(delay(), () => options.alive() && resolve(result)),
            reject
          )
        }
      })
    })
  }

  function commit(group: readonly Commit[]): Promise<readonly CommitResult[]> {
    if (!options.versionsIgnored) return model.commit(group)
    return model.commit(
      group.map(one => ({ ...one, expected: state.accounts.get(one.key.accountId)?.version ?? '' }))
    )
  }

  return {
    ...model,
    partitions,
    commit: group =>
      call(
        () => commit(group),
        () => commit(group.slice(0, 1 + world.below(group.length)))
      ),
    load: requests => call(() => model.load(requests)),
    resolve: entries => call(() => model.resolve(entries)),
    claim: entries => call(() => model.claim(entries)),
    ping: () => call(() => model.ping()),
    dueSessions: (key, now, limit) => call(() => model.dueSessions(key, now, limit)),
    dueLines: (key, now, limit) => call(() => model.dueLines(key, now, limit)),
    dueAccounts: (now, limit) => call(() => model.dueAccounts(now, limit)),
    closedSession: (key, id, hours) => call(() => model.closedSession(key, id, hours)),
    dropReceipts: hour => call(() => model.dropReceipts(hour)),
    operation: (key, operationKey) => call(() => model.operation(key, operationKey))
  }
}

/** The LMDB environment of an embedded store. */
import { type Database, open, type RootDatabase, TransactionFlags } from 'lmdb'
import { GyroError } from '../../domain/errors.ts'

export type Table = Database<string, string>

export interface Environment {
  readonly state: Table
  /** Records by partition and number. */
  readonly outbox: Table
  /** Orders for clients, in the same way. */
  readonly orders: Table
  /** Runs in one write transaction: all of it is written, or nothing when it throws. */
  transaction<T>(run: () => T): T
  close(): Promise<void>
}

/**
 * Not durable: a commit is in the page cache of the system when it returns, which survives the end of the
 * process but not a loss of power. Durable: pages are only written over once a later state is on the disk.
 */
export function openEnvironment(folder: string, durable: boolean): Environment {
  const root: RootDatabase<string, string> = open({
    path: folder,
    noSubdir: false,
    encoding: 'string',
    maxDbs: 4,
    noSync: !durable,
    overlappingSync: false
  })
  const state = root.openDB<string, string>({ name: 'state', encoding: 'string' })
  const outbox = root.openDB<string, string>({ name: 'outbox', encoding: 'string' })
  const orders = root.openDB<string, string>({ name: 'orders', encoding: 'string' })
  const committed = TransactionFlags.SYNCHRONOUS_COMMIT
  const flags = durable ? committed : committed | TransactionFlags.NO_SYNC_FLUSH
  return {
    state,
    outbox,
    orders,
    transaction(run) {
      try {
        return root.transactionSync(run, flags)
      } catch (error) {
        throw unwritten(folder, error)
      }
    },
    close: () => root.close()
  }
}

function unwritten(folder: string, error: unknown): GyroError {
  if (error instanceof GyroError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new GyroError(
    'GYRO_STORE_UNAVAILABLE',
    `the store in ${folder} cannot be written: ${reason}; see whether the disk is full`,
    { cause: error }
  )
}

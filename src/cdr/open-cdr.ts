/** Opens the CDR store that the configuration names. */
import type { KeyObject } from 'node:crypto'
import type { AdjustmentBook } from '../charging/adjustment.ts'
import type { ChainBook } from '../charging/chain.ts'
import type { CdrReader, ExportBook } from '../charging/ports.ts'
import type { LedgerReader, SnapshotBook } from '../charging/reconciliation.ts'
import type { RetentionBook } from '../charging/retention.ts'
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import type { Clock, Scheduler } from '../domain/time.ts'
import type { UsageBook } from '../domain/usage-book.ts'
import { createAdjustmentBook } from './adjustments.ts'
import { type CatalogueArchive, createArchive } from './catalogues.ts'
import { type Database, isTransient, messageOf } from './database.ts'
import { createExportBook } from './export-book.ts'
import { createLedgerReader } from './ledger-reader.ts'
import { createReader } from './reader.ts'
import { createRetentionBook } from './retention.ts'
import { createSnapshotBook } from './snapshots.ts'
import { createUsageBook } from './usage-book.ts'
import { createChainBook } from './verify.ts'
import { type CdrWriter, createWriter } from './writer.ts'

export interface CdrStore {
  readonly writer: CdrWriter
  readonly reader: CdrReader
  readonly exports: ExportBook
  readonly catalogues: CatalogueArchive
  readonly ledger: LedgerReader
  /** Where the database is, without a password. */
  readonly place: string
  readonly adjustments: AdjustmentBook
  readonly chain: ChainBook
  readonly retention: RetentionBook
  readonly usages: UsageBook
  readonly snapshots: SnapshotBook
  /** Rejects with GYRO_CDR_UNAVAILABLE when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface CdrOptions {
  readonly logger: Logger
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** See WriterOptions. */
  readonly signingKey?: KeyObject | null
}

/**
 * Opens `postgres://…`, or `embedded:<folder>`, which is made when it is missing, and makes the schema. A server that
 * is away is no error: charging goes on, and the schema is made once it is back.
 *
 * Rejects with GYRO_CONFIG_INVALID on another address, GYRO_CDR_UNAVAILABLE on wrong credentials, an unknown database
 * or missing rights, GYRO_STORE_UNFIT on a schema of a newer Gyro or a Postgres older than 13, and GYRO_STORE_LOCKED
 * on a folder that another process uses.
 */
export async function openCdr(url: string, options: CdrOptions): Promise<CdrStore> {
  const database = await openDatabase(url, options)
  const writer = createWriter({ database, ...options })
  try {
    await writer.prepare()
  } catch (error) {
    if (!isTransient(error)) {
      await database.close()
      throw unavailable(database, error)
    }
    options.logger.warn(
      { place: database.place, reason: messageOf(error) },
      'the CDR database is away; CDRs wait in the outbox until it is back'
    )
  }
  return {
    writer,
    reader: createReader(database, writer.prepare),
    exports: createExportBook(database, writer.prepare),
    catalogues: createArchive(database, writer.prepare),
    ledger: createLedgerReader(database, writer.prepare),
    place: database.place,
    adjustments: createAdjustmentBook(database, writer.prepare),
    chain: createChainBook(database, writer.prepare),
    retention: createRetentionBook(database, writer.prepare),
    usages: createUsageBook(database, writer.prepare),
    snapshots: createSnapshotBook(database, writer.prepare),
    async ping() {
      try {
        await database.query('SELECT 1')
      } catch (error) {
        throw unavailable(database, error)
      }
    },
    close: () => database.close()
  }
}

/** What the other kind needs is not loaded. */
async function openDatabase(url: string, options: CdrOptions): Promise<Database> {
  if (/^postgres(ql)?:/.test(url)) {
    const { openPostgres } = await import('./postgres.ts')
    return openPostgres(url, options.logger)
  }
  const folder = /^embedded:(.+)$/.exec(url)?.[1]
  if (folder !== undefined) {
    const { openEmbedded } = await import('./embedded.ts')
    return openEmbedded(folder)
  }
  throw new GyroError(
    'GYRO_CONFIG_INVALID',
    'the CDR store must be embedded:<folder> or postgres://user:password@host:port/database'
  )
}

function unavailable(database: Database, error: unknown): GyroError {
  if (error instanceof GyroError) return error
  return new GyroError(
    'GYRO_CDR_UNAVAILABLE',
    `the CDR database ${database.place} cannot be used: ${messageOf(error)}; ` +
      'check its address, credentials, that the database exists, and the rights of the user',
    { cause: error }
  )
}

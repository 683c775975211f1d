/** What the tests of the CDR store share: records, an outbox in memory, ports, and stores on both databases. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createAdjustmentBook } from '../../src/cdr/adjustments.ts'
import { createArchive } from '../../src/cdr/catalogues.ts'
import type { Database } from '../../src/cdr/database.ts'
import { openEmbedded } from '../../src/cdr/embedded.ts'
import { createExportBook } from '../../src/cdr/export-book.ts'
import { createLedgerReader } from '../../src/cdr/ledger-reader.ts'
import { type CdrStore, openCdr } from '../../src/cdr/open-cdr.ts'
import { createReader } from '../../src/cdr/reader.ts'
import { createRetentionBook } from '../../src/cdr/retention.ts'
import { createSnapshotBook } from '../../src/cdr/snapshots.ts'
import { createUsageBook } from '../../src/cdr/usage-book.ts'
import { createChainBook } from '../../src/cdr/verify.ts'
import { createWriter } from '../../src/cdr/writer.ts'
import type { Outbox, OutboxEntry } from '../../src/charging/ports.ts'
import type { Logger } from '../../src/domain/log.ts'
import type { CdrRecord, MovementRecord } from '../../src/domain/record.ts'
import type { Clock, Scheduler } from '../../src/domain/time.ts'
import { makeCdrs } from '../support/cdr-folder.ts'
import { createDatabase } from '../support/postgres.ts'

export const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

export const scheduler: Scheduler = {
  soon: run => void setImmediate(run),
  later(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  }
}

/** For tests in which nothing is to be reversed. */
export async function reverse(): Promise<void> {
  throw new Error('there is nothing to reverse')
}

export interface LogLine {
  readonly level: string
  readonly fields: object
  readonly message: string
}

export function memoryLog(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export const noon = Date.UTC(2026, 10, 21, 12)

export function cdr(over: Partial<CdrRecord> = {}): CdrRecord {
  return {
    kind: 'cdr',
    accountId: 'acme-1',
    record: 1,
    sessionId: 'pgw.example.org;1;2',
    number: 1,
    lineId: '4915100000001',
    msisdn: '4915100000001',
    imsi: '262010000000001',
    context: '32251@3gpp.org',
    originHost: 'pgw.example.org',
    startedAt: noon,
    endedAt: noon + 60_123,
    amount: 10_000,
    currency: 'EUR',
    catalogue: '1a2b3c4d',
    offers: ['prepaid-go'],
    cause: 'normalRelease',
    flags: [],
    octets: 1_000_000,
    inputOctets: 400_000,
    outputOctets: 600_000,
    seconds: 0,
    messages: 0,
    parts: [
      {
        ratingGroup: 10,
        serviceIdentifiers: [],
        price: '1a2b3c4d:prepaid-go/data-home',
        bucket: '',
        zone: 'home',
        unit: 'octets',
        units: 1_000_000,
        amount: 10_000,
        before: 0,
        suspense: false
      }
    ],
    facts: { apn: 'internet', plmn: '26201', rat: 6, chargingId: '0000abcd', address: '10.0.0.1' },
    ...over
  }
}

export function movement(over: Partial<MovementRecord> = {}): MovementRecord {
  return {
    kind: 'movement',
    accountId: 'acme-1',
    record: 1,
    at: noon,
    type: 'top-up',
    amount: 20_000_000,
    target: 'wallet',
    unit: 'EUR',
    reference: 'key-1',
    ...over
  }
}

/** CDRs of different sessions, as outbox values. */
export function sessions(count: number, from = 0, over: Partial<CdrRecord> = {}): string[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index
    const account = `acme-${n % 100}`
    return JSON.stringify(
      cdr({ sessionId: `pgw.example.org;1;${n}`, accountId: account, record: n + 1, ...over })
    )
  })
}

export interface MemoryOutbox extends Outbox {
  add(partition: number, ...values: readonly string[]): void
  readonly waiting: () => number
  /** What acknowledge does first; throw to lose the acknowledgement. */
  onAcknowledge: () => void
  onRead: () => void
  leased: boolean
  reads: number
}

export function memoryOutbox(partitions = 16): MemoryOutbox {
  const lists = Array.from({ length: partitions }, (): OutboxEntry[] => [])
  let next = 0
  const waiting = () => lists.reduce((sum, list) => sum + list.length, 0)
  const outbox: MemoryOutbox = {
    partitions,
    leased: true,
    reads: 0,
    onAcknowledge() {},
    onRead() {},
    waiting,
    add(partition, ...values) {
      for (const value of values) {
        next += 1
        lists[partition]!.push({ id: String(next), value })
      }
    },
    async read(limit) {
      outbox.reads += 1
      outbox.onRead()
      const found = new Map<number, readonly OutboxEntry[]>()
      for (const [partition, list] of lists.entries()) {
        if (list.length > 0) found.set(partition, list.slice(0, limit))
      }
      return found
    },
    async acknowledge(entries) {
      outbox.onAcknowledge()
      for (const [partition, ids] of entries) {
        const gone = new Set(ids)
        lists[partition] = lists[partition]!.filter(entry => !gone.has(entry.id))
      }
    },
    depth: async () => waiting(),
    lease: async () => outbox.leased
  }
  return outbox
}

/** A database of one kind, and a way to look into it that is not the code under test. */
export interface Bench {
  readonly url: string
  open(logger?: Logger): Promise<CdrStore>
  query(sql: string): Promise<Record<string, unknown>[]>
  remove(): Promise<void>
}

export async function postgresBench(): Promise<Bench> {
  const database = await createDatabase()
  return {
    url: database.url,
    open: (logger = memoryLog()) => openCdr(database.url, { logger, clock, scheduler }),
    async query(sql) {
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows
      } finally {
        await client.end()
      }
    },
    remove: () => database.drop()
  }
}

export async function embeddedBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'gyro-cdr-'))
  makeCdrs(join(folder, 'cdr'))
  // Opened as open-cdr.ts does it, but with the database in hand to look into.
  let database: Database | null = null
  return {
    url: `embedded:${folder}/cdr`,
    async open(logger = memoryLog()) {
      const mine = await openEmbedded(join(folder, 'cdr'))
      const writer = createWriter({ database: mine, logger, clock, scheduler })
      const close = async () => {
        await mine.close()
        if (database === mine) database = null
      }
      try {
        await writer.prepare()
      } catch (error) {
        await close()
        throw error
      }
      database = mine
      return {
        writer,
        reader: createReader(mine, writer.prepare),
        exports: createExportBook(mine, writer.prepare),
        catalogues: createArchive(mine, writer.prepare),
        ledger: createLedgerReader(mine, writer.prepare),
        place: mine.place,
        adjustments: createAdjustmentBook(mine, writer.prepare),
        usages: createUsageBook(mine, writer.prepare),
        chain: createChainBook(mine, writer.prepare),
        retention: createRetentionBook(mine, writer.prepare),
        snapshots: createSnapshotBook(mine, writer.prepare),
        ping: async () => void (await mine.query('SELECT 1')),
        close
      }
    },
    async query(sql) {
      if (!database) throw new Error('the store is not open')
      return [...(await database.query(sql)).rows]
    },
    async remove() {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

/** Something to wait for until it is passed. */
export function gate(): {
  readonly passed: Promise<boolean>
  readonly pass: (value: boolean) => void
} {
  let pass: (value: boolean) => void = () => {}
  const passed = new Promise<boolean>(resolve => {
    pass = resolve
  })
  return { passed, pass }
}

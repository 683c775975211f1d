/** Re-rates the sessions of a window: reads, works out, sums up, and says what would have to be adjusted. */
import type { AdjustmentBook, CdrAdjustment, ChargedCdr } from '../charging/adjustment.ts'
import { rerateSession } from '../charging/rerate/rerate.ts'
import type { CdrRecord } from '../domain/record.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Catalogue, Catalogues } from '../rating/catalogue.ts'
import { count, createTotals, type Totals } from './totals.ts'

export interface RerateWanted {
  /** Sessions that began from here up to, and not including, `until`. */
  readonly from: EpochMs
  readonly until: EpochMs
  /** Only sessions of accounts that had this offer when a record was made; null: all. */
  readonly offer: string | null
  /** The catalogue to rate by. */
  readonly candidate: Catalogue
}

export interface RerateOptions {
  readonly book: Pick<AdjustmentBook, 'window'>
  /** Where recorded prices are looked up. */
  readonly versions: KnownVersions
}

/** The versions of the catalogue that CDRs may name. */
export interface KnownVersions {
  catalogues(): Catalogues
  /** Loads one that `catalogues` does not hold, if it is anywhere. */
  fetch(version: string): Promise<void>
}

export interface RerateResult {
  readonly totals: Totals
  /** By account, what would make every CDR cost what it does by the candidate. */
  readonly adjustments: ReadonlyMap<string, readonly CdrAdjustment[]>
}

const pageRows = 2_000

/** Writes nothing. Rejects with GYRO_CDR_UNAVAILABLE. */
export async function rerate(wanted: RerateWanted, options: RerateOptions): Promise<RerateResult> {
  const totals = createTotals()
  const adjustments = new Map<string, CdrAdjustment[]>()
  const looked = new Set<string>([wanted.candidate.version])
  for await (const session of sessionsOf(wanted, options.book)) {
    if (!isWanted(wanted, session)) continue
    totals.sessions += 1
    const records = session.map(({ cdr }) => cdr)
    await knowPrices(records, options.versions, looked)
    const rerated = rerateSession(records, wanted.candidate, options.versions.catalogues())
    for (const [index, result] of rerated.entries()) {
      const { adjusted = 0, turns = 0 } = session[index] ?? {}
      const { cdr } = result
      if (cdr.currency !== wanted.candidate.currency) {
        totals.foreign += 1
        continue
      }
      count(totals, result, adjusted)
      const amount = cdr.amount - adjusted - result.amount
      if (amount !== 0) add(adjustments, { cdr, turn: turns + 1, amount })
    }
  }
  return { totals, adjustments }
}

/** Loads the versions that the records name, each once. */
async function knowPrices(
  records: readonly CdrRecord[],
  versions: KnownVersions,
  looked: Set<string>
): Promise<void> {
  for (const { parts } of records) {
    for (const { price } of parts) {
      const colon = price.indexOf(':')
      if (colon < 0) continue
      const version = price.slice(0, colon)
      if (looked.has(version)) continue
      looked.add(version)
      const { current, byVersion } = versions.catalogues()
      if (current.version !== version && !byVersion.has(version)) await versions.fetch(version)
    }
  }
}

function add(adjustments: Map<string, CdrAdjustment[]>, adjustment: CdrAdjustment): void {
  const { accountId } = adjustment.cdr
  const known = adjustments.get(accountId)
  if (known === undefined) adjustments.set(accountId, [adjustment])
  else known.push(adjustment)
}

function isWanted({ offer }: RerateWanted, session: readonly ChargedCdr[]): boolean {
  return offer === null || session.some(({ cdr }) => cdr.offers.includes(offer))
}

/** The records of the window, those of one session together. */
async function* sessionsOf(
  { from, until }: RerateWanted,
  book: Pick<AdjustmentBook, 'window'>
): AsyncGenerator<readonly ChargedCdr[]> {
  let session: ChargedCdr[] = []
  let cursor: string | null = null
  do {
    const page = await book.window(from, until, cursor, pageRows)
    for (const record of page.items) {
      const [first] = session
      if (first !== undefined && !isSameSession(first, record)) {
        yield session
        session = []
      }
      session.push(record)
    }
    cursor = page.next
  } while (cursor !== null)
  if (session.length > 0) yield session
}

function isSameSession(a: ChargedCdr, b: ChargedCdr): boolean {
  return a.cdr.sessionId === b.cdr.sessionId && a.cdr.startedAt === b.cdr.startedAt
}

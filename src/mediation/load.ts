/**
 * Loading usage records: each is charged once, however often its file is loaded, and whenever a load is killed.
 *
 * A record is entered into the book before it is charged and settled after. The charge has the record's own request key, so that one
 * of which is not known whether it was charged may be charged again while the store keeps receipts; later its CDR says
 * that it was. What cannot be charged goes to suspense with its reason.
 */
import { createHash } from 'node:crypto'
import type { Charge } from '../charging/ports.ts'
import type { ChargingAnswer } from '../domain/answer.ts'
import { GyroError } from '../domain/errors.ts'
import type { ChargingRequest } from '../domain/request.ts'
import type {
  SuspendedUsage,
  UsageBook,
  UsageEntry,
  UsageKey,
  UsageTotals
} from '../domain/usage-book.ts'
import { ownPrefix } from './ber/containers.ts'
import { digestOf, type UsageRecord } from './record.ts'
import { type Booking, requestOf } from './request.ts'

/** A line of a file that was read. */
export interface UsageLine {
  readonly file: string
  readonly line: number
  /** For suspense: JSON where the line could be read. */
  readonly content: string
  /** What is wrong with it, or the record. */
  readonly read: UsageRecord | string
}

/** What became of records. */
export type Loaded = { -readonly [Name in keyof UsageTotals]: UsageTotals[Name] }

export interface LoadOptions {
  readonly book: UsageBook
  readonly charge: Charge
  readonly booking: () => Booking
}

export function nothingLoaded(): Loaded {
  return { charged: 0, duplicates: 0, suspended: 0, closed: 0 }
}

interface Candidate extends UsageEntry {
  readonly source: UsageLine
  readonly record: UsageRecord
}

/**
 * Loads some lines and adds to `loaded`. Returns the lines that went to suspense. Rejects with GYRO_STORE_UNAVAILABLE and
 * GYRO_CDR_UNAVAILABLE; then the same lines may be loaded again.
 */
export async function loadLines(
  lines: readonly UsageLine[],
  options: LoadOptions,
  loaded: Loaded
): Promise<readonly SuspendedUsage[]> {
  const { book } = options
  const rejected: SuspendedUsage[] = []
  const candidates = candidatesOf(lines, rejected, loaded)
  const fates = await book.plan(candidates)
  const open = candidates.filter(({ session }, index) => {
    const fate = fates[index]
    // What Gyro exported may have been charged here without this book.
    return fate === 'open' || (fate === 'new' && session.startsWith(ownPrefix))
  })
  const recorded = new Set((await book.recorded(open)).map(keyOf))
  const wanted: Candidate[] = []
  const settled: UsageKey[] = []
  for (const [index, candidate] of candidates.entries()) {
    const fate = fates[index]
    if (fate === 'other') rejected.push(suspended(candidate.source, otherContent))
    else if (fate === 'done') loaded.duplicates += 1
    else if (recorded.has(keyOf(candidate))) settled.push(candidate)
    else wanted.push(candidate)
  }
  loaded.duplicates += settled.length
  await chargeAll(wanted, options, loaded, settled, rejected)
  await book.settle(settled)
  await book.suspend(rejected)
  loaded.suspended += rejected.length
  return rejected
}

const otherContent = 'session: and sequence belong to a record with other content'

/** The records that can be read, each key once. */
function candidatesOf(
  lines: readonly UsageLine[],
  rejected: SuspendedUsage[],
  loaded: Loaded
): Candidate[] {
  const candidates = new Map<string, Candidate>()
  for (const source of lines) {
    if (typeof source.read === 'string') {
      rejected.push(suspended(source, source.read))
      continue
    }
    const record = source.read
    const { session, sequence, startedAt } = record
    const candidate = {
      session,
      sequence,
      digest: digestOf(record),
      usedAt: startedAt,
      source,
      record
    }
    const same = candidates.get(keyOf(record))
    if (same === undefined) candidates.set(keyOf(record), candidate)
    else if (same.digest === candidate.digest) loaded.duplicates += 1
    else rejected.push(suspended(source, otherContent))
  }
  return [...candidates.values()]
}

async function chargeAll(
  wanted: readonly Candidate[],
  { book, booking, charge }: LoadOptions,
  loaded: Loaded,
  settled: UsageKey[],
  rejected: SuspendedUsage[]
): Promise<void> {
  const now = booking()
  const requests = wanted.map(({ record }) => requestOf(record, now))
  const answers = await Promise.all(requests.map(request => charged(charge, request)))
  const refused: UsageKey[] = []
  for (const [index, { outcome, repeated }] of answers.entries()) {
    const candidate = wanted[index]
    if (candidate === undefined || outcome === 'too-busy') continue
    if (outcome === 'success') {
      settled.push(candidate)
      // Another loader of the same file may have charged it a moment ago, or one that was killed.
      if (repeated) {
        loaded.duplicates += 1
        continue
      }
      loaded.charged += 1
      if (requests[index]?.mediated?.closed === true) loaded.closed += 1
      continue
    }
    refused.push(candidate)
    rejected.push(suspended(candidate.source, reasons[outcome] ?? `is refused: ${outcome}`))
  }
  await book.forget(refused)
  if (!answers.some(({ outcome }) => outcome === 'too-busy')) return
  await book.settle(settled)
  throw new GyroError(
    'GYRO_STORE_UNAVAILABLE',
    'the store does not answer; load the file again once it is back: nothing is charged twice'
  )
}

const reasons: Partial<Record<ChargingAnswer['outcome'], string>> = {
  'user-unknown': 'msisdn: or imsi is of no line that is known',
  'unable-to-comply': 'the engine failed on it; its log says why'
}

function charged(charge: Charge, request: ChargingRequest): Promise<ChargingAnswer> {
  return new Promise(resolve => charge(request, resolve))
}

function keyOf({ session, sequence }: UsageKey): string {
  return `${sequence} ${session}`
}

function suspended({ file, line, content }: UsageLine, reason: string): SuspendedUsage {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 32)
  return { digest, file, line, reason, content }
}

/**
 * What the records of a file would cost: the engine itself, on documents in memory that are never written.
 *
 * Nothing is asked of the book of loaded records; what is twice in the file is seen.
 */
import type { Changes, Decide } from '../charging/decision.ts'
import type { Account, Line } from '../domain/account.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { ChargingRequest } from '../domain/request.ts'
import type { ClosedSession } from '../domain/session.ts'
import { add } from '../domain/units.ts'

/** The account and line of a subscriber. */
export interface FoundLine {
  readonly lineId: string
  readonly account: Account
  readonly lines: readonly Line[]
}

interface Played {
  account: Account
  readonly lines: Map<string, Line>
}

export interface DryRun {
  records: number
  duplicates: number
  /** Subscribers that nobody knows. */
  unknown: number
  /** Records with usage for which there is no price. */
  unpriced: number
  /** Debited from wallets. */
  amount: MicroUnits
}

export interface DryRater {
  /** Whether the subscriber of this name is known to the rater already. */
  knows(subscriber: string): boolean
  /** null: there is no such line. */
  learn(subscriber: string, found: FoundLine | null): void
  rate(subscriber: string, request: ChargingRequest, now: number): void
  readonly totals: DryRun
}

/** Receipts of sessions that are remembered, for what is there twice and for prices that go on counting. */
const receiptsMax = 500_000

export function createDryRater(decide: Decide): DryRater {
  const accounts = new Map<string, Played>()
  const subscribers = new Map<string, { readonly lineId: string; readonly played: Played } | null>()
  const closed = new Map<string, ClosedSession>()
  const totals: DryRun = { records: 0, duplicates: 0, unknown: 0, unpriced: 0, amount: 0 }

  function remember(sessionId: string, receipt: ClosedSession): void {
    if (closed.size >= receiptsMax) {
      const [oldest] = closed.keys()
      if (oldest !== undefined) closed.delete(oldest)
    }
    closed.set(sessionId, receipt)
  }

  return {
    totals,
    knows: subscriber => subscribers.has(subscriber),
    learn(subscriber, found) {
      if (found === null) {
        subscribers.set(subscriber, null)
        return
      }
      let played = accounts.get(found.account.id)
      if (played === undefined) {
        played = { account: found.account, lines: new Map() }
        accounts.set(found.account.id, played)
      }
      for (const line of found.lines)
        if (!played.lines.has(line.id)) played.lines.set(line.id, line)
      subscribers.set(subscriber, { lineId: found.lineId, played })
    },
    rate(subscriber, request, now) {
      totals.records += 1
      const known = subscribers.get(subscriber)
      if (known == null) {
        totals.unknown += 1
        return
      }
      const { lineId, played } = known
      const state = {
        account: played.account,
        lines: played.lines,
        sessions: noSessions,
        lineId,
        closed: closed.get(request.sessionId) ?? null,
        receipt: null,
        due: [],
        nextDue: null
      }
      const { changes } = decide(state, request, now)
      if (changes === null) {
        totals.duplicates += 1
        return
      }
      played.account = changes.account
      for (const line of changes.lines) played.lines.set(line.id, line)
      for (const { sessionId, receipt } of changes.closed) remember(sessionId, receipt)
      count(totals, changes)
    }
  }
}

function count(totals: DryRun, { records }: Changes): void {
  for (const record of records) {
    if (record.kind !== 'cdr') continue
    totals.amount = add(totals.amount, record.amount)
    if (record.flags.includes('suspense')) totals.unpriced += 1
  }
}

const noSessions = new Map<string, never>()

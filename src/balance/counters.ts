/** What the lanes count, for metrics. */
import type { Changes } from '../charging/decision.ts'
import type { Logger } from '../domain/log.ts'
import { isPartial } from '../domain/record.ts'
import { derivedTraceId } from '../trace/trace-id.ts'

export interface Counters {
  /** Requests answered by a decision. */
  decided: number
  /** Requests answered because their time was over. */
  timedOut: number
  /** Commits that met another version. */
  conflicts: number
  /** Batches that lost two races and were handed to the worker that won them. */
  handedOver: number
  /** Commits or look-ups that the store rejected. */
  storeFailures: number
  /** Decisions that threw. */
  assertions: number
  /** CDRs of usage that came after the close of its session. */
  lateUsage: number
  /** CDRs of sessions that go on. */
  partialCdrs: number
  /** Reports of more than their line can carry. */
  implausible: number
}

export function createCounters(): Counters {
  return {
    decided: 0,
    timedOut: 0,
    conflicts: 0,
    handedOver: 0,
    storeFailures: 0,
    assertions: 0,
    lateUsage: 0,
    partialCdrs: 0,
    implausible: 0
  }
}

/** Counts what a decision wrote that somebody should look at. */
export function countRecords(counters: Counters, changes: Changes, logger: Logger): void {
  for (const record of changes.records) {
    if (record.kind === 'cdr') {
      if (record.flags.includes('late')) counters.lateUsage++
      if (isPartial(record.cause)) counters.partialCdrs++
    } else if (record.kind === 'event' && record.type === 'implausible') {
      counters.implausible++
      const { accountId, lineId, subject: sessionId, used, amount, unit } = record
      const traceId = traceOfChanged(changes, sessionId)
      const said = {
        accountId,
        lineId,
        sessionId,
        traceId,
        reported: used,
        plausible: amount,
        unit
      }
      logger.warn(said, 'more was reported than the line can carry; the rest is in suspense')
    }
  }
}

function traceOfChanged({ closed, sessions }: Changes, sessionId: string): string {
  const written =
    sessions.find(({ id }) => id === sessionId) ??
    closed.find(session => session.sessionId === sessionId)?.receipt
  return written?.traceId ?? derivedTraceId(sessionId)
}

/** What lanes ask of the store beside commits. Loads and directory entries are gathered over a turn. */
import type { ClosedSession } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import type { DirectorySink } from './directory.ts'
import { decodeClosed, decodeLineRef, decodeOperation } from './documents/receipts.ts'
import { createGroup, type Group } from './group.ts'
import type { Lane } from './lane.ts'
import { mergeDocuments } from './lane.ts'
import type { Lookups } from './prepare.ts'
import type { RecentMap } from './recent-map.ts'
import type {
  AccountKey,
  DirectoryKey,
  DocumentKeys,
  Documents,
  DueLines,
  DueSessions,
  Store
} from './store.ts'

const hourMs = 3_600_000

export interface LookupsOptions {
  readonly store: Store
  readonly directory: Group<DirectoryKey, DirectorySink>
  readonly limits: {
    readonly dueSessions: number
    readonly dueLines: number
    readonly receiptHours: number
    readonly lookupsPerGroup: number
  }
  /** Sees to it that `send` is called at the end of this turn. */
  readonly schedule: () => void
  /** Answers of sessions that this process has seen terminated lately. */
  readonly closedAnswers: RecentMap<readonly string[]>
  /** The last look-up of the lane has ended. */
  readonly done: (lane: Lane) => void
}

type Load = { readonly key: AccountKey; readonly wanted: DocumentKeys }

export function createLookups(options: LookupsOptions): Lookups & { send(): void } {
  const { store, directory, limits } = options
  const loads = createGroup<Load, Documents, Lane>({
    call: group => store.load(group),
    callsMax: limits.lookupsPerGroup,
    schedule: options.schedule,
    done: (lane, documents, { wanted }) => {
      end(lane, () => mergeDocuments(lane, documents, wanted))
    },
    failed: lane => fail(lane)
  })

  function withAnswers(closed: ClosedSession, sessionId: string): ClosedSession {
    const answers = options.closedAnswers.get(sessionId)
    return answers === undefined ? closed : { ...closed, answers }
  }

  function end(lane: Lane, use: () => void): void {
    try {
      use()
    } catch (error) {
      lane.unreadable = error
    }
    if (--lane.pending === 0) options.done(lane)
  }

  function fail(lane: Lane): void {
    lane.failed = true
    if (--lane.pending === 0) options.done(lane)
  }

  function ask<T>(lane: Lane, question: Promise<T>, use: (answer: T) => void): void {
    const useIt = whileSame(lane, use)
    lane.pending++
    question.then(
      answer => end(lane, () => useIt(answer)),
      () => fail(lane)
    )
  }

  function dueAt(key: AccountKey, at: EpochMs): Promise<[DueSessions, DueLines]> {
    return Promise.all([
      store.dueSessions(key, at, limits.dueSessions),
      store.dueLines(key, at, limits.dueLines)
    ])
  }

  return {
    load(lane, wanted) {
      lane.pending++
      loads.add({ key: lane.key, wanted }, lane)
    },
    directory(lane, job, sessionId) {
      const use = whileSame(lane, (value: string | null) => {
        job.entry = value === null ? null : decodeLineRef(value)
      })
      lane.pending++
      directory.add(
        { kind: 'session', value: sessionId },
        {
          resolved: value => end(lane, () => use(value)),
          unresolved: () => fail(lane)
        }
      )
    },
    closed(lane, job, sessionId, at) {
      const hours = receiptHours(at, limits.receiptHours)
      ask(lane, store.closedSession(lane.key, sessionId, hours), text => {
        job.closed = text === null ? null : withAnswers(decodeClosed(text), sessionId)
      })
    },
    original(lane, job, sessionId, at) {
      const hours = receiptHours(at, limits.receiptHours)
      ask(lane, store.closedSession(lane.key, sessionId, hours), text => {
        job.original = text === null ? null : decodeClosed(text)
      })
    },
    operation(lane, job, key) {
      ask(lane, store.operation(lane.key, key), text => {
        job.receipt = text === null ? null : decodeOperation(text)
      })
    },
    due(lane, at) {
      ask(lane, dueAt(lane.key, at), ([due, fees]) => {
        lane.due = due.sessions
        const more = fees.next !== 0 && fees.next <= at
        const lines = more ? firstOf(fees.lines) : fees.lines
        lane.dueLines = lines.map(([id]) => id)
        lane.duesUpTo = more ? (lines[lines.length - 1]?.[1] ?? null) : null
        lane.nextDue = earlier(due.next, fees.next)
      })
    },
    send: () => loads.send()
  }
}

/**
 * What was asked before other documents came in, which may be of a later version, says nothing of them, though its answer
 * comes after them: a receipt is looked for in two steps. It is asked again.
 */
function whileSame<T>(lane: Lane, use: (answer: T) => void): (answer: T) => void {
  const { image } = lane
  return answer => {
    if (lane.image === image) use(answer)
  }
}

/** Without those of the last instant, unless it is the only one: more may be due then, also of the lines before. */
function firstOf(lines: DueLines['lines']): DueLines['lines'] {
  const last = lines[lines.length - 1]?.[1]
  return lines[0]?.[1] === last ? lines : lines.filter(([, at]) => at !== last)
}

/** 0 stands for never. */
function earlier(a: EpochMs, b: EpochMs): EpochMs {
  return a === 0 || b === 0 ? a + b : Math.min(a, b)
}

/** The hours in which a receipt may lie, newest first: a session that closed again has its last one there. */
function receiptHours(at: EpochMs, window: number): readonly number[] {
  const newest = Math.floor(at / hourMs)
  return Array.from({ length: window + 1 }, (_, back) => newest - back)
}

/**
 * An account on paper: the documents that decisions are made on and that nobody stores.
 *
 * It is to the engine what the lane of an account is: it gathers the state that a request needs, and takes over the
 * changes.
 */
import { type Account, feesDueAt, type Line } from '../../domain/account.ts'
import { limits } from '../../domain/limits.ts'
import type { EngineRequest, OperationReceipt } from '../../domain/request.ts'
import type { ChargingSession, ClosedSession } from '../../domain/session.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { Changes, State } from '../decision.ts'
import type { Snapshot } from '../simulation.ts'

export interface World {
  account: Account | null
  readonly lines: Map<string, Line>
  readonly sessions: Map<string, ChargingSession>
  readonly closed: Map<string, ClosedSession>
  readonly receipts: Map<string, OperationReceipt>
}

export function emptyWorld(): World {
  return {
    account: null,
    lines: new Map(),
    sessions: new Map(),
    closed: new Map(),
    receipts: new Map()
  }
}

export function worldOf({ account, lines, sessions }: Snapshot): World {
  return {
    ...emptyWorld(),
    account,
    lines: new Map(lines.map(line => [line.id, line])),
    sessions: new Map(sessions.map(session => [session.id, session]))
  }
}

/** What the engine is given for a request at this instant. */
export function stateFor(world: World, request: EngineRequest, lineId: string, at: EpochMs): State {
  const { account } = world
  const sweepAt = account?.sweepAt ?? 0
  const now = Math.max(at, account?.lastAt ?? 0)
  const looked = sweepAt !== 0 && sweepAt <= now
  const sessionId = request.kind === 'charging' ? request.sessionId : ''
  const key = 'operation' in request ? request.operation : null
  return {
    account,
    lines: new Map(world.lines),
    sessions: new Map(world.sessions),
    lineId,
    closed: world.sessions.has(sessionId) ? null : (world.closed.get(sessionId) ?? null),
    receipt: key === null ? null : (world.receipts.get(key.key) ?? null),
    ...(looked ? dueAt(world, now) : { due: [], nextDue: null })
  }
}

function dueAt(world: World, now: EpochMs): Pick<State, 'due' | 'dueLines' | 'nextDue'> {
  const bySweep = [...world.sessions.values()].sort((a, b) => a.sweepAt - b.sweepAt)
  const due = bySweep.filter(({ sweepAt }) => sweepAt <= now).slice(0, limits.dueSessions)
  const lines = [...world.lines.values()]
  const dueLines = lines.filter(line => isBetween(feesDueAt(line), 1, now))
  const coming = lines.map(feesDueAt).filter(at => at > now)
  const next = [bySweep[due.length]?.sweepAt ?? 0, ...coming].filter(at => at !== 0)
  return {
    due: due.map(({ id }) => id),
    dueLines: dueLines.map(({ id }) => id),
    nextDue: next.length === 0 ? 0 : Math.min(...next)
  }
}

function isBetween(at: EpochMs, from: EpochMs, until: EpochMs): boolean {
  return from <= at && at <= until
}

export function apply(world: World, changes: Changes): void {
  world.account = changes.account
  for (const line of changes.lines) world.lines.set(line.id, line)
  for (const { sessionId, receipt } of changes.closed) {
    world.sessions.delete(sessionId)
    world.closed.set(sessionId, receipt)
  }
  for (const session of changes.sessions) world.sessions.set(session.id, session)
  if (changes.receipt !== null) world.receipts.set(changes.receipt.key, changes.receipt.receipt)
}

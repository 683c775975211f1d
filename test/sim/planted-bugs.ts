/** Bugs that the simulation must find; without them it passes. */
import type { Decide, Decision, State } from '../../src/charging/decision.ts'
import type { ChargingSession } from '../../src/domain/session.ts'

export type Bug = 'no-receipts' | 'versions-ignored' | 'double-release' | 'no-journal'

/** The engine with the bug in it. */
export function plant(bug: Bug | undefined, decide: Decide): Decide {
  if (bug === 'no-receipts') {
    return (state, request, now) => decide(withoutReceipts(state), request, now)
  }
  if (bug === 'double-release') {
    return (state, request, now) => releaseTwice(state, decide(state, request, now))
  }
  return decide
}

/** Repeats are decided anew. */
function withoutReceipts(state: State): State {
  const sessions = new Map<string, ChargingSession>()
  for (const [id, session] of state.sessions) {
    sessions.set(id, { ...session, initial: -1, settled: '', answers: [] })
  }
  return { ...state, sessions, closed: null, receipt: null }
}

/** What a closed session frees is given back once more. */
function releaseTwice(state: State, decision: Decision): Decision {
  const { changes } = decision
  if (changes === null || state.account === null || changes.closed.length === 0) return decision
  const freed = state.account.wallet.reserved - changes.account.wallet.reserved
  if (freed <= 0) return decision
  const wallet = {
    ...changes.account.wallet,
    available: changes.account.wallet.available + freed
  }
  return { ...decision, changes: { ...changes, account: { ...changes.account, wallet } } }
}

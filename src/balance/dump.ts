/** What is logged of a request that met a bug: enough to decide it again in a test, without whole numbers of people. */
import type { State } from '../charging/decision.ts'
import type { EngineRequest } from '../domain/request.ts'

/** Digits of identities, all but the last three masked: in values, and within session ids. */
export function maskDigits(text: string): string {
  return text.replace(/\d{7,}/g, digits => digits.slice(-3).padStart(digits.length, '*'))
}

/** The state and the request of a decision, as JSON text with identities masked. */
export function dumpDecision(state: State, request: EngineRequest): string {
  const session = request.kind === 'charging' ? state.sessions.get(request.sessionId) : undefined
  const dump = {
    request,
    account: state.account,
    line: state.lines.get(state.lineId) ?? null,
    session: session ?? null,
    closed: state.closed,
    receipt: state.receipt,
    due: state.due.map(id => state.sessions.get(id) ?? id),
    nextDue: state.nextDue
  }
  return JSON.stringify(dump, (_key, value: unknown) =>
    typeof value === 'string' ? maskDigits(value) : value
  )
}

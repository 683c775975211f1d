/**
 * The watchdog of RFC 3539 3.4.1 and appendix A, as a pure machine.
 *
 * A connection starts in OKAY (INITIAL, Connection up) and ends in DOWN. One that this server makes
 * anew after it went DOWN begins in REOPEN; AttemptOpen is the reconnecting of peer/agent.ts.
 * Failover() and Failback() are no actions: requests of this server wait for no other connection.
 * Two choices: a connection in REOPEN is served (a request thrown away there would be usage lost),
 * and only counts as proved once three watchdogs were answered.
 *
 * A silent peer gets a DWR within Tw, is SUSPECT within 2 Tw of its last message, and is closed 2 Tw
 * after the DWR that it did not answer.
 */
import type { Random } from '../../domain/time.ts'

export interface WatchdogState {
  readonly name: 'okay' | 'suspect' | 'reopen' | 'down'
  /** A DWR is unanswered. */
  readonly pending: boolean
  /** DWAs received in REOPEN; -1 after one was late. */
  readonly answered: number
}

export type WatchdogEvent = 'received-dwa' | 'received-other' | 'timer-expired' | 'connection-down'

export type WatchdogAction =
  | 'send-watchdog'
  | 'set-watchdog'
  | 'close-connection'
  /** The message is not to be processed: the connection has not proved itself yet. */
  | 'throw-away'

export type WatchdogStep = readonly [WatchdogState, readonly WatchdogAction[]]

const okay: WatchdogState = { name: 'okay', pending: false, answered: 0 }
const okayPending: WatchdogState = { name: 'okay', pending: true, answered: 0 }
const down: WatchdogState = { name: 'down', pending: false, answered: 0 }

/**
 * Tw when nothing is configured (RFC 3539 3.4.1: Twinit SHOULD be 30 seconds and MUST NOT be below
 * 6).
 */
export const watchdogDefaultMs = 30_000
/**
 * RFC 3539 3.4.1: jitter between -2 and 2 seconds, so that the connections of a site do not beat as
 * one.
 */
const jitterMs = 2_000

/** Tw with its jitter. A Tw below 6 s, which only tests use, gets a jitter of a fifteenth. */
export function watchdogInterval(baseMs: number, random: Random): number {
  const spread = Math.min(jitterMs, baseMs / 15)
  return Math.round(baseMs - spread + 2 * spread * random.fraction())
}

/** INITIAL  Connection up  SetWatchdog()  OKAY */
export const connectionUp: WatchdogStep = [okay, ['set-watchdog']]

/** DOWN  Connection up  NumDWA = 0, SendWatchdog(), SetWatchdog(), Pending = TRUE  REOPEN */
export const connectionUpAgain: WatchdogStep = [
  { name: 'reopen', pending: true, answered: 0 },
  ['send-watchdog', 'set-watchdog']
]

export function stepWatchdog(state: WatchdogState, event: WatchdogEvent): WatchdogStep {
  // OKAY, SUSPECT, REOPEN  Connection down  CloseConnection(), SetWatchdog()  DOWN
  if (event === 'connection-down') return [down, []]
  switch (state.name) {
    case 'okay':
      return stepOkay(state, event)
    case 'suspect':
      return stepSuspect(state, event)
    case 'reopen':
      return stepReopen(state, event)
    // DOWN  Receive DWA / non-DWA  Throwaway()  DOWN
    case 'down':
      return [down, event === 'timer-expired' ? [] : ['throw-away']]
  }
}

function stepOkay(state: WatchdogState, event: WatchdogEvent): WatchdogStep {
  switch (event) {
    // OKAY  Receive DWA  Pending = FALSE, SetWatchdog()  OKAY
    case 'received-dwa':
      return [okay, ['set-watchdog']]
    // OKAY  Receive non-DWA  SetWatchdog()  OKAY
    case 'received-other':
      return [state, ['set-watchdog']]
    default:
      // OKAY  Timer expires & !Pending  SendWatchdog(), SetWatchdog(), Pending = TRUE  OKAY
      if (!state.pending) return [okayPending, ['send-watchdog', 'set-watchdog']]
      // OKAY  Timer expires & Pending  Failover(), SetWatchdog()  SUSPECT
      return [{ name: 'suspect', pending: true, answered: 0 }, ['set-watchdog']]
  }
}

function stepSuspect(state: WatchdogState, event: WatchdogEvent): WatchdogStep {
  switch (event) {
    // SUSPECT  Receive DWA  Pending = FALSE, Failback(), SetWatchdog()  OKAY
    case 'received-dwa':
      return [okay, ['set-watchdog']]
    // SUSPECT  Receive non-DWA  Failback(), SetWatchdog()  OKAY
    case 'received-other':
      return [{ name: 'okay', pending: state.pending, answered: 0 }, ['set-watchdog']]
    // SUSPECT  Timer expires  CloseConnection(), SetWatchdog()  DOWN
    default:
      return [down, ['close-connection']]
  }
}

function stepReopen(state: WatchdogState, event: WatchdogEvent): WatchdogStep {
  switch (event) {
    case 'received-dwa':
      // REOPEN  Receive DWA & NumDWA == 2  Pending = FALSE, NumDWA++, Failback()  OKAY
      if (state.answered === 2) return [okay, []]
      // REOPEN  Receive DWA & NumDWA < 2  Pending = FALSE, NumDWA++  REOPEN
      return [{ name: 'reopen', pending: false, answered: state.answered + 1 }, []]
    // REOPEN  Receive non-DWA  Throwaway()  REOPEN
    case 'received-other':
      return [state, ['throw-away']]
    default:
      return reopenTimer(state)
  }
}

function reopenTimer(state: WatchdogState): WatchdogStep {
  // REOPEN  Timer expires & !Pending  SendWatchdog(), SetWatchdog(), Pending = TRUE  REOPEN
  if (!state.pending) {
    return [{ ...state, pending: true }, ['send-watchdog', 'set-watchdog']]
  }
  // REOPEN  Timer expires & Pending & NumDWA >= 0  NumDWA = -1, SetWatchdog()  REOPEN
  if (state.answered >= 0) {
    return [{ name: 'reopen', pending: true, answered: -1 }, ['set-watchdog']]
  }
  // REOPEN  Timer expires & Pending & NumDWA < 0  CloseConnection(), SetWatchdog()  DOWN
  return [down, ['close-connection']]
}

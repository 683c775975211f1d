/**
 * The watchdog's clockwork: one timer a connection, however many messages arrive.
 *
 * A message only notes its time. When the timer ends and something was heard since it was set, the
 * machine
 * would have set it anew then: it is set for what remains. Only silence is an event.
 */
import type { Clock, Random, Scheduler } from '../../domain/time.ts'
import {
  connectionUp,
  connectionUpAgain,
  stepWatchdog,
  type WatchdogAction,
  type WatchdogEvent,
  type WatchdogState,
  watchdogInterval
} from './watchdog.ts'

export interface PeerTimerActions {
  sendWatchdog(): void
  closeConnection(): void
}

export class PeerTimer {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #intervalMs: number
  readonly #actions: PeerTimerActions
  #state: WatchdogState | null = null
  #cancel: (() => void) | null = null
  #setAt = 0
  #heardAt = 0
  #interval = 0
  #isDown = false

  constructor(
    ports: { clock: Clock; scheduler: Scheduler; random: Random },
    intervalMs: number,
    actions: PeerTimerActions
  ) {
    this.#clock = ports.clock
    this.#scheduler = ports.scheduler
    this.#random = ports.random
    this.#intervalMs = intervalMs
    this.#actions = actions
  }

  /** The connection is open; `again` when the one before it went down. */
  start(again = false): void {
    const [state, actions] = again ? connectionUpAgain : connectionUp
    this.#state = state
    this.#perform(actions)
  }

  stop(): void {
    this.#state = null
    this.#cancel?.()
    this.#cancel = null
  }

  /** A message that is no DWA arrived; `at` is monotonic. */
  heard(at: number): void {
    this.#heardAt = at
    // In OKAY nothing but the time matters, and that is by far the usual case.
    if (this.#state && this.#state.name !== 'okay') this.#step('received-other')
  }

  answered(at: number): void {
    this.#heardAt = at
    this.#step('received-dwa')
  }

  /** The peer did not answer its watchdogs. Stays so when the timer is stopped. */
  get isDown(): boolean {
    return this.#isDown
  }

  get stateName(): WatchdogState['name'] {
    return this.#state?.name ?? 'down'
  }

  #step(event: WatchdogEvent): void {
    if (!this.#state) return
    const [state, actions] = stepWatchdog(this.#state, event)
    this.#state = state
    this.#perform(actions)
  }

  #perform(actions: readonly WatchdogAction[]): void {
    for (const action of actions) {
      if (action === 'set-watchdog') this.#set()
      if (action === 'send-watchdog') this.#actions.sendWatchdog()
      if (action === 'close-connection') {
        this.#isDown = true
        this.#actions.closeConnection()
      }
    }
  }

  #set(): void {
    this.#cancel?.()
    this.#interval = watchdogInterval(this.#intervalMs, this.#random)
    this.#setAt = this.#clock.monotonic()
    this.#cancel = this.#scheduler.later(this.#interval, this.#expired)
  }

  readonly #expired = (): void => {
    this.#cancel = null
    if (!this.#state) return
    const remains = this.#heardAt + this.#interval - this.#clock.monotonic()
    // In REOPEN only DWAs count, so the timer runs out whatever else is heard.
    if (this.#state.name !== 'reopen' && this.#heardAt > this.#setAt && remains > 0) {
      this.#setAt = this.#heardAt
      this.#cancel = this.#scheduler.later(remains, this.#expired)
      return
    }
    this.#step('timer-expired')
  }
}

/**
 * An orderly end: SIGTERM or SIGINT closes what is open, in the order in which it was registered.
 *
 * The listeners come first (no new requests), then the lanes (what was accepted is answered), then the
 * outbox and the stores. A second signal, or the deadline, ends the process at once: everything that was
 * answered is in the store, so nothing is lost but time.
 */
import type { Logger } from '../domain/log.ts'

/** An orchestrator commonly kills after 30 s, and the contract says 20 s. */
export const shutdownDeadlineMs = 15_000

export interface Shutdown {
  /** Closers run one after another. One that fails is logged, and the next ones still run. */
  onClose(name: string, close: () => Promise<void> | void): void
  /** Starts the end, as a signal would. Later calls do nothing. */
  begin(reason: string): void
}

export interface ShutdownOptions {
  readonly log: Logger
  readonly deadlineMs?: number
  /** For tests; `process` otherwise. */
  readonly signals?: { on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown }
  readonly exit?: (status: number) => void
}

interface Closer {
  readonly name: string
  readonly close: () => Promise<void> | void
}

/** Exit status: 0 when everything was closed, 1 when something failed, or after a second signal or the deadline. */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const { log, deadlineMs = shutdownDeadlineMs, signals = process } = options
  const exit = options.exit ?? (status => process.exit(status))
  const closers: Closer[] = []
  let begun = false

  function begin(reason: string): void {
    if (begun) return
    begun = true
    log.info({ reason }, 'stopping')
    // Holds the process: were it unreferenced, a closer that hangs would look like a clean end.
    const deadline = setTimeout(() => {
      log.error({ deadlineMs }, 'stopping took too long')
      exit(1)
    }, deadlineMs)
    void closeAll(closers, log).then(clean => {
      clearTimeout(deadline)
      log.info({ clean }, 'stopped')
      exit(clean ? 0 : 1)
    })
  }

  function onSignal(signal: string): void {
    if (begun) {
      log.error({ signal }, 'second signal: stopping at once')
      exit(1)
      return
    }
    begin(signal)
  }

  signals.on('SIGTERM', () => onSignal('SIGTERM'))
  signals.on('SIGINT', () => onSignal('SIGINT'))
  return { onClose: (name, close) => void closers.push({ name, close }), begin }
}

async function closeAll(closers: readonly Closer[], log: Logger): Promise<boolean> {
  let clean = true
  for (const { name, close } of closers) {
    try {
      await close()
    } catch (error) {
      clean = false
      log.error({ err: error, closing: name }, 'could not close')
    }
  }
  return clean
}

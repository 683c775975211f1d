/**
 * Replays journaled requests once the store is back, under their own keys: what was committed after all, or was
 * repeated by the client meanwhile, meets its receipt and is not debited again.
 *
 * Requests of one subscriber go one after another, those of different ones together. What the store is still too
 * slow for, and what was not settled, goes to the end of the journal, so that nothing is held up by it; what was not
 * settled in so many tries becomes a dead letter.
 */
import type { Changes } from '../../charging/decision.ts'
import type { ChargingAnswer } from '../../domain/answer.ts'
import type { Logger } from '../../domain/log.ts'
import type { ChargingRequest } from '../../domain/request.ts'
import type { Clock, Scheduler } from '../../domain/time.ts'
import { traceIdOf } from '../../trace/trace-id.ts'
import { maskDigits } from '../dump.ts'
import { carriesUsage, decodeRecord, encodeRecord, type JournalRecord } from './record.ts'
import type { JournalStorage } from './storage.ts'

const everyMs = 1_000
/** Journals of dead processes are looked for every so many rounds. */
const roundsPerAdoption = 5
const recordsPerStep = 256
const triesMax = 5
/** A session that nobody knows yet may begin meanwhile: its initial request met the same outage. */
const unknownTriesMax = 60
const hourMs = 3_600_000

export interface ReplayOptions {
  readonly storage: JournalStorage
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** Receipts tell a repeat for so long; what is older may have been debited. */
  readonly receiptHours: number
  /** Rejects while the store does not answer. */
  readonly ping: () => Promise<void>
  readonly submit: (
    request: ChargingRequest,
    reply: (answer: ChargingAnswer, changes: Changes | null) => void
  ) => void
  /** The store answers. */
  readonly reached: () => void
  /** The record is done with. */
  readonly finished: (record: JournalRecord) => void
}

type Verdict = 'settled' | 'busy' | { readonly reason: string }

interface Step {
  /** To be tried again. */
  readonly again: string[]
  readonly letters: string[]
  busy: number
  settled: number
}

export class Replay {
  readonly #options: ReplayOptions
  #cancel: (() => void) | null = null
  #running: Promise<void> = Promise.resolve()
  #stopped = false
  #rounds = 0
  /** Records settled, and records buried, since the start. */
  replayed = 0
  dead = 0

  constructor(options: ReplayOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#stopped) return
    const { logger, scheduler } = this.#options
    this.#cancel = scheduler.later(everyMs, () => {
      this.#running = this.#round().then(
        () => this.start(),
        (error: unknown) => {
          logger.warn({ error: String(error) }, 'replaying the usage journal failed')
          this.start()
        }
      )
    })
  }

  /** Begins nothing any more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#running
  }

  /** Everything that waits now, once. */
  async #round(): Promise<void> {
    const { reached, storage } = this.#options
    if (this.#rounds++ % roundsPerAdoption === 0) await storage.adopt()
    let left = storage.stats().records
    if (left === 0 || !(await this.#isThere())) return
    reached()
    while (left > 0 && !this.#stopped) {
      const texts = await storage.read(Math.min(left, recordsPerStep))
      if (texts.length === 0) return
      left -= texts.length
      if (!(await this.#replayStep(texts))) return
    }
  }

  #isThere(): Promise<boolean> {
    return this.#options.ping().then(
      () => true,
      () => false
    )
  }

  /** False: the store is away again, and the same records come next. */
  async #replayStep(texts: readonly string[]): Promise<boolean> {
    const { logger, storage } = this.#options
    const step: Step = { again: [], letters: [], busy: 0, settled: 0 }
    await Promise.all(chainsOf(texts).map(chain => this.#replayChain(chain, step)))
    if (step.busy > 0 && (this.#stopped || !(await this.#isThere()))) return false
    if (!(await this.#appendAll(step.again))) return false
    if (step.letters.length > 0) {
      await storage.bury(step.letters)
      logger.error(
        { alarm: 'journal-dead-letters', records: step.letters.length },
        'journaled usage could not be charged and was put into dead-letters.jsonl'
      )
    }
    this.replayed += step.settled
    this.dead += step.letters.length
    await storage.advance()
    return true
  }

  async #replayChain(chain: readonly (JournalRecord | string)[], step: Step): Promise<void> {
    let busy = false
    for (const record of chain) {
      if (typeof record === 'string') {
        step.letters.push(letter(record, 'it cannot be read'))
        continue
      }
      // Behind one that has to wait the others wait, too.
      const verdict = busy ? 'busy' : await this.#replayOne(record)
      if (verdict === 'settled') {
        step.settled++
        this.#options.finished(record)
      } else if (verdict === 'busy') {
        busy = true
        step.busy++
        step.again.push(encodeRecord(record))
      } else {
        this.#refused(record, verdict.reason, step)
      }
    }
  }

  #refused(record: JournalRecord, reason: string, step: Step): void {
    const tries = record.tries + 1
    const most = reason === 'unknown-session' ? unknownTriesMax : triesMax
    if (tries < most && !this.#isStale(record)) {
      step.again.push(encodeRecord({ ...record, tries }))
      return
    }
    step.letters.push(letter(encodeRecord(record), reason))
    this.#options.finished(record)
    const { request } = record
    const said = { session: maskDigits(request.sessionId), traceId: traceIdOf(request), reason }
    this.#options.logger.error(said, 'a journaled request cannot be charged')
  }

  #replayOne(record: JournalRecord): Promise<Verdict> {
    if (this.#isStale(record)) return Promise.resolve({ reason: 'it is older than the receipts' })
    const { request, receivedAt } = record
    return new Promise(resolve => {
      this.#options.submit({ ...request, receivedAt }, (answer, changes) => {
        resolve(verdictOf(request, answer, changes))
      })
    })
  }

  #isStale({ receivedAt }: JournalRecord): boolean {
    const { clock, receiptHours } = this.#options
    return clock.now() - receivedAt >= receiptHours * hourMs
  }

  async #appendAll(texts: readonly string[]): Promise<boolean> {
    const { storage } = this.#options
    const kept = await Promise.all(
      texts.map(text => new Promise<boolean>(resolve => storage.append(text, resolve)))
    )
    return kept.every(one => one)
  }
}

/** Usage is settled when the decision was written, or had been before; what reports none has nothing to settle. */
function verdictOf(
  request: ChargingRequest,
  answer: ChargingAnswer,
  changes: Changes | null
): Verdict {
  if (answer.outcome === 'too-busy') return 'busy'
  const refused =
    request.type === 'event'
      ? answer.units.find(({ outcome }) => outcome !== 'success')?.outcome
      : undefined
  if (refused !== undefined && !answer.repeated) return { reason: refused }
  if (changes !== null || answer.repeated || !carriesUsage(request)) return 'settled'
  return { reason: answer.outcome }
}

/** The records of each subscriber in their order. Text is what cannot be read. */
function chainsOf(texts: readonly string[]): readonly (readonly (JournalRecord | string)[])[] {
  const chains = new Map<string, (JournalRecord | string)[]>()
  /** Some requests of a session name no subscriber. */
  const subscribers = new Map<string, string>()
  for (const text of texts) {
    const record = decodeRecord(text)
    const chain = record === null ? '' : chainOf(record.request, subscribers)
    const known = chains.get(chain)
    if (known === undefined) chains.set(chain, [record ?? text])
    else known.push(record ?? text)
  }
  return [...chains.values()]
}

function chainOf(request: ChargingRequest, subscribers: Map<string, string>): string {
  const { sessionId } = request
  const chain = request.subscribers[0]?.value ?? subscribers.get(sessionId) ?? sessionId
  subscribers.set(sessionId, chain)
  return chain
}

function letter(record: string, reason: string): string {
  return JSON.stringify({ reason, record })
}

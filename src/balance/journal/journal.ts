/**
 * What happens to requests while the store is away.
 *
 * Emergencies and listed free services are granted from the catalogue alone; everything else is answered `too-busy`.
 * Consumed usage, and everything that was granted this way, is on disk before its answer goes out, and is replayed
 * once the store is back. A session that was granted without the store goes on without it until its records have
 * been replayed, so that no update comes before the beginning.
 */
import type { StandIn } from '../../charging/decision.ts'
import type { ChargingAnswer } from '../../domain/answer.ts'
import type { NetworkFacts } from '../../domain/facts.ts'
import type { Logger } from '../../domain/log.ts'
import type { ChargingRequest } from '../../domain/request.ts'
import type { Clock, EpochMs, Scheduler } from '../../domain/time.ts'
import { createRecentMap } from '../recent-map.ts'
import { carriesUsage, encodeRecord, type JournalRecord } from './record.ts'
import { Replay, type ReplayOptions } from './replay.ts'
import type { JournalStorage } from './storage.ts'

/** An answer does not wait longer than this for the disk. */
const diskMs = 500
/** Requests of which it is remembered that they are in the journal: repeats need not be written again. */
const repeatsMax = 100_000
/** Sessions granted without the store that are remembered. */
const sessionsMax = 100_000

type Give = (answer: ChargingAnswer) => void

export interface JournalStats {
  readonly journalRecords: number
  readonly journalOctets: number
  /** Written, replayed, and put into the dead letters since the start. */
  readonly journalWritten: number
  readonly journalReplayed: number
  readonly journalDead: number
  /** Usage that was refused and could not be kept since the start. */
  readonly journalLost: number
  readonly journalDamaged: number
  readonly journalFailing: number
  /** Requests granted from the catalogue alone since the start. */
  readonly grantedAlone: number
}

export const noJournal: JournalStats = {
  journalRecords: 0,
  journalOctets: 0,
  journalWritten: 0,
  journalReplayed: 0,
  journalDead: 0,
  journalLost: 0,
  journalDamaged: 0,
  journalFailing: 0,
  grantedAlone: 0
}

export interface UsageJournalOptions
  extends Pick<ReplayOptions, 'storage' | 'ping' | 'submit' | 'receiptHours'> {
  readonly storage: JournalStorage
  readonly standIn: StandIn
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** What the journal may take on disk. */
  readonly octetsMax: number
}

/** A session that the client has from the catalogue alone. */
interface Told {
  facts: NetworkFacts
  /** Records not replayed yet. */
  records: number
}

const busy: ChargingAnswer = { kind: 'charging', outcome: 'too-busy', units: [], repeated: false }

export class UsageJournal {
  /** Requests may be answered without the store: ask `instead` for each. */
  alert = false
  readonly #options: UsageJournalOptions
  readonly #replay: Replay
  readonly #sessions = new Map<string, Told>()
  readonly #kept = createRecentMap<boolean>(repeatsMax)
  #away = false
  #full = false
  #written = 0
  #lost = 0
  #alone = 0

  constructor(options: UsageJournalOptions) {
    this.#options = options
    this.#replay = new Replay({
      ...options,
      reached: () => this.reached(),
      finished: record => {
        if (record.told) this.#forget(record.request.sessionId)
      }
    })
  }

  /** The request's time is over. `give` is called when what must be kept is on disk. */
  overdue(request: ChargingRequest, receivedAt: EpochMs, give: Give): void {
    if (!this.#away) {
      this.#options.logger.warn({}, 'the store does not answer in time: usage is journaled')
    }
    this.#away = true
    this.alert = true
    if (!this.#answerAlone(request, receivedAt, false, give)) {
      this.#refuse(request, receivedAt, false, give)
    }
  }

  /** Answers the request without the store where that must or can be done at once; false: it is for the store. */
  instead(request: ChargingRequest, give: Give): boolean {
    const told = this.#sessions.has(request.sessionId)
    if (!this.#away && !told) return false
    const now = this.#options.clock.now()
    // A service that is not free may still be served in time by a store that is only slow.
    if (this.#answerAlone(request, now, !told, give)) return true
    if (told) this.#refuse(request, now, true, give)
    return told
  }

  /** The store has answered. */
  reached(): void {
    this.#away = false
    this.alert = this.#sessions.size > 0
  }

  start(): void {
    this.#replay.start()
  }

  /** Ends the replay. */
  stop(): Promise<void> {
    return this.#replay.stop()
  }

  /** Writes what waits; after the last request was answered. */
  close(): Promise<void> {
    return this.#options.storage.close()
  }

  stats(): JournalStats {
    const { records, octets, failing, corrupt } = this.#options.storage.stats()
    return {
      journalRecords: records,
      journalOctets: octets,
      journalWritten: this.#written,
      journalReplayed: this.#replay.replayed,
      journalDead: this.#replay.dead,
      journalLost: this.#lost,
      journalDamaged: corrupt,
      journalFailing: failing || this.#full ? 1 : 0,
      grantedAlone: this.#alone
    }
  }

  /** False: the request takes an account. */
  #answerAlone(
    request: ChargingRequest,
    receivedAt: EpochMs,
    onlyWhole: boolean,
    give: Give
  ): boolean {
    const known = this.#sessions.get(request.sessionId)?.facts ?? null
    const alone = this.#options.standIn(request, known)
    if (alone === null || (onlyWhole && !alone.whole)) return false
    this.#alone++
    this.#keep({ request: alone.request, receivedAt, tries: 0, told: true }, alone.answer, give)
    return true
  }

  #refuse(request: ChargingRequest, receivedAt: EpochMs, told: boolean, give: Give): void {
    if (carriesUsage(request)) this.#keep({ request, receivedAt, tries: 0, told }, busy, give)
    else give(busy)
  }

  /** Writes the record and then gives the answer, which goes out without it when the disk does not get on. */
  #keep(record: JournalRecord, given: ChargingAnswer, give: Give): void {
    const { scheduler, storage } = this.#options
    const key = keyOf(record.request)
    if (this.#kept.get(key) === true) {
      give(given)
      return
    }
    if (this.#isFull()) {
      this.#countLost(record)
      give(given)
      return
    }
    if (record.told) this.#remember(record.request)
    const cancel = scheduler.later(diskMs, () => give(given))
    storage.append(encodeRecord(record), written => {
      cancel()
      if (written) {
        this.#written++
        this.#kept.set(key, true)
      } else {
        this.#countLost(record)
        if (record.told) this.#forget(record.request.sessionId)
      }
      give(given)
    })
  }

  #remember({ facts, sessionId }: ChargingRequest): void {
    const known = this.#sessions.get(sessionId)
    if (known !== undefined) {
      known.facts = facts
      known.records++
    } else if (this.#sessions.size < sessionsMax) {
      this.#sessions.set(sessionId, { facts, records: 1 })
    }
    this.alert = true
  }

  #forget(sessionId: string): void {
    const session = this.#sessions.get(sessionId)
    if (session !== undefined && --session.records <= 0) this.#sessions.delete(sessionId)
    this.alert = this.#away || this.#sessions.size > 0
  }

  #countLost({ request }: JournalRecord): void {
    if (carriesUsage(request)) this.#lost++
  }

  #isFull(): boolean {
    const { octets } = this.#options.storage.stats()
    const full = octets >= this.#options.octetsMax
    if (full && !this.#full) {
      this.#options.logger.error(
        { alarm: 'journal-full', octets },
        'the usage journal is full: usage that is refused now counts only when it is repeated'
      )
    }
    this.#full = full
    return full
  }
}

function keyOf({ sessionId, type, number }: ChargingRequest): string {
  return `${type} ${number} ${sessionId}`
}

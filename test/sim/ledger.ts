/**
 * The books that the test keeps itself, and its check of the store's documents against them.
 *
 * Funded and consumed are counted from what clients sent and were told, never from the state under test. While a
 * request is unanswered, its effect may or may not be there: then the balance must lie between the two. When every
 * request is answered it must be exact.
 */
import { decodeAccount } from '../../src/balance/documents/account.ts'
import { decodeSession } from '../../src/balance/documents/session.ts'
import type { Account } from '../../src/domain/account.ts'
import { type CdrRecord, isPartial, type OutboxRecord } from '../../src/domain/record.ts'
import type { ChargingSession } from '../../src/domain/session.ts'
import type { MemoryState } from '../support/memory-store.ts'

/** 0.01 a megabyte, in started steps of 100 kB, over a session. */
export function naivePrice(octets: number): number {
  return Math.ceil(octets / 100_000) * 1_000
}

interface SessionBooks {
  readonly accountId: string
  /** Octets in requests that were sent, and that were answered. */
  sent: number
  answered: number
  /** An event that was refused may still be served to a repeat that is under way. */
  readonly isEvent: boolean
}

interface AccountBooks {
  fundedSent: number
  funded: number
  readonly sessions: Set<string>
}

interface Recorded {
  count: number
  movements: number
  cdrs: number
}

export class Ledger {
  readonly accounts = new Map<string, AccountBooks>()
  readonly sessions = new Map<string, SessionBooks>()
  readonly cdrs = new Map<string, CdrRecord[]>()
  readonly #recorded = new Map<string, Recorded>()
  readonly #seen = new Map<string, string>()
  readonly #read = new Map<number, number>()
  readonly #state: MemoryState

  constructor(state: MemoryState) {
    this.#state = state
  }

  open(accountId: string): void {
    this.accounts.set(accountId, { fundedSent: 0, funded: 0, sessions: new Set() })
  }

  begin(accountId: string, sessionId: string, isEvent = false): void {
    this.sessions.set(sessionId, { accountId, sent: 0, answered: 0, isEvent })
    this.accounts.get(accountId)!.sessions.add(sessionId)
  }

  /** Checks every account that was written since the last step. */
  check(): void {
    this.#readOutbox()
    for (const [id, stored] of this.#state.accounts) {
      if (this.#seen.get(id) === stored.version) continue
      this.#seen.set(id, stored.version)
      this.#checkAccount(id)
    }
  }

  /** Checks every account when no request is unanswered. */
  checkExactly(): void {
    this.check()
    for (const id of this.accounts.keys()) this.#checkAccount(id)
  }

  /** At the end nothing is open and nothing reserved, and each session's CDRs are its price. */
  checkClosed(): void {
    this.checkExactly()
    for (const [id, { account, sessions, sweep }] of this.#state.accounts) {
      const { wallet, openSessions } = decodeAccount(account)
      must(wallet.reserved === 0, id, `holds ${wallet.reserved} in reserve after everything ended`)
      must(sessions.size === 0 && openSessions === 0 && sweep.size === 0, id, 'has open sessions')
    }
    for (const [id, books] of this.sessions) {
      const cdrs = this.cdrs.get(id) ?? []
      if (books.isEvent && books.answered === 0 && cdrs.length === 0) continue
      const sum = cdrs.reduce((total, cdr) => total + cdr.amount, 0)
      const price = naivePrice(books.sent)
      must(sum === price, id, `has CDRs of ${sum}, and its price is ${price}`)
      const octets = cdrs.reduce((total, cdr) => total + cdr.octets, 0)
      must(octets === books.sent, id, `has CDRs of ${octets} octets, and used ${books.sent}`)
      must(cdrs.length > 0, id, 'has no CDR')
      const closing = cdrs.filter(cdr => !isPartial(cdr.cause) && !cdr.flags.some(isAfterwards))
      must(closing.length <= 1, id, `has ${closing.length} closing CDRs`)
    }
  }

  #checkAccount(id: string): void {
    const stored = this.#state.accounts.get(id)
    const books = this.accounts.get(id)
    must(books !== undefined && stored !== undefined, id, 'is not known to both sides')
    const account = decodeAccount(stored!.account)
    const sessions = [...stored!.sessions.values()].map(decodeSession)
    const { available, reserved } = account.wallet
    must(reserved === sum(sessions, grantsOf), id, `has ${reserved} reserved, and other grants`)
    must(account.openSessions === sessions.length, id, 'counts its open sessions wrongly')
    const recorded = this.#recordedOf(id)
    must(account.records === recorded.count, id, `says ${account.records} records`)
    const debits = recorded.cdrs + sum(sessions, unrecordedOf)
    must(
      available + reserved + debits === recorded.movements,
      id,
      `has ${available} + ${reserved} reserved + ${debits} debited of ${recorded.movements}`
    )
    this.#checkIndex(id, account, sessions)
    this.#checkBounds(id, available + reserved, books!)
  }

  /** No open session is left out of the expiry indexes. */
  #checkIndex(id: string, account: Account, sessions: readonly ChargingSession[]): void {
    const stored = this.#state.accounts.get(id)!
    must(stored.sweepAt === account.sweepAt, id, 'stands elsewhere in the index of accounts')
    for (const session of sessions) {
      const entry = stored.sweep.get(session.id)
      must(entry === session.sweepAt, session.id, 'stands elsewhere in the index of sessions')
      must(session.sweepAt <= session.expiresAt, session.id, 'is swept after it expires')
      must(account.sweepAt > 0 && account.sweepAt <= session.sweepAt, id, 'is swept too late')
    }
  }

  #checkBounds(id: string, held: number, books: AccountBooks): void {
    let least = 0
    let most = 0
    for (const sessionId of books.sessions) {
      const { sent, answered } = this.sessions.get(sessionId)!
      least += naivePrice(answered)
      most += naivePrice(sent)
    }
    must(
      held >= books.funded - most && held <= books.fundedSent - least,
      id,
      `holds ${held}, which is not within ${books.funded} - ${most} and ${books.fundedSent} - ${least}`
    )
  }

  #recordedOf(id: string): Recorded {
    const recorded = this.#recorded.get(id) ?? { count: 0, movements: 0, cdrs: 0 }
    this.#recorded.set(id, recorded)
    return recorded
  }

  #readOutbox(): void {
    for (const [partition, entries] of this.#state.outbox) {
      const from = this.#read.get(partition) ?? 0
      for (const entry of entries.slice(from)) this.#readRecord(JSON.parse(entry.value))
      this.#read.set(partition, entries.length)
    }
  }

  #readRecord(record: OutboxRecord): void {
    const recorded = this.#recordedOf(record.accountId)
    recorded.count++
    must(record.record === recorded.count, record.accountId, `skips to record ${record.record}`)
    if (record.kind === 'movement') {
      recorded.movements += record.amount
      return
    }
    if (record.kind === 'event' || record.kind === 'account') return
    recorded.cdrs += record.amount
    const cdrs = this.cdrs.get(record.sessionId) ?? []
    this.cdrs.set(record.sessionId, cdrs)
    cdrs.push(record)
    must(record.number === cdrs.length, record.sessionId, `has CDR ${record.number} out of turn`)
  }
}

function isAfterwards(flag: string): boolean {
  return flag === 'late' || flag === 'no-session'
}

function grantsOf(session: ChargingSession): number {
  return sum(session.services, ({ grant }) => sum(grant?.draws ?? [], draw => draw.amount))
}

function unrecordedOf(session: ChargingSession): number {
  return sum(session.services, service => sum(service.parts, part => part.amount))
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0)
}

function must(condition: boolean, what: string, message: string): void {
  if (!condition) throw new Error(`${what} ${message}`)
}

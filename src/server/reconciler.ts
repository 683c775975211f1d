/**
 * Compares the documents of a store with the ledger and the CDRs, beside traffic: each account at the number of its
 * outbox that its document shows. What does not agree is looked at again for a while, because records may still be on their
 * way to the database.
 */
import type { WholeAccounts } from '../balance/whole-accounts.ts'
import { balancesOf, compareBooks, emptyLedger } from '../charging/reconcile.ts'
import type {
  AccountDocuments,
  Books,
  Break,
  LedgerReader,
  ReconcileReport,
  Reconciler,
  WalletSums
} from '../charging/reconciliation.ts'
import type { Scheduler } from '../domain/time.ts'

export interface ReconcilerOptions {
  readonly accounts: WholeAccounts
  readonly ledger: LedgerReader
  readonly scheduler: Scheduler
  /** Whether servers have spilled records that are not in the database yet. */
  readonly spilled: () => Promise<boolean>
  /** Milliseconds for which records may be on their way; 10,000 unless given. */
  readonly patienceMs?: number
}

const accountsOfPage = 500
const lookEveryMs = 500
/** What cursors of the second half begin with: accounts of the ledger that the store may not have. */
const ledgerCursor = 'ledger:'
const storeCursor = 'store:'

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { accounts, ledger, scheduler, spilled, patienceMs = 10_000 } = options

  /** A report of each account that is there. */
  async function compare(ids: readonly string[]): Promise<Map<string, ReconcileReport>> {
    const read = await accounts.read(ids)
    const upTo = new Map(read.map(({ account }) => [account.id, account.records]))
    const { accounts: books, sums } = await ledger.books(upTo)
    const behind = await lostTails(accounts, read, books)
    const reports = new Map<string, ReconcileReport>()
    for (const documents of read) {
      const { id } = documents.account
      const book = books.get(id) ?? emptyLedger
      const tail = behind.get(id)
      const breaks = compareBooks(documents, book)
      reports.set(id, {
        ...emptyReport,
        ...sums.get(id),
        accounts: 1,
        openSessions: documents.sessions.length,
        wallets: walletOf(documents, book.targets.get('wallet') ?? 0n),
        breaks: tail === undefined ? breaks : [tail, ...breaks]
      })
    }
    return reports
  }

  /** Each account is in the sums as it was when it agreed: one that is looked at again goes on meanwhile. */
  async function compareAll(ids: readonly string[]): Promise<ReconcileReport> {
    const reports = await compare(ids)
    for (let waited = 0; waited < patienceMs; waited += lookEveryMs) {
      const broken = healableOf(reports)
      if (broken.length === 0) break
      // Those may take long, and what waits behind them as well.
      if (await spilled()) return sumOf(waitingOf(reports.values()))
      await new Promise<void>(resolve => scheduler.later(lookEveryMs, resolve))
      const again = await compare(broken)
      replace(reports, broken, again)
    }
    return sumOf(reports.values())
  }

  async function strangers(after: string) {
    const booked = await ledger.accounts(after, accountsOfPage)
    const ids = [...booked.keys()]
    const known = new Set((await accounts.read(ids)).map(({ account }) => account.id))
    const breaks = ids
      .filter(id => !known.has(id))
      .map((id): Break => ({ kind: 'account', accountId: id, ledger: booked.get(id) ?? 0n }))
    const last = ids.length === accountsOfPage ? (ids.at(-1) ?? null) : null
    return { report: { ...emptyReport, breaks }, next: last === null ? null : ledgerCursor + last }
  }

  return {
    async page(cursor) {
      if (cursor?.startsWith(ledgerCursor)) return strangers(cursor.slice(ledgerCursor.length))
      const from = cursor === null ? null : cursor.slice(storeCursor.length)
      const { ids, next } = await accounts.list(from, accountsOfPage)
      const report = await compareAll(ids)
      return { report, next: next === null ? ledgerCursor : storeCursor + next }
    },
    async account(accountId) {
      const report = await compareAll([accountId])
      return report.accounts === 0 ? null : report
    }
  }
}

/** What the database has, a document had before it: one that is behind when it is read after that has gone back. */
async function lostTails(
  accounts: WholeAccounts,
  read: readonly AccountDocuments[],
  books: Books['accounts']
): Promise<ReadonlyMap<string, Break>> {
  const lastOf = (id: string) => books.get(id)?.last ?? 0
  const ids = read.flatMap(({ account: { id, records } }) => (lastOf(id) > records ? [id] : []))
  const found = new Map<string, Break>()
  if (ids.length === 0) return found
  for (const { account } of await accounts.read(ids)) {
    const { id, records } = account
    if (lastOf(id) <= records) continue
    found.set(id, { kind: 'behind', accountId: id, record: records, stored: lastOf(id) })
  }
  return found
}

function replace(
  reports: Map<string, ReconcileReport>,
  ids: readonly string[],
  again: ReadonlyMap<string, ReconcileReport>
): void {
  for (const id of ids) {
    const report = again.get(id)
    if (report === undefined) reports.delete(id)
    else reports.set(id, report)
  }
}

/** The accounts with breaks, when time may heal some of these. */
function healableOf(reports: ReadonlyMap<string, ReconcileReport>): readonly string[] {
  const broken = [...reports].filter(([, { breaks }]) => breaks.length > 0)
  return broken.some(([, { breaks }]) => mayPass(breaks)) ? broken.map(([id]) => id) : []
}

/** Whether time may heal the breaks of an account: not when it has lost its tail. */
function mayPass(breaks: readonly Break[]): boolean {
  return !breaks.some(({ kind }) => kind === 'behind')
}

/** What is broken of an account whose numbers are not all there may be what is in the missing ones. */
function* waitingOf(reports: Iterable<ReconcileReport>): Generator<ReconcileReport> {
  for (const report of reports) {
    const missing = report.breaks.find(({ kind }) => kind === 'numbers')
    if (missing?.kind !== 'numbers') {
      yield report
      continue
    }
    const { accountId, count } = missing
    const kept = report.breaks.filter(({ kind }) => kind === 'behind' || kind === 'usage')
    yield { ...report, breaks: [...kept, { kind: 'waiting', accountId, count }] }
  }
}

const emptyReport: ReconcileReport = {
  accounts: 0,
  openSessions: 0,
  wallets: new Map(),
  breaks: [],
  cdrs: 0,
  octets: 0n,
  zeroRatedOctets: 0n,
  suspense: 0
}

function walletOf(documents: AccountDocuments, booked: bigint): ReadonlyMap<string, WalletSums> {
  const { currency, wallet } = documents.account
  const sums = {
    ledger: booked,
    available: BigInt(wallet.available),
    reserved: BigInt(wallet.reserved),
    unrecorded: balancesOf(documents).get('wallet')?.unrecorded ?? 0n
  }
  return new Map([[currency, sums]])
}

function sumOf(reports: Iterable<ReconcileReport>): ReconcileReport {
  const wallets = new Map<string, WalletSums>()
  const breaks: Break[] = []
  let { accounts, openSessions, cdrs, octets, zeroRatedOctets, suspense } = emptyReport
  for (const report of reports) {
    accounts += report.accounts
    openSessions += report.openSessions
    cdrs += report.cdrs
    octets += report.octets
    zeroRatedOctets += report.zeroRatedOctets
    suspense += report.suspense
    breaks.push(...report.breaks)
    for (const [currency, sums] of report.wallets) addWallet(wallets, currency, sums)
  }
  return { accounts, openSessions, wallets, breaks, cdrs, octets, zeroRatedOctets, suspense }
}

function addWallet(wallets: Map<string, WalletSums>, currency: string, sums: WalletSums): void {
  const before = wallets.get(currency)
  wallets.set(currency, {
    ledger: (before?.ledger ?? 0n) + sums.ledger,
    available: (before?.available ?? 0n) + sums.available,
    reserved: (before?.reserved ?? 0n) + sums.reserved,
    unrecorded: (before?.unrecorded ?? 0n) + sums.unrecorded
  })
}

/**
 * Compares the documents of a store with the ledger and the CDRs, beside traffic: each account at the number of its
 * outbox that its document shows. What does not agree is looked at again for a while, because records may still be on their
 * way to the database.
 */
import type { WholeAccounts } from '../balance/whole-accounts.ts'
import { balancesOf, compareBooks, emptyLedger } from '../charging/reconcile.ts'
import type {
  AccountDocuments,
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
  /** Milliseconds for which records may be on their way; 10,000 unless given. */
  readonly patienceMs?: number
}

const accountsOfPage = 100
const lookEveryMs = 500
/** What cursors of the second half begin with: accounts of the ledger that the store may not have. */
const ledgerCursor = 'ledger:'
const storeCursor = 'store:'

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { accounts, ledger, scheduler, patienceMs = 10_000 } = options

  async function compare(ids: readonly string[]): Promise<ReconcileReport> {
    const read = await accounts.read(ids)
    const upTo = new Map(read.map(({ account }) => [account.id, account.records]))
    const [books, sums] = await Promise.all([ledger.ledgers(upTo), ledger.sums(upTo)])
    const breaks = read.flatMap(documents =>
      compareBooks(documents, books.get(documents.account.id) ?? emptyLedger)
    )
    const wallets = new Map<string, WalletSums>()
    for (const documents of read) {
      const booked = books.get(documents.account.id)?.targets.get('wallet') ?? 0n
      addWallet(wallets, documents, booked)
    }
    const openSessions = read.reduce((sum, { sessions }) => sum + sessions.length, 0)
    return { accounts: read.length, openSessions, wallets, breaks, ...sums }
  }

  async function compareAll(ids: readonly string[]): Promise<ReconcileReport> {
    const report = await compare(ids)
    if (report.breaks.length === 0) return report
    let { breaks } = report
    for (let waited = 0; breaks.length > 0 && waited < patienceMs; waited += lookEveryMs) {
      await new Promise<void>(resolve => scheduler.later(lookEveryMs, resolve))
      const broken = [...new Set(breaks.map(({ accountId }) => accountId))]
      breaks = (await compare(broken)).breaks
    }
    // The sums as they are now, with what does not go away.
    return { ...(await compare(ids)), breaks }
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

function addWallet(
  wallets: Map<string, WalletSums>,
  documents: AccountDocuments,
  booked: bigint
): void {
  const { currency, wallet } = documents.account
  const before = wallets.get(currency)
  const unrecorded = balancesOf(documents).get('wallet')?.unrecorded ?? 0n
  wallets.set(currency, {
    ledger: (before?.ledger ?? 0n) + booked,
    available: (before?.available ?? 0n) + BigInt(wallet.available),
    reserved: (before?.reserved ?? 0n) + BigInt(wallet.reserved),
    unrecorded: (before?.unrecorded ?? 0n) + unrecorded
  })
}

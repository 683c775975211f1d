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
  /** Milliseconds for which records may be on their way; 10,000 unless given. */
  readonly patienceMs?: number
}

const accountsOfPage = 500
const lookEveryMs = 500
/** What cursors of the second half begin with: accounts of the ledger that the store may not have. */
const ledgerCursor = 'ledger:'
const storeCursor = 'store:'

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { accounts, ledger, scheduler, patienceMs = 10_000 } = options

  async function compare(ids: readonly string[]): Promise<ReconcileReport> {
    const read = await accounts.read(ids)
    const upTo = new Map(read.map(({ account }) => [account.id, account.records]))
    const { accounts: books, sums } = await ledger.books(upTo)
    const breaks: Break[] = await lostTails(read, books)
    const wallets = new Map<string, WalletSums>()
    for (const documents of read) {
      const book = books.get(documents.account.id) ?? emptyLedger
      breaks.push(...compareBooks(documents, book))
      addWallet(wallets, documents, book.targets.get('wallet') ?? 0n)
    }
    const openSessions = read.reduce((sum, { sessions }) => sum + sessions.length, 0)
    return { accounts: read.length, openSessions, wallets, breaks, ...sums }
  }

  /** What the database has, a document had before it: one that is behind when it is read after that has gone back. */
  async function lostTails(
    read: readonly AccountDocuments[],
    books: Books['accounts']
  ): Promise<Break[]> {
    const lastOf = (id: string) => books.get(id)?.last ?? 0
    const ids = read.flatMap(({ account: { id, records } }) => (lastOf(id) > records ? [id] : []))
    if (ids.length === 0) return []
    return (await accounts.read(ids)).flatMap(({ account: { id, records } }): Break[] =>
      lastOf(id) > records
        ? [{ kind: 'behind', accountId: id, record: records, stored: lastOf(id) }]
        : []
    )
  }

  async function compareAll(ids: readonly string[]): Promise<ReconcileReport> {
    const report = await compare(ids)
    if (report.breaks.length === 0) return report
    let { breaks } = report
    for (let waited = 0; passing(breaks).length > 0 && waited < patienceMs; waited += lookEveryMs) {
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

/** Breaks that time may heal: not those of accounts that have lost their tail. */
function passing(breaks: readonly Break[]): readonly Break[] {
  const behind = new Set(
    breaks.filter(({ kind }) => kind === 'behind').map(({ accountId }) => accountId)
  )
  return breaks.filter(({ accountId }) => !behind.has(accountId))
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

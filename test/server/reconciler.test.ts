import t from 'tap'
import { emptyLedger } from '../../src/charging/reconcile.ts'
import type { AccountDocuments, LedgerReader } from '../../src/charging/reconciliation.ts'
import { createReconciler } from '../../src/server/reconciler.ts'
import { scheduler } from '../cdr/support.ts'

/** An account at that number of its outbox, which has one unit of money more with each. */
function documents(id: string, records: number): AccountDocuments {
  const wallet = { available: records, reserved: 0 }
  const account = { id, currency: 'EUR', records, wallet, buckets: [] }
  return { account, lines: [], sessions: [] } as unknown as AccountDocuments
}

t.test('the sums are of the comparison that was found to agree', async t => {
  // Both accounts go on between any two reads; of the busy one the database lags whenever it is read alone.
  let records = 10
  let reads = 0
  const accounts = {
    list: async () => ({ ids: ['busy', 'late'], next: null }),
    async read(ids: readonly string[]) {
      records += 1
      return ids.map(id => documents(id, records))
    }
  }
  const ledger: LedgerReader = {
    async books(upTo) {
      reads += 1
      // What "late" lacks at first comes with the second look; after it, "busy" has more than has arrived.
      const lacks = (id: string) => (id === 'late' ? reads === 1 : reads > 1)
      const wallet = (id: string, last: number) => BigInt(lacks(id) ? last - 1 : last)
      const sums = (last: number) => ({
        cdrs: last,
        octets: 100n * BigInt(last),
        zeroRatedOctets: 0n,
        suspense: 0
      })
      const entries = [...upTo]
      return {
        accounts: new Map(
          entries.map(([id, last]) => [
            id,
            { ...emptyLedger, last, targets: new Map([['wallet', wallet(id, last)]]) }
          ])
        ),
        sums: new Map(entries.map(([id, last]) => [id, sums(last)]))
      }
    },
    accounts: async () => new Map()
  }
  const reconciler = createReconciler({ accounts, ledger, scheduler, spilled: async () => false })
  const { report } = await reconciler.page(null)
  t.same(report.breaks, [])
  // Of "busy" the first look, at 11; of "late" the second, at 12.
  t.same(report.wallets.get('EUR'), {
    ledger: 23n,
    available: 23n,
    reserved: 0n,
    unrecorded: 0n
  })
  t.match(report, { accounts: 2, openSessions: 0, cdrs: 23, octets: 2_300n, suspense: 0 })
})

t.test('what never agrees is a break, and in the sums as it was seen last', async t => {
  const accounts = {
    list: async () => ({ ids: ['a', 'b'], next: null }),
    read: async (ids: readonly string[]) => ids.map(id => documents(id, 10))
  }
  const ledger: LedgerReader = {
    books: async upTo => ({
      accounts: new Map(
        [...upTo].map(([id, last]) => {
          const wallet = id === 'a' ? 10n : 7n
          return [id, { ...emptyLedger, last, targets: new Map([['wallet', wallet]]) }]
        })
      ),
      sums: new Map()
    }),
    accounts: async () => new Map()
  }
  const reconciler = createReconciler({
    accounts,
    ledger,
    scheduler,
    spilled: async () => false,
    patienceMs: 1
  })
  const { report } = await reconciler.page(null)
  t.match(report.breaks, [{ kind: 'balance', accountId: 'b', ledger: 7n, balance: 10n }])
  t.match(report.wallets.get('EUR'), { ledger: 17n, available: 20n })
})

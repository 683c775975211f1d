/** The reconciler over the stores of this process, with what it found at /metrics. */
import type { Store } from '../balance/store.ts'
import { createWholeAccounts } from '../balance/whole-accounts.ts'
import type { LedgerReader, Reconciler } from '../charging/reconciliation.ts'
import { systemScheduler } from '../ops/clock.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { House } from './compose.ts'
import { createReconciler } from './reconciler.ts'
import { createRepairer, type Repairer } from './repairer.ts'

export function openRepairer({ store, service }: House, ledger: LedgerReader): Repairer {
  return createRepairer(createWholeAccounts(store), ledger, service.accounts.submit)
}

/** Whether servers have records on their disks that are not in the database yet. */
export async function hasSpilled({ spills }: Pick<Store, 'spills'>): Promise<boolean> {
  return spills !== null && (await spills.marks()).length > 0
}

export function openReconciler(
  { store }: House,
  ledger: LedgerReader,
  metrics: Metrics | null
): Reconciler {
  const accounts = createWholeAccounts(store)
  const reconciler = createReconciler({
    accounts,
    ledger,
    scheduler: systemScheduler,
    spilled: () => hasSpilled(store)
  })
  if (metrics === null) return reconciler
  let checked = 0
  let breaks = 0
  metrics.gauge('gyro_reconciled_accounts', 'Accounts reconciled since the start.', () => checked)
  metrics.gauge('gyro_reconcile_breaks', 'Breaks found by that: an alarm.', () => breaks)
  return {
    async page(cursor) {
      const page = await reconciler.page(cursor)
      checked += page.report.accounts
      breaks += page.report.breaks.length
      return page
    },
    async account(accountId) {
      const report = await reconciler.account(accountId)
      checked += report?.accounts ?? 0
      breaks += report?.breaks.length ?? 0
      return report
    }
  }
}

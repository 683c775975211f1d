/** Reconciliation of balances, ledger and CDRs, a page of accounts at a time. */
import type { Break, ReconcileReport } from '../charging/reconciliation.ts'
import { formatMicros } from '../domain/money.ts'
import { namesOfSession } from '../domain/session-key.ts'
import { unknownAccount } from './accounts.ts'
import type { ApiParts, Operation } from './operation.ts'
import { pageOf } from './paging.ts'

export function reconcileOperations({ reconciler }: ApiParts): readonly Operation[] {
  return [
    {
      method: 'get',
      path: '/v1/reconciliation',
      id: 'reconcile',
      summary: 'Compares balances, ledger and CDRs of some accounts; the pages together are all',
      parameters: ['account', 'cursor'],
      answers: { 200: { description: 'A page of one report.', schema: 'ReconciliationPage' } },
      problems: [404],
      async handle(c) {
        const id = c.req.query('account')
        if (id !== undefined) {
          const report = await reconciler.account(id)
          if (report === null) throw unknownAccount(id)
          return c.json({ items: [viewReport(report)], next: null })
        }
        const { report, next } = await reconciler.page(c.req.query('cursor') ?? null)
        return c.json(pageOf(c, [viewReport(report)], next))
      }
    }
  ]
}

/** Sums are digits in text, as they may be more than a number holds; money has six decimals. */
export function viewReport(report: ReconcileReport) {
  return {
    accounts: report.accounts,
    openSessions: report.openSessions,
    cdrs: report.cdrs,
    octets: String(report.octets),
    zeroRatedOctets: String(report.zeroRatedOctets),
    suspense: report.suspense,
    wallets: Object.fromEntries(
      [...report.wallets].map(([currency, sums]) => [
        currency,
        {
          ledger: formatMicros(sums.ledger),
          available: formatMicros(sums.available),
          reserved: formatMicros(sums.reserved),
          unrecorded: formatMicros(sums.unrecorded)
        }
      ])
    ),
    breaks: report.breaks.map(viewBreak)
  }
}

export type ReportJson = ReturnType<typeof viewReport>
export type BreakJson = ReportJson['breaks'][number]

function viewBreak(found: Break) {
  const { kind, accountId } = found
  switch (kind) {
    case 'numbers':
      return { kind, accountId, missing: found.missing, count: found.count }
    case 'usage': {
      const show = (amount: bigint | null) => (amount === null ? null : shown(found.target, amount))
      const { record, target } = found
      return {
        kind,
        accountId,
        record,
        ...namesOfSession(found.sessionId),
        target,
        cdr: show(found.cdr),
        ledger: show(found.ledger)
      }
    }
    case 'balance': {
      const { record, target, ledger, balance, unrecorded, sessions } = found
      return {
        kind,
        accountId,
        record,
        target,
        ledger: shown(target, ledger),
        balance: shown(target, balance),
        difference: shown(target, balance - ledger),
        unrecorded: shown(target, unrecorded),
        sessions
      }
    }
    case 'behind':
      return { kind, accountId, record: found.record, stored: found.stored }
    case 'waiting':
      return { kind, accountId, count: found.count }
    case 'account':
      return { kind, accountId, ledger: formatMicros(found.ledger) }
  }
}

function shown(target: string, amount: bigint): string {
  return target === 'wallet' ? formatMicros(amount) : String(amount)
}

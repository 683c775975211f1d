/** gyro reconcile: whether balances, ledger and CDRs say the same. */
import { basename, dirname } from 'node:path'
import type { Command } from 'commander'
import type { BreakJson, ReportJson } from '../api/reconcile.ts'
import { GyroError } from '../domain/errors.ts'
import type { ReconcilerBackend } from './backend.ts'
import { emptyReport, mergeReports, microsOf } from './merge-reports.ts'
import { note, print, printJson, sessionText } from './output.ts'

interface ReconcileOptions {
  readonly account?: string
  readonly json?: true
  readonly repair?: true
  readonly metrics?: string
}

export function addReconcile(program: Command): void {
  program
    .command('reconcile')
    .description('compare balances, ledger and CDRs; status 1 when they do not agree')
    .option('--account <id>', 'of one account')
    .option('--json', 'the report as one line of JSON')
    .option('--repair', 'first bring accounts to the ledger whose store has lost its tail')
    .option('--metrics <file>', 'also write figures for the textfile collector of Prometheus')
    .addHelpText('after', reconcileHelp)
    .action(reconcile)
}

const reconcileHelp = `
Each account is compared at the number of its outbox that its balance stands for, so traffic may go on. Records on
their way to the CDR database are waited for, up to ten seconds for each five hundred accounts.`

async function reconcile(options: ReconcileOptions): Promise<void> {
  const { openReports } = await import('./open-backend.ts')
  const backend = await openReports()
  let report: ReportJson
  try {
    report = await reportOf(backend, options)
    const repairs = options.repair === true && !(await waits(backend))
    if (repairs && (await repairAll(backend, report))) {
      report = await reportOf(backend, options)
    }
  } finally {
    await backend.close()
  }
  if (options.metrics !== undefined) await writeMetrics(options.metrics, report)
  if (options.json === true) await printJson(report)
  else for (const line of linesOf(report)) await print(line)
  const { length } = report.breaks
  if (length > 0) {
    throw new GyroError('GYRO_CONFLICT', `${length} ${length === 1 ? 'break' : 'breaks'} found`)
  }
}

async function reportOf(
  backend: ReconcilerBackend,
  { account }: ReconcileOptions
): Promise<ReportJson> {
  let report = emptyReport
  for await (const page of backend.reports(account ?? null)) report = mergeReports(report, page)
  return report
}

/** An account may seem to have lost what only waits: its numbers would be given twice. */
async function waits(backend: ReconcilerBackend): Promise<boolean> {
  const spilled = await backend.spilled()
  if (spilled) note('nothing is repaired while spilled records wait: see gyro cdr spills')
  return spilled
}

/** Whether anything was repaired. */
async function repairAll(backend: ReconcilerBackend, { breaks }: ReportJson): Promise<boolean> {
  let repaired = false
  for (const { kind, accountId } of breaks) {
    if (kind !== 'behind') continue
    const repair = await backend.repair(accountId)
    if (repair === null) continue
    const gained = repair.differences.map(([target, amount]) => `${target} ${amount}`).join(', ')
    if (repair.refused === '')
      note(`${accountId} was brought to its ledger: ${gained || 'no sum differs'}`)
    else note(`${accountId} stays as it is: ${repair.refused}`)
    repaired ||= repair.refused === ''
  }
  return repaired
}

/** A report in words. */
export function linesOf(report: ReportJson): string[] {
  const { accounts, openSessions, cdrs, octets, zeroRatedOctets, suspense } = report
  const share = octets === '0' ? 0 : (Number(zeroRatedOctets) / Number(octets)) * 100
  return [
    `${accounts} accounts with ${openSessions} open sessions, ${cdrs} CDRs`,
    ...Object.entries(report.wallets).map(
      ([currency, { ledger, available, reserved, unrecorded }]) =>
        `${currency}: ledger ${ledger} = available ${available} + reserved ${reserved} + ` +
        `consumed without a CDR yet ${unrecorded}${agrees(report, currency) ? '' : ': NOT SO'}`
    ),
    `zero-rated: ${share.toFixed(1)} % of the octets; CDRs in suspense: ${suspense}`,
    ...report.breaks.map(textOf)
  ]
}

function agrees({ wallets }: ReportJson, currency: string): boolean {
  const sums = wallets[currency]
  if (sums === undefined) return true
  const held = microsOf(sums.available) + microsOf(sums.reserved) + microsOf(sums.unrecorded)
  return held === microsOf(sums.ledger)
}

function textOf(found: BreakJson): string {
  const start = `BREAK ${found.accountId}:`
  switch (found.kind) {
    case 'numbers':
      return `${start} ${found.count} numbers of its outbox are not stored, from ${found.missing.join(', ')}`
    case 'usage': {
      const { record, target, cdr, ledger } = found
      return `${start} number ${record}, session ${sessionText(found)}: ${target} by CDR ${cdr ?? 'none'}, by ledger ${ledger ?? 'none'}`
    }
    case 'balance': {
      const { target, ledger, balance, difference, record, sessions } = found
      const open = sessions.length === 0 ? '' : `, open sessions ${sessions.join(', ')}`
      return `${start} ${target} at number ${record}: balance ${balance}, ledger ${ledger}, difference ${difference}${open}`
    }
    case 'behind':
      return `${start} the store is at number ${found.record} and has lost what came after it, up to ${found.stored}`
    case 'waiting':
      return `WAITING ${found.accountId}: ${found.count} numbers of its outbox are spilled, or behind what is`
    case 'account':
      return `${start} is in the ledger with ${found.ledger}, and not in the store`
  }
}

async function writeMetrics(path: string, report: ReportJson): Promise<void> {
  const { writeAtomically } = await import('../export/atomic-file.ts')
  const figures: [name: string, help: string, value: string | number][] = [
    ['gyro_reconcile_accounts', 'Accounts compared.', report.accounts],
    ['gyro_reconcile_breaks', 'Breaks found: an alarm.', report.breaks.length],
    ['gyro_reconcile_cdrs', 'CDRs compared.', report.cdrs],
    ['gyro_reconcile_octets', 'Octets in them.', report.octets],
    ['gyro_reconcile_zero_rated_octets', 'Octets at no price.', report.zeroRatedOctets],
    ['gyro_reconcile_suspense', 'CDRs in suspense.', report.suspense]
  ]
  const text = figures
    .map(
      ([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`
    )
    .join('')
  await writeAtomically(dirname(path), basename(path), String(process.pid), text)
}

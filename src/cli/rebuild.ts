/** gyro rebuild: accounts from the ledger, into an empty store or beside one that lives. */
import type { Command } from 'commander'
import type { ReportJson } from '../api/reconcile.ts'
import { GyroError } from '../domain/errors.ts'
import { usage } from './errors.ts'
import { print } from './output.ts'

interface RebuildOptions {
  readonly into?: string
  readonly compare?: string | true
  readonly snapshot?: true
}

export function addRebuild(program: Command): void {
  program
    .command('rebuild')
    .description('accounts as the CDR database has them: for a store that was lost')
    .option('--into <store>', 'write all accounts into this empty store, and reconcile it')
    .option(
      '--compare [store]',
      'write nothing, and say where a store (the configured one) differs'
    )
    .option('--snapshot', 'keep a snapshot of every account of the configured store as it is now')
    .addHelpText('after', rebuildHelp)
    .action(rebuild)
}

const rebuildHelp = `
Wallets and allowances become the sums of the ledger: what open sessions had reserved is available again, and the sessions
are gone. Status 1 when something cannot be made again, or differs.

Example, after a Redis was lost with its files:
  gyro rebuild --into redis://10.0.0.5:6379/0`

async function rebuild({ into, compare, snapshot }: RebuildOptions): Promise<void> {
  const chosen = [into, compare, snapshot].filter(option => option !== undefined)
  if (chosen.length !== 1) throw usage('say one of --into, --compare and --snapshot')
  const { openRebuild } = await import('./open-rebuild.ts')
  const url = into ?? (typeof compare === 'string' ? compare : null)
  const backend = await openRebuild(url)
  try {
    if (snapshot === true) {
      const kept = await backend.rebuilder.keep(backend.store)
      return await print(`snapshots of ${kept} accounts are kept`)
    }
    const faults = into === undefined ? 0 : await writeAll(backend)
    const different = await compareAll(backend)
    if (faults + different === 0) return
  } finally {
    await backend.close()
  }
  throw new GyroError('GYRO_CONFLICT', 'not everything is as the CDR database has it: see above')
}

type Backend = Awaited<ReturnType<typeof import('./open-rebuild.ts').openRebuild>>

/** How many faults it found. */
async function writeAll({ store, rebuilder, reconciler, salvage }: Backend): Promise<number> {
  const spilled = await salvage()
  if (spilled > 0) await print(`${spilled} spilled records of this machine are in the database`)
  const { accounts, lines, problems } = await rebuilder.into(store)
  await print(`${accounts} accounts with ${lines} lines were written`)
  for (const problem of problems) await print(`PROBLEM ${problem}`)
  const { reportsOf } = await import('./open-backend.ts')
  const { emptyReport, mergeReports } = await import('./merge-reports.ts')
  const { linesOf } = await import('./reconcile.ts')
  let report = emptyReport
  for await (const page of reportsOf(reconciler, null)) report = mergeReports(report, page)
  for (const line of linesOf(report)) await print(line)
  const missing = missingOf(report)
  if (missing !== '') await print(missing)
  return problems.length + report.breaks.length
}

/** Numbers behind the last one of an account that is stored are known to nobody: the store that knew them is lost. */
function missingOf({ breaks }: ReportJson): string {
  let [accounts, records] = [0, 0]
  for (const found of breaks) {
    if (found.kind !== 'numbers') continue
    accounts += 1
    records += found.count
  }
  if (records === 0) return ''
  return (
    `MISSING ${records} records of ${accounts} accounts: a server on another machine may have spilled them, and only ` +
    'what was spilled on this one was read. Move its folder (GYRO_SPILL) here, and run this again into an empty store'
  )
}

async function compareAll({ store, rebuilder }: Backend): Promise<number> {
  const { accounts, differences } = await rebuilder.compare(store)
  await print(`${accounts} accounts compared with snapshots and ledger`)
  for (const difference of differences) await print(`DIFFERENT ${difference}`)
  return differences.length
}

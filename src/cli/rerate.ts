/** gyro rerate: what finished sessions cost by another catalogue, and the adjustments that follow. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { GyroError } from '../domain/errors.ts'
import { pageOf } from '../rerate/page.ts'
import { remarksOf } from '../rerate/remarks.ts'
import type { RerateAnswer } from '../rerate/run.ts'
import type { AccountJson } from '../rerate/summary.ts'
import { usage } from './errors.ts'
import { instantOf } from './instant.ts'
import { note, print, printJson, printTable } from './output.ts'

interface RerateOptions {
  readonly from: string
  readonly to: string
  readonly offer?: string
  readonly catalogue?: string
  readonly apply?: true
  readonly report?: string
  readonly json?: true
}

const accountsShown = 20

export function addRerate(program: Command): void {
  program
    .command('rerate')
    .description('what finished sessions cost by the catalogue in force, or by another one')
    .requiredOption('--from <instant>', 'sessions that began from here, such as 2026-11-01')
    .requiredOption('--to <instant>', 'up to, and not including, this instant')
    .option('--offer <id>', 'only sessions of accounts that had this offer')
    .option(
      '--catalogue <folder>',
      'rate by this catalogue; that of the configuration unless given'
    )
    .option('--apply', 'make each wallet what it would be; once, however often it is run')
    .option('--report <file>', 'write an HTML page with charts')
    .option('--json', 'one JSON object')
    .addHelpText('after', rerateHelp)
    .action(rerate)
}

const rerateHelp = `
Nothing is changed without --apply. Instants without a time zone are in UTC.

Examples:
  gyro rerate --from 2026-11-01 --to 2026-12-01
  gyro rerate --from 2026-11-01 --to 2026-12-01 --catalogue ./next --report next.html`

async function rerate(options: RerateOptions): Promise<void> {
  const from = instantOf('--from', options.from)
  const until = instantOf('--to', options.to)
  if (until <= from) throw usage('--to must be later than --from')
  const [{ openRerater }, { loadCatalogue }] = await Promise.all([
    import('./open-rerater.ts'),
    import('../rating/load/load.ts')
  ])
  const { offer = null, catalogue } = options
  const source = catalogue === undefined ? null : (await loadCatalogue(catalogue)).source
  const { rerate: run, close } = await openRerater()
  try {
    const answer = await run({ from, until, offer, source, apply: options.apply === true })
    if (options.report !== undefined) save(options.report, pageOf(answer))
    if (options.json === true) await printJson(answer)
    else await show(answer)
    if ((answer.applied?.refused.length ?? 0) > 0) {
      throw new GyroError('GYRO_CONFLICT', 'not every adjustment could be made; see above')
    }
  } finally {
    await close()
  }
}

function save(file: string, page: string): void {
  try {
    writeFileSync(file, page)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new GyroError('GYRO_INPUT_INVALID', `the report cannot be written: ${reason}`)
  }
}

async function show(answer: RerateAnswer): Promise<void> {
  const { all, currency, catalogue, sessions, changed } = answer
  await print(
    `${sessions} sessions with ${all.cdrs} CDRs, by catalogue ${catalogue}, in ${currency}`
  )
  await print('')
  const rows = answer.offers.map(({ offer, ...sums }) => [
    offer === '' ? '-' : offer,
    ...cells(sums)
  ])
  await printTable([['OFFER', ...columns], ...rows, ['all', ...cells(all)]])
  if (answer.accounts.length > 0) await showAccounts(answer.accounts)
  await print('')
  await print(
    `${changed} CDRs cost something else: ${answer.winners} accounts pay less, ` +
      `${answer.losers} more, ${answer.unchanged} the same`
  )
  for (const remark of remarksOf(answer)) note(remark)
  await showApplied(answer)
}

const columns = ['CDRS', 'CHARGED', 'RE-RATED', 'DIFFERENCE']

function cells({ cdrs, charged, rerated, difference }: Omit<AccountJson, 'accountId' | 'msisdn'>) {
  return [String(cdrs), charged, rerated, difference]
}

async function showAccounts(accounts: readonly AccountJson[]): Promise<void> {
  const shown = accounts.slice(0, accountsShown)
  const rows = shown.map(({ accountId, msisdn, ...sums }) => [
    accountId,
    msisdn ?? '-',
    ...cells(sums)
  ])
  await print('')
  await printTable([['ACCOUNT', 'MSISDN', ...columns], ...rows])
  const more = accounts.length - shown.length
  if (more > 0) await print(`and ${more} more; --json has them all`)
}

async function showApplied({ applied, changed, currency }: RerateAnswer): Promise<void> {
  if (applied === null) {
    if (changed > 0) await print('nothing was changed; --apply makes the adjustments')
    return
  }
  const { accounts, cdrs, amount, refused, finished } = applied
  if (finished > 0) await print(`${finished} movements of an earlier run were finished first`)
  await print(`adjusted: ${accounts} accounts for ${cdrs} CDRs, by ${amount} ${currency} in all`)
  for (const { accountId, reason } of refused) note(`${accountId}: not adjusted: ${reason}`)
}

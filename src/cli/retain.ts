/** gyro cdr retain: drops days of CDRs that are old, exported and sealed. */
import type { Command } from 'commander'
import { keepDaysLeast, keepDaysMost, type RetainedDay } from '../charging/retention.ts'
import { GyroError } from '../domain/errors.ts'
import { usage } from './errors.ts'
import { print, printJson } from './output.ts'

interface RetainOptions {
  readonly keepDays: string
  readonly dryRun?: true
  readonly unexported?: true
  readonly json?: true
}

export function addRetain(cdr: Command): void {
  cdr
    .command('retain')
    .description('drop days of records that are old enough; status 1 when one of them has to stay')
    .requiredOption('--keep-days <n>', 'days before today that stay, from 3 on')
    .option('--dry-run', 'only say what would be dropped')
    .option('--unexported', 'also where records were never exported into files')
    .option('--json', 'one JSON object a day')
    .addHelpText('after', retainHelp)
    .action(retain)
}

const retainHelp = `
A day is that on which sessions started (UTC), and goes as a whole. It stays while one of its sessions is open, while a
stream of files does not have all of its records, and until the days on which they were recorded are sealed in the hash
chain. Sums of what goes are kept for "gyro reconcile"; the ledger stays.

Example, once a day:
  gyro cdr retain --keep-days 180`

async function retain(options: RetainOptions): Promise<void> {
  const keep = /^\d{1,5}$/.test(options.keepDays) ? Number(options.keepDays) : 0
  if (keep < keepDaysLeast || keep > keepDaysMost) {
    throw usage(`--keep-days must be a whole number from ${keepDaysLeast} to ${keepDaysMost}`)
  }
  const { openRetention } = await import('./open-retention.ts')
  const backend = await openRetention()
  const dryRun = options.dryRun === true
  let days: readonly RetainedDay[]
  try {
    days = await backend.retain({
      keepDays: keep,
      dryRun,
      unexported: options.unexported === true
    })
  } finally {
    await backend.close()
  }
  for (const day of days) {
    if (options.json === true) await printJson(day)
    else await print(textOf(day, dryRun))
  }
  if (days.length === 0 && options.json !== true) await print('no day is old enough')
  const kept = days.filter(({ result }) => result === 'kept').length
  if (kept > 0)
    throw new GyroError('GYRO_CONFLICT', `${kept} ${kept === 1 ? 'day has' : 'days have'} to stay`)
}

function textOf({ day, result, reason, cdrs }: RetainedDay, dryRun: boolean): string {
  if (result === 'kept') return `${day} stays: ${reason}`
  return dryRun ? `${day} can go` : `${day}: ${cdrs} CDRs dropped`
}

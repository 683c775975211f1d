/** gyro usage: records of usage that the online path never saw. */
import { type Command, Option } from 'commander'
import { formatMoney } from '../domain/money.ts'
import type { UsageRefusal } from '../domain/usage-book.ts'
import type { UsageFormat } from '../mediation/lines.ts'
import type { Loaded } from '../mediation/load.ts'
import { usage } from './errors.ts'
import type { UsageBackend } from './open-usage.ts'
import { note, print, printJson, printTable } from './output.ts'

interface LoadOptions {
  readonly format?: UsageFormat
  readonly dryRun?: true
  readonly grace: string
  readonly json?: true
}

export function addUsage(program: Command): void {
  const command = program.command('usage').description('usage records from files')
  command
    .command('load')
    .description('charge what is in the files, each record once however often it is loaded')
    .argument('<file...>', 'JSON Lines, CSV with a heading, or CDRs of 3GPP in BER')
    .addOption(
      new Option('--format <name>', 'by the name of the file unless given').choices([
        'jsonl',
        'csv',
        'ber'
      ])
    )
    .option('--dry-run', 'only say what it would cost')
    .option('--grace <days>', 'how long a month stays open for what comes late', '3')
    .option('--json', 'one JSON object')
    .addHelpText('after', loadHelp)
    .action(load)
  const suspense = command.command('suspense').description('records that could not be charged')
  suspense
    .command('list')
    .description('print them with their reasons')
    .option('--json', 'one JSON object a line')
    .action(list)
  suspense
    .command('replay')
    .description('try all of them once more')
    .option('--grace <days>', 'how long a month stays open for what comes late', '3')
    .action(replay)
}

const loadHelp = `
A line: {"session":"pgw;1;2","sequence":1,"msisdn":"4915100000000","context":"32251","ratingGroup":10,
"startedAt":"2026-11-21T12:00:00Z","octets":1000000}. The members are in docs/mediation.md.

Example:
  gyro usage load partner.csv --dry-run`

async function withBackend(grace: string, work: (backend: UsageBackend) => Promise<void>) {
  if (!/^\d{1,3}$/.test(grace)) throw usage('--grace must be a number of days')
  const { openUsage } = await import('./open-usage.ts')
  const backend = await openUsage(Number(grace) * 86_400_000)
  try {
    await work(backend)
  } finally {
    await backend.close()
  }
}

async function load(files: readonly string[], options: LoadOptions): Promise<void> {
  const formats = files.map(file => options.format ?? formatOf(file))
  await withBackend(options.grace, async backend => {
    const named = files.map((file, index) => ({ file, format: formats[index] ?? 'jsonl' }))
    if (options.dryRun !== true) {
      const loaded = await backend.load(named, tell)
      if (options.json === true) await printJson(loaded)
      else await showLoaded(loaded)
      return
    }
    const { amount, currency, ...counts } = await backend.dryRun(named, tell)
    if (options.json === true) {
      await printJson({ ...counts, amount: formatMoney(amount), currency })
      return
    }
    const { records, duplicates, unknown, unpriced, invalid } = counts
    const charged = records - duplicates - unknown
    const cost = `${formatMoney(amount)} ${currency}`
    await print(`${charged} of ${records} records would be charged, for ${cost}`)
    await print(
      `same session and sequence as another: ${duplicates}; of nobody: ${unknown}; ` +
        `without a price: ${unpriced}; invalid: ${invalid}; nothing was changed`
    )
  })
}

function formatOf(file: string): UsageFormat {
  if (/\.csv$/i.test(file)) return 'csv'
  if (/\.(jsonl|ndjson|json)$/i.test(file)) return 'jsonl'
  if (/\.(cdr|ber)$/i.test(file)) return 'ber'
  throw usage(`${file}: say --format jsonl, --format csv or --format ber`)
}

/** What went to suspense, as it happens. */
function tell({ file, line, reason }: UsageRefusal): void {
  note(`${file}:${line}: ${reason}`)
}

async function showLoaded({ charged, duplicates, suspended, closed }: Loaded): Promise<void> {
  await print(`${charged} charged, ${duplicates} were charged before, ${suspended} in suspense`)
  if (closed > 0)
    await print(`${closed} of them are of a month that is closed: adjustments of this one`)
}

async function list(options: { json?: true }): Promise<void> {
  await withBackend('0', async backend => {
    const rows: string[][] = [['FILE', 'LINE', 'REASON']]
    for await (const suspended of backend.suspended()) {
      if (options.json === true) await printJson(suspended)
      else rows.push([suspended.file, String(suspended.line), suspended.reason])
    }
    if (options.json !== true) await printTable(rows)
  })
}

async function replay(options: { grace: string }): Promise<void> {
  await withBackend(options.grace, async backend => showLoaded(await backend.replay()))
}

/** gyro cdr export: CDRs in the order of recording, to stdout or into numbered files. */
import { type Command, Option } from 'commander'
import type { ExportBook } from '../charging/ports.ts'
import { type ExportFormat, exportFormats } from '../domain/export.ts'
import { usage } from './errors.ts'
import { instantOf } from './instant.ts'
import { note, print, printJson, writeRaw } from './output.ts'

interface ExportOptions {
  readonly format: ExportFormat
  readonly out?: string
  readonly stream?: string
  readonly records: string
  readonly after?: string
  readonly through?: string
  readonly from?: string
  readonly until?: string
  readonly json?: true
}

export function addExport(cdr: Command): void {
  cdr
    .command('export')
    .description('write finished records in the order of recording, to stdout or into files')
    .addOption(
      new Option('--format <name>', 'form of the records').choices(exportFormats).default('jsonl')
    )
    .option('--out <folder>', 'numbered files in this folder: each record goes into one, once')
    .option(
      '--stream <name>',
      'with --out: what the files are numbered by; the format unless given'
    )
    .option('--records <n>', 'with --out: records in a file at most', '100000')
    .option('--after <n>', 'without --out: records behind this number of recording')
    .option('--through <n>', 'without --out: records up to this number')
    .option('--from <instant>', 'without --out: sessions that started then or later')
    .option('--until <instant>', 'without --out: sessions that started before')
    .option('--json', 'with --out: print the manifest of each file as a line of JSON')
    .addHelpText('after', exportHelp)
    .action(run)
}

const exportHelp = `
With --out, the database remembers what was exported, for each stream. Run it as often as you like, also twice at a
time, and kill it when you like: no record is in two files, none is left out, and numbers have no gap. A file is
complete once its manifest (.manifest.json) is there.

Examples:
  gyro cdr export --format csv --from 2026-11-01 --until 2026-12-01 > november.csv
  gyro cdr export --format 3gpp --out /var/spool/cdrs
  gyro cdr export --format parquet --out /var/spool/lake`

async function run(options: ExportOptions): Promise<void> {
  const settings = options.out === undefined ? rangeOf(options) : filesOf(options)
  const { openCdrs } = await import('./open-backend.ts')
  const backend = await openCdrs()
  try {
    if ('recordsMax' in settings) {
      await writeFiles(backend.exports, { ...backend.node, ...settings }, options)
    } else await printRange(backend.exports, settings, options.format)
  } finally {
    await backend.close()
  }
}

interface Range {
  readonly after: number
  readonly through: number | null
  /** Of the start of the session. */
  readonly from: number
  readonly until: number
}

function rangeOf(options: ExportOptions): Range {
  for (const name of ['stream', 'json'] as const) {
    if (options[name] !== undefined) throw usage(`--${name} needs --out <folder>`)
  }
  if (options.format === '3gpp') throw usage('--format 3gpp needs --out <folder>')
  return {
    after: numberOf('--after', options.after ?? '0'),
    through: options.through === undefined ? null : numberOf('--through', options.through),
    from: options.from === undefined ? Number.NEGATIVE_INFINITY : instantOf('--from', options.from),
    until:
      options.until === undefined ? Number.POSITIVE_INFINITY : instantOf('--until', options.until)
  }
}

interface Files {
  readonly folder: string
  readonly stream: string
  readonly recordsMax: number
}

function filesOf(options: ExportOptions): Files {
  for (const name of ['after', 'through', 'from', 'until'] as const) {
    if (options[name] !== undefined) {
      throw usage(`--${name} is for a range on stdout; a stream of files has every record, once`)
    }
  }
  const stream = options.stream ?? options.format
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(stream)) {
    throw usage('--stream must be 1 to 64 characters out of A-Z a-z 0-9 . _ -')
  }
  const recordsMax = numberOf('--records', options.records)
  if (recordsMax < 1 || recordsMax > 100_000_000) {
    throw usage('--records must be a whole number from 1 to 100000000')
  }
  return { folder: options.out ?? '', stream, recordsMax }
}

function numberOf(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw usage(`${name} must be a whole number, not "${text}"`)
}

const batch = 2_000

async function printRange(book: ExportBook, range: Range, format: ExportFormat): Promise<void> {
  const { fileFormats } = await import('../export/formats.ts')
  const { head, open } = fileFormats[format]
  const last = range.through ?? (await book.last())
  const node = { name: '', address: '' }
  const file = { number: 1, first: 1, last, plannedAt: 0, node }
  const encoder = await open(node)
  await writeRaw(head(file, { octets: 0, lastRecordedAt: 0 }))
  for (let after = range.after; after < last; ) {
    const records = await book.recorded(after, last, batch)
    if (records.length === 0) break
    for (const recorded of records) {
      after = recorded.recorded
      const { startedAt } = recorded.cdr
      if (startedAt < range.from || startedAt >= range.until) continue
      await writeRaw(encoder.add(recorded))
    }
  }
  await writeRaw(encoder.finish())
}

interface NodeOfFiles extends Files {
  readonly name: string
  readonly address: string
}

async function writeFiles(
  book: ExportBook,
  { name, address, folder, stream, recordsMax }: NodeOfFiles,
  { format, json }: ExportOptions
): Promise<void> {
  const [{ exportNext }, { pause, systemRandom }, { patiently }] = await Promise.all([
    import('../export/exporter.ts'),
    import('../ops/clock.ts'),
    import('./patience.ts')
  ])
  const holder = systemRandom.hex(16)
  const node = { name, address }
  const settings = { book, folder, stream, format, holder, recordsMax, ageMs: 0, node }
  try {
    for (;;) {
      const manifest = await patiently(() => exportNext(settings), { pause, note })
      if (manifest === null) return
      if (json === true) await printJson(manifest)
      else await print(`${manifest.file}: ${manifest.records} CDRs, ${manifest.octets} octets`)
    }
  } finally {
    // Who cannot say so is found out in ten seconds.
    await book.release(stream, holder).catch(() => {})
  }
}

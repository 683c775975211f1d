/** gyro cdr and gyro sessions: what was charged, and what is being charged. */
import { type Command, InvalidArgumentError } from 'commander'
import type { CdrJson, SessionJson } from '../api/views.ts'
import { addChain } from './chain.ts'
import { addExport } from './export.ts'
import { printJson, printTable, sessionText } from './output.ts'
import { addRetain } from './retain.ts'
import { addSpills } from './spills.ts'

interface ListOptions {
  readonly account?: string
  readonly json?: true
}

interface CdrListOptions extends ListOptions {
  readonly trace?: string
}

export function addRecords(program: Command): void {
  const cdr = program.command('cdr').description('charging data records')
  addExport(cdr)
  addChain(cdr)
  addRetain(cdr)
  addSpills(cdr)
  cdr
    .command('list')
    .description('print finished records, newest first')
    .option('--account <id>', 'of one account')
    .option('--trace <id>', 'of one trace id; with --account', traceIdOf)
    .option('--json', 'one JSON object a line, as GET /v1/cdrs answers')
    .action(async (options: CdrListOptions, command: Command) => {
      if (options.trace !== undefined && options.account === undefined) {
        command.error('error: --trace needs --account beside it')
      }
      const { openCdrs } = await import('./open-backend.ts')
      const backend = await openCdrs()
      try {
        const cdrs = backend.list(options.account ?? null, options.trace)
        await printAll(cdrs, options, cdrHeading, cdrRow)
      } finally {
        await backend.close()
      }
    })
  program
    .command('sessions')
    .description('print open sessions')
    .option('--account <id>', 'of one account')
    .option('--json', 'one JSON object a line, as GET /v1/sessions answers')
    .action(async (options: ListOptions) => {
      const { openAccounts } = await import('./open-backend.ts')
      const backend = await openAccounts()
      try {
        const sessions = backend.sessions(options.account ?? null)
        await printAll(sessions, options, sessionHeading, sessionRow)
      } finally {
        await backend.close()
      }
    })
}

function traceIdOf(text: string): string {
  if (/^[\da-f]{32}$/.test(text)) return text
  throw new InvalidArgumentError('It must be 32 digits of 0-9 and a-f.')
}

async function printAll<T>(
  items: AsyncIterable<T>,
  options: ListOptions,
  heading: readonly string[],
  rowOf: (item: T) => readonly string[]
): Promise<void> {
  const rows: (readonly string[])[] = [heading]
  for await (const item of items) {
    if (options.json === true) await printJson(item)
    else rows.push(rowOf(item))
  }
  if (options.json !== true) await printTable(rows)
}

const cdrHeading = [
  'ENDED',
  'ACCOUNT',
  'MSISDN',
  'AMOUNT',
  'OCTETS',
  'SECONDS',
  'CAUSE',
  'TRACE',
  'SESSION'
]

function cdrRow(cdr: CdrJson): readonly string[] {
  return [
    cdr.endedAt,
    cdr.accountId,
    cdr.msisdn ?? '-',
    cdr.amount,
    String(cdr.octets),
    String(cdr.seconds),
    cdr.closingCause,
    cdr.traceId,
    sessionText(cdr)
  ]
}

const sessionHeading = ['STARTED', 'ACCOUNT', 'MSISDN', 'AMOUNT', 'EXPIRES', 'TRACE', 'SESSION']

function sessionRow(session: SessionJson): readonly string[] {
  return [
    session.startedAt,
    session.accountId,
    session.msisdn ?? '-',
    session.amount,
    session.expiresAt,
    session.traceId,
    sessionText(session)
  ]
}

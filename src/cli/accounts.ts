/** gyro accounts: fills and shows the accounts of a store, beside a running server or without one. */
import type { Command } from 'commander'
import type { ImportResult } from '../api/bulk.ts'
import type { AccountJson } from '../api/views.ts'
import { GyroError } from '../domain/errors.ts'
import { parseMoney } from '../domain/money.ts'
import { type AccountLine, type AccountsBackend, lineOf } from './backend.ts'
import { usage } from './errors.ts'
import { addLineCommands } from './lines.ts'
import { readLines, withAccounts } from './open-accounts.ts'
import { note, print, printJson, printTable, showUnits } from './output.ts'

interface GenerateOptions {
  readonly count: string
  readonly msisdnBase: string
  readonly imsiBase: string
  readonly offer: string
  readonly topUp?: string
}

export function addAccounts(program: Command): void {
  const accounts = program.command('accounts').description('fill and show the accounts of a store')
  accounts
    .command('generate')
    .description('open many accounts of one line, numbers counting up, for load tests')
    .requiredOption('--count <n>', 'how many accounts')
    .option('--msisdn-base <digits>', 'MSISDN of the first', '4915100000000')
    .option('--imsi-base <digits>', 'IMSI of the first', '262010000000000')
    .option('--offer <id>', 'offer of the catalogue', 'prepaid-go')
    .option('--top-up <amount>', 'first credit of each wallet, such as 100.00')
    .addHelpText('after', generateHelp)
    .action(async (options: GenerateOptions) => {
      const lines = generate(options)
      await withAccounts(backend => openAll(backend, lines))
    })
  accounts
    .command('import')
    .description('open accounts from a file of JSON Lines, or from stdin')
    .argument('[file]', 'the file; - or nothing: stdin', '-')
    .addHelpText('after', importHelp)
    .action(async (file: string) => {
      await withAccounts(backend => openAll(backend, readLines(file)))
    })
  addLineCommands(accounts)
  accounts
    .command('list')
    .description('print every account')
    .option('--json', 'one JSON object a line, as GET /v1/accounts/{id} answers')
    .action(async (options: { json?: true }) => {
      await withAccounts(backend => list(backend, options.json === true))
    })
  accounts
    .command('show')
    .description('print one account')
    .argument('<id>', 'account id')
    .option('--json', 'as one line of JSON')
    .action(async (id: string, options: { json?: true }) => {
      await withAccounts(backend => show(backend, id, options.json === true))
    })
}

const generateHelp = `
The account of MSISDN 4915100000000 is named acc-4915100000000. Accounts that are there already are skipped.

Example:
  gyro accounts generate --count 1000 --msisdn-base 4915100000000 --imsi-base 262010000000000 \\
    --offer prepaid-go --top-up 100.00`

const importHelp = `
Each line is the body of POST /v1/accounts:
  {"id":"acme-1","lines":[{"msisdn":"4915100000001","imsi":"262010000000001"}],"offers":["prepaid-go"],"topUp":"20.00"}
Accounts that are there already are skipped.`

/** The bodies of the accounts. Throws on options that cannot be. */
export function generate(options: GenerateOptions): AsyncIterable<AccountLine> {
  const count = /^\d{1,8}$/.test(options.count) ? Number(options.count) : 0
  if (count < 1) throw usage(`--count must be a number from 1 to 99999999, not ${options.count}`)
  const msisdn = counting('--msisdn-base', options.msisdnBase, count)
  const imsi = counting('--imsi-base', options.imsiBase, count)
  const { topUp } = options
  if (topUp !== undefined && !(amountOf(topUp) > 0)) {
    throw usage(`--top-up must be an amount above zero such as 100.00, not ${topUp}`)
  }
  const credit = topUp === undefined || amountOf(topUp) === 0 ? {} : { topUp }
  async function* lines(): AsyncGenerator<AccountLine> {
    for (let index = 0; index < count; index++) {
      const line = { msisdn: msisdn(index), imsi: imsi(index) }
      const id = `acc-${line.msisdn}`
      yield lineOf(index + 1, { id, lines: [line], offers: [options.offer], ...credit })
    }
  }
  return lines()
}

function amountOf(text: string): number {
  try {
    return parseMoney(text)
  } catch {
    return Number.NaN
  }
}

/** Numbers from the base up, with its leading zeros. */
function counting(option: string, base: string, count: number): (index: number) => string {
  if (!/^\d{5,15}$/.test(base)) throw usage(`${option} must be 5 to 15 digits, not ${base}`)
  const last = String(Number(base) + count - 1)
  if (last.length > Math.max(base.length, 5)) {
    throw usage(`${option} ${base} leaves no room for ${count} numbers of ${base.length} digits`)
  }
  return index => String(Number(base) + index).padStart(base.length, '0')
}

const shownFailures = 10

async function openAll(backend: AccountsBackend, lines: AsyncIterable<AccountLine>): Promise<void> {
  let opened = 0
  let skipped = 0
  let failed = 0
  for await (const result of backend.open(lines)) {
    if (result.status === 201) opened++
    else if (result.reason === 'account-exists') skipped++
    else if (++failed <= shownFailures) note(failureOf(result))
    const done = opened + skipped + failed
    if (done % 10_000 === 0) note(`${done} accounts`)
  }
  const there = skipped === 0 ? '' : `, ${skipped} were there already`
  note(`${opened} accounts opened${there}${failed === 0 ? '' : `, ${failed} failed`}`)
  if (failed === 0) return
  throw new GyroError('GYRO_INPUT_INVALID', `${failed} accounts could not be opened`)
}

function failureOf(result: ImportResult): string {
  const name = result.id === null ? '' : ` (${result.id})`
  return `line ${result.line}${name}: ${result.detail ?? `status ${result.status}`}`
}

async function list(backend: AccountsBackend, json: boolean): Promise<void> {
  const rows: string[][] = []
  for await (const account of backend.list()) {
    if (json) await printJson(account)
    else rows.push(rowOf(account))
  }
  if (!json) {
    await printTable([['ACCOUNT', 'STATUS', 'AVAILABLE', 'RESERVED', 'LINES', 'OFFERS'], ...rows])
  }
}

function rowOf(account: AccountJson): string[] {
  const { available, reserved } = account.wallet
  const offers = account.subscriptions.map(({ offer }) => offer).join(', ')
  return [account.id, account.status, available, reserved, String(account.lines.length), offers]
}

async function show(backend: AccountsBackend, id: string, json: boolean): Promise<void> {
  const account = await backend.show(id)
  if (account === null) throw new GyroError('GYRO_NOT_FOUND', `there is no account "${id}"`)
  if (json) return await printJson(account)
  const { wallet } = account
  const reason = account.blockReason === null ? '' : ` (${account.blockReason})`
  await print(`${account.id}: ${account.status}${reason}, since ${account.createdAt}`)
  await print(`wallet: ${wallet.available} ${wallet.currency}, reserved ${wallet.reserved}`)
  for (const line of account.lines) {
    // A tenant has neither number: the id of its line names it.
    const nameless = line.msisdn === null && line.imsi === null
    const numbers = `msisdn ${line.msisdn ?? '-'}, imsi ${line.imsi ?? '-'}`
    await print(`line: ${nameless ? line.id : numbers}`)
  }
  for (const { offer, line, since } of account.subscriptions) {
    const whose = line === null ? '' : `, line ${line}`
    await print(`offer: ${offer}, ${since}${whose}`)
  }
  for (const bucket of account.buckets) {
    const left = showUnits(bucket.unit, bucket.available)
    const of = showUnits(bucket.unit, bucket.total)
    const end = bucket.validUntil === null ? '' : `, until ${bucket.validUntil}`
    await print(`bucket: ${bucket.offer} ${bucket.allowance}, ${left} of ${of}${end}`)
  }
  await print(`open sessions: ${account.openSessions}`)
}

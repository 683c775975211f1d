/** Tells the demo as it happens. */
import type { AccountJson, CdrJson } from '../api/views.ts'
import { print, printTable, showUnits } from '../cli/output.ts'
import type { Business } from './business.ts'
import type { Cca } from './pgw.ts'

export interface Teller {
  title(text: string): void
  say(text: string): void
  /** A request of the gateway and its answer. */
  exchange(request: string, answer: Cca): void
  /** The wallet of the account that a number belongs to. */
  wallet(msisdn: string): Promise<void>
}

const words: Readonly<Record<number, string>> = {
  2001: 'success',
  4010: 'service denied',
  4012: 'credit limit reached',
  5030: 'user unknown',
  5031: 'rating failed'
}

export function createTeller(business: Business, accountOf: ReadonlyMap<string, string>): Teller {
  const say = (text: string) => void print(text)
  return {
    say,
    title: text => say(`\n${text}\n${'-'.repeat(text.length)}`),
    exchange(request, answer) {
      say(`  gateway: ${request}`)
      say(`     gyro: ${describe(answer)}`)
    },
    async wallet(msisdn) {
      const { wallet } = await business.account(accountOf.get(msisdn) ?? '')
      say(`   wallet: ${wallet.available} ${wallet.currency}, reserved ${wallet.reserved}`)
    }
  }
}

function describe(answer: Cca): string {
  const services = answer['Multiple-Services-Credit-Control'] ?? []
  const parts = services.map(describeService).filter(text => text !== '')
  return [codeText(answer['Result-Code']), ...parts].join('; ')
}

type Service = NonNullable<Cca['Multiple-Services-Credit-Control']>[number]

function describeService(service: Service): string {
  const group = `rating group ${service['Rating-Group'] ?? '-'}`
  const grant = service['Granted-Service-Unit']
  const code = service['Result-Code']
  if (grant === undefined) return code === 2001 ? '' : `${group}: ${codeText(code)}`
  const final = service['Final-Unit-Indication'] === undefined ? '' : ', the FINAL units'
  return `${group}: granted ${unitsOf(grant)}${final}`
}

function unitsOf(grant: NonNullable<Service['Granted-Service-Unit']>): string {
  const { 'CC-Total-Octets': octets, 'CC-Time': seconds } = grant
  if (octets !== undefined) return showUnits('octets', Number(octets))
  if (seconds !== undefined) return showUnits('seconds', seconds)
  return showUnits('messages', Number(grant['CC-Service-Specific-Units'] ?? 0))
}

function codeText(code: number | undefined): string {
  return `${code ?? 'no code'} ${words[code ?? 0] ?? ''}`.trim()
}

export async function printBalances(accounts: readonly AccountJson[]): Promise<void> {
  const rows = accounts.map(({ id, wallet, buckets }) => [
    id,
    wallet.available,
    wallet.reserved,
    wallet.currency,
    buckets
      .map(({ allowance, unit, available }) => `${allowance} ${showUnits(unit, available)}`)
      .join(', ')
  ])
  await printTable([['ACCOUNT', 'AVAILABLE', 'RESERVED', '', 'BUCKETS'], ...rows])
}

export async function printCdrs(cdrs: readonly CdrJson[]): Promise<void> {
  const rows = cdrs.map(cdr => [
    cdr.sessionId.replace(/^.*;demo;/, 'demo;'),
    cdr.accountId,
    cdr.msisdn ?? '-',
    cdr.amount,
    cdr.octets > 0 ? showUnits('octets', cdr.octets) : '',
    cdr.seconds > 0 ? `${cdr.seconds} s` : '',
    cdr.closingCause
  ])
  await printTable([
    ['SESSION', 'ACCOUNT', 'MSISDN', 'AMOUNT', 'VOLUME', 'TIME', 'CLOSED BY'],
    ...rows
  ])
}

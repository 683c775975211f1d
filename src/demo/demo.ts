/**
 * The demo: a real server on embedded stores in a temporary folder, a business system that opens accounts over
 * its HTTP API, a gateway that charges sessions over a Diameter socket, and an SMF that does so over HTTP/2.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NewAccount } from '../api/accounts.ts'
import { note, print } from '../cli/output.ts'
import { systemClock } from '../ops/clock.ts'
import { type Config, type Environment, loadConfig } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import { createMetrics } from '../ops/metrics.ts'
import { createOpenParts } from '../server/open-parts.ts'
import { type ServerAddresses, startServer } from '../server/server.ts'
import { type Business, createBusiness } from './business.ts'
import { connectionHelp } from './help.ts'
import {
  call,
  connectPgw,
  drySession,
  familySession,
  message,
  plentySession,
  repeatedSession,
  type Stage,
  unknownSession
} from './sessions.ts'
import { connectSmf } from './smf.ts'
import { createTeller, printBalances, printCdrs, type Teller } from './teller.ts'

const numbers = {
  anna: '4915100000001',
  ben: '4915100000002',
  carla: '4915100000003',
  dora: '4915100000004',
  emil: '4915100000005',
  nobody: '4915199999999'
}

const accounts: readonly NewAccount[] = [
  account('anna', [numbers.anna], 'prepaid-go', '20.00'),
  account('ben', [numbers.ben], 'prepaid-go', '0.15'),
  account('carla', [numbers.carla], 'prepaid-go', '5.00'),
  account('family', [numbers.dora, numbers.emil], 'family-20gb', '10.00')
]

function account(id: string, msisdns: string[], offer: string, topUp: string): NewAccount {
  const lines = msisdns.map(msisdn => ({ msisdn, imsi: imsiOf(msisdn) }))
  return { id, lines, offers: [offer], topUp }
}

function imsiOf(msisdn: string): string {
  return `26201${msisdn.slice(-10)}`
}

/** Runs it all, and leaves nothing behind. Rejects when anything is not as it must be. */
export async function runDemo(env: Environment): Promise<void> {
  await print('Starting a server; the first start of the embedded CDR database takes some seconds.')
  const folder = await mkdtemp(join(tmpdir(), 'gyro-demo-'))
  const open = createOpenParts()
  try {
    const config = demoConfig(env, folder)
    const reloading = { readConfig: () => config, onReload: () => {} }
    const options = { config, reloading, log: quietLog, metrics: createMetrics(), open }
    const addresses = await startServer(options)
    await play(addresses, config)
  } finally {
    await open.closeAll()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Embedded stores, free ports and the shipped catalogue, whatever the machine is configured for. */
function demoConfig(env: Environment, folder: string): Config {
  return loadConfig({
    ...env,
    GYRO_DIAMETER_LISTEN: '127.0.0.1:0',
    GYRO_NCHF_LISTEN: '127.0.0.1:0',
    GYRO_API_LISTEN: '127.0.0.1:0',
    GYRO_STORE: `embedded:${join(folder, 'state')}`,
    GYRO_CDR: `embedded:${join(folder, 'cdr')}`,
    GYRO_JOURNAL: join(folder, 'journal'),
    GYRO_CATALOGUE: fileURLToPath(new URL('../../conf/catalogue', import.meta.url)),
    GYRO_WORKERS: '1'
  })
}

/** The demo tells what happens; only what goes wrong is for the log. */
const quietLog: Log = {
  debug() {},
  info() {},
  ready() {},
  warn: (fields, text) => note(`warning: ${text} ${JSON.stringify(fields)}`),
  error: (fields, text) => note(`error: ${text} ${JSON.stringify(fields)}`)
}

async function play(addresses: ServerAddresses, config: Config): Promise<void> {
  const business = createBusiness(`http://${addresses.api}`, config.api.token)
  const accountOf = new Map(
    accounts.flatMap(({ id, lines }) => lines.map(line => [line.msisdn ?? '', id] as const))
  )
  const tell = createTeller(business, accountOf)
  tell.say('Gyro runs on embedded stores in a temporary folder.')
  tell.say(`Diameter Gy on ${addresses.diameter}, Nchf on ${addresses.nchf}`)
  tell.say(`HTTP API on http://${addresses.api}`)
  await openAccounts(business, tell)

  const [host = '', port = ''] = addresses.diameter.split(':')
  const pgw = await connectPgw({ host, port: Number(port) })
  await playSessions({ pgw, tell }, business)
  await pgw.disconnect()

  tell.title('Anna moves to 5G: an SMF charges the same account over Nchf')
  const smf = await connectSmf(addresses.nchf ?? '', tell, systemClock)
  await smf.session(imsiOf(numbers.anna))
  await smf.disconnect()
  await tell.wallet(numbers.anna)

  tell.title('Balances afterwards')
  await printBalances(await Promise.all(accounts.map(({ id }) => business.account(id))))
  tell.title('Charging data records, newest first')
  await printCdrs(await business.cdrs())
  tell.say(connectionHelp(config))
}

async function openAccounts(business: Business, tell: Teller): Promise<void> {
  tell.title('A business system opens accounts (POST /v1/accounts)')
  for (const body of accounts) {
    const { id, wallet } = await business.open(body)
    const lines = body.lines.map(line => line.msisdn).join(' and ')
    const offers = body.offers?.join(', ')
    tell.say(`  ${id}: ${lines} on ${offers}, wallet ${wallet.available} ${wallet.currency}`)
  }
}

async function playSessions(stage: Stage, business: Business): Promise<void> {
  const { tell } = stage
  tell.title('Anna, with money enough: data at 0.01 EUR per MB, per started 100 kB')
  await plentySession(stage, numbers.anna)
  await tell.wallet(numbers.anna)

  tell.title('Anna makes a call and sends an SMS')
  await call(stage, numbers.anna)
  await message(stage, numbers.anna)
  await tell.wallet(numbers.anna)

  tell.title('Ben, with 0.15 EUR, runs dry in the middle of a session')
  await drySession(stage, numbers.ben)
  await tell.wallet(numbers.ben)
  tell.say('  he tops up 5.00 EUR, and is served again')
  await business.topUp('ben', '5.00', 'demo-top-up-1')
  await tell.wallet(numbers.ben)

  tell.title('Nobody: a number without an account')
  await unknownSession(stage, numbers.nobody)

  tell.title("Carla's gateway has lost an answer and sends its report again")
  await repeatedSession(stage, numbers.carla)
  await tell.wallet(numbers.carla)

  tell.title('Dora and Emil share the 20 GB of one account')
  await familySession(stage, [numbers.dora, numbers.emil])
  await tell.wallet(numbers.dora)
}

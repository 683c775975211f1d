/** gyro price: what a usage, or a whole scenario, would cost, and why. Changes nothing. */
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { ScenarioBody, StepBody } from '../api/scenario.ts'
import type { SimulationJson } from '../api/simulation-views.ts'
import { GyroError } from '../domain/errors.ts'
import type { Leg, NetworkFacts } from '../domain/facts.ts'
import { type RatName, ratTypes } from '../domain/rat-types.ts'
import type { UnitType } from '../domain/units.ts'
import { parseAmount } from '../rating/load/amount.ts'
import { usage } from './errors.ts'
import { instantOf } from './instant.ts'
import { print, printJson } from './output.ts'

interface PriceOptions {
  readonly offer?: readonly string[]
  readonly account?: string
  readonly topUp?: string
  readonly scenario?: string
  readonly service?: string
  readonly ratingGroup?: string
  readonly volume?: string
  readonly duration?: string
  readonly count?: string
  readonly plmn?: string
  readonly to?: string
  readonly routingNumber?: string
  readonly apn?: string
  readonly leg?: Leg
  readonly rat?: RatName
  readonly qos?: string
  readonly slice?: string
  readonly chargingCharacteristics?: string
  readonly serviceIdentifier?: string
  readonly context?: string
  readonly line?: string
  readonly at?: string
  readonly reports?: string
  readonly json?: true
}

const legs = ['originating', 'terminating', 'forwarding'] as const satisfies readonly Leg[]

export function addPrice(program: Command): void {
  program
    .command('price')
    .description('what a usage or a whole scenario would cost, and why; changes nothing')
    .option('--offer <id...>', 'offers of a made-up account')
    .option('--account <id>', 'instead: an account of the store, as it stands')
    .option('--top-up <amount>', 'wallet of the made-up account; 1000.00 unless given')
    .option('--service <name>', 'data, voice, sms, or a service of the catalogue')
    .option('--rating-group <n>', 'rating group, instead of a service')
    .option('--volume <amount>', 'how much data, such as 5MB')
    .option('--duration <amount>', 'how long, such as 61s or 5min')
    .option('--count <n>', 'how many messages')
    .option('--plmn <digits>', 'serving network; home unless given')
    .option('--to <number>', 'called number or recipient, such as +33123456789')
    .option('--routing-number <digits>', 'where a ported number is routed, such as D019')
    .option('--apn <name>', 'access point')
    .addOption(new Option('--leg <name>', 'which leg of a call or message').choices(legs))
    .addOption(new Option('--rat <name>', 'radio access').choices(Object.keys(ratTypes)))
    .option('--qos <n>', 'QCI or 5QI')
    .option('--slice <sst-sd>', 'network slice, such as 1 or 1-00000a')
    .option('--charging-characteristics <hex>', 'such as 0800')
    .option('--service-identifier <n>', 'Service-Identifier beside the rating group')
    .option('--context <name>', 'service context, such as 32251; that of the service unless given')
    .option('--line <digits>', 'MSISDN or IMSI of one of several lines')
    .option('--at <instant>', 'when, such as 2026-11-21T12:00:00Z; now unless given')
    .option('--reports <n>', 'how many reports the usage is split into; 1 unless given')
    .option('--scenario <file>', 'a body of POST /v1/simulate, JSON or YAML; - for stdin')
    .option('--json', 'as POST /v1/simulate answers')
    .addHelpText('after', priceHelp)
    .action(price)
}

const priceHelp = `
Examples:
  gyro price --offer prepaid-go --service data --volume 5MB --plmn 26201
  gyro price --offer prepaid-go data-5gb --service data --volume 6GB --plmn 20801
  gyro price --offer prepaid-go --service voice --duration 61s --to +33123456789
  gyro price --account acc-4915100000000 --service sms --count 3 --to 01701234567
  gyro price --scenario month.yaml --json

With --account the store is read, beside a running server or without one; otherwise the catalogue is all that is needed.`

async function price(options: PriceOptions): Promise<void> {
  const body = await bodyOf(options)
  const played = await play(body)
  if (options.json === true) return await printJson(played)
  const { simulationLines } = await import('./show-simulation.ts')
  for (const line of simulationLines(played)) await print(line)
}

async function play(body: ScenarioBody): Promise<SimulationJson> {
  if (body.account === undefined) {
    const { openCatalogueSimulator } = await import('./open-catalogue.ts')
    return await (await openCatalogueSimulator()).simulate(body)
  }
  const { openSimulator } = await import('./open-backend.ts')
  const backend = await openSimulator()
  try {
    return await backend.simulate(body)
  } finally {
    await backend.close()
  }
}

/** The body of POST /v1/simulate that the options stand for. Throws on options that do not go together. */
async function bodyOf(options: PriceOptions): Promise<ScenarioBody> {
  const { offer, account, topUp, at, scenario } = options
  if (offer !== undefined && account !== undefined) {
    throw usage('--offer makes up an account and --account names one: give one of them')
  }
  const written =
    scenario === undefined ? { steps: [stepOf(options)] } : await readScenario(scenario)
  const body = {
    ...written,
    ...(offer === undefined ? {} : { offers: offer }),
    ...(account === undefined ? {} : { account }),
    ...(topUp === undefined ? {} : { topUp }),
    ...(at === undefined ? {} : { start: new Date(instantOf('--at', at)).toISOString() })
  }
  if (scenario === undefined && body.offers === undefined && account === undefined) {
    throw usage('whose price? Give --offer, such as --offer prepaid-go, or --account')
  }
  return body
}

async function readScenario(file: string): Promise<ScenarioBody> {
  const { parse } = await import('yaml')
  try {
    // JSON is YAML. What else is wrong with it is said by the schema of the body.
    return parse(readFileSync(file === '-' ? 0 : file, 'utf8')) as ScenarioBody
  } catch (error) {
    const message = `${file} cannot be read: ${(error as Error).message}`
    throw new GyroError('GYRO_INPUT_INVALID', message)
  }
}

const kinds = [
  ['volume', 'octets', 'data'],
  ['duration', 'seconds', 'voice'],
  ['count', 'messages', 'sms']
] as const

function stepOf(options: PriceOptions): StepBody {
  const given = kinds.filter(([name]) => options[name] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    throw usage('how much? Give one of --volume, --duration and --count, or --scenario')
  }
  const [name, unit, service] = kind
  const { context, line, ratingGroup, reports, serviceIdentifier: identifier } = options
  const group = ratingGroup === undefined ? undefined : wholeOf('--rating-group', ratingGroup)
  return {
    do: 'use',
    ...(group === undefined ? { service: options.service ?? service } : { ratingGroup: group }),
    units: amountOf(name, options[name] ?? '', unit),
    ...(reports === undefined ? {} : { reports: wholeOf('--reports', reports) }),
    ...(line === undefined ? {} : { line }),
    ...(context === undefined ? {} : { context }),
    ...(identifier === undefined
      ? {}
      : { serviceIdentifiers: [wholeOf('--service-identifier', identifier)] }),
    facts: factsOf(options)
  }
}

function factsOf(options: PriceOptions): NetworkFacts {
  const { plmn, to, routingNumber, apn, leg, rat, qos, slice, chargingCharacteristics } = options
  return {
    ...(plmn === undefined ? {} : { plmn }),
    ...(to === undefined ? {} : { calledParty: to }),
    ...(routingNumber === undefined ? {} : { routingNumber }),
    ...(apn === undefined ? {} : { apn }),
    ...(leg === undefined ? {} : { leg }),
    ...(rat === undefined ? {} : { rat: ratTypes[rat] }),
    ...(qos === undefined ? {} : { qci: wholeOf('--qos', qos) }),
    ...(slice === undefined ? {} : { slice }),
    ...(chargingCharacteristics === undefined ? {} : { chargingCharacteristics })
  }
}

function amountOf(name: string, text: string, unit: UnitType): number {
  if (unit === 'messages') return wholeOf(`--${name}`, text)
  const amount = parseAmount(text, unit)
  if (typeof amount === 'string') throw usage(`--${name}: ${amount}`)
  return amount
}

function wholeOf(option: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw usage(`${option} must be a whole number, not ${text}`)
}

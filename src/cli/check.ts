/** gyro check: whether a server could start with this configuration, and whether the catalogue means what it says. */
import type { Command } from 'commander'
import { GyroError } from '../domain/errors.ts'
import { ratTypes } from '../domain/rat-types.ts'
import type { UnitType } from '../domain/units.ts'
import { show } from '../ops/address.ts'
import { systemClock } from '../ops/clock.ts'
import { type Config, loadConfig } from '../ops/config.ts'
import type { AnalyseOptions, Discovery, Example } from '../rating/analyse/finding.ts'
import type { Finding } from '../rating/load/load.ts'
import type { Scheduled } from '../rating/load/schedule.ts'
import { usage } from './errors.ts'
import { instantOf } from './instant.ts'
import { configFile } from './options.ts'
import { note, print, printJson } from './output.ts'

interface CheckOptions {
  readonly json?: true
  readonly strict?: true
  readonly at?: string
  readonly rounding: string
  readonly usualVolume: string
  readonly usualDuration: string
  readonly usualCount: string
}

/** A line of the report. */
interface Told extends Finding {
  readonly severity: Discovery['severity']
  readonly code: string
  readonly example: Example | null
}

export function addCheck(program: Command): void {
  program
    .command('check')
    .description('check configuration and catalogue, without opening any store')
    .option('--json', 'one JSON object with all findings')
    .option('--strict', 'fail on warnings too')
    .option('--at <instant>', 'what ends before it lies in the past; now unless given')
    .option('--rounding <percent>', 'percent that rounding may add to usual sessions', '25')
    .option('--usual-volume <amount>', 'what a usual data session uses', '10MB')
    .option('--usual-duration <amount>', 'how long a usual call takes', '180s')
    .option('--usual-count <n>', 'how many messages are usually sent at once', '1')
    .addHelpText('after', checkHelp)
    .action(check)
}

const checkHelp = `
A catalogue that cannot be loaded is an error. One that can is looked through for
  errors    rules, allowances and limits that no usage reaches, thresholds above what there is,
            services that no offer has a price for
  warnings  rules that cross each other, places where a base offer has no price, allowances on what is free,
            zones and destinations that nothing is in, steps and minimums that add much to usual sessions,
            special days that are over, what a coming version lacks
  notes     offers that are not sold any more, versions that are over
each with file, line and, where there is one, a usage that shows it. The status is 1 on errors, and with --strict on warnings.`

async function check(options: CheckOptions): Promise<void> {
  const analysing = await analyseOptionsOf(options)
  const config = loadConfig(process.env, configFile())
  for (const warning of config.warnings) note(`warning: ${warning}`)
  const faults = await faultsOf(config)
  const { folder } = config.catalogue
  const { versions, told } = await examine(folder, analysing)
  const errors = told.filter(({ severity }) => severity === 'error').length
  const warnings = told.filter(({ severity }) => severity === 'warning').length
  if (options.json === true) {
    const [version = null, ...coming] = (versions ?? []).map(({ catalogue }) => catalogue.version)
    const notes = told.length - errors - warnings
    await printJson({ folder, version, coming, errors, warnings, notes, findings: told })
  } else if (faults.length > 0) {
    // What is wrong with the catalogue is so whatever the configuration says.
    for (const finding of told) for (const line of linesOf(finding)) await print(line)
  } else {
    await printReport(config, versions, told)
  }
  if (faults.length > 0) throw new GyroError('GYRO_CONFIG_INVALID', faults.join('\n'))
  const message = `the catalogue in ${folder} has ${counted(errors, 'error')} and ${counted(warnings, 'warning')}`
  if (errors > 0 || (warnings > 0 && options.strict === true)) {
    throw new GyroError('GYRO_CATALOGUE_INVALID', message)
  }
  if (warnings > 0) note(message)
}

/** What is wrong beyond the form of single settings: files of keys and certificates, and the store's address. */
async function faultsOf(config: Config): Promise<string[]> {
  const { keyChecks } = await import('../server/key-checks.ts')
  const { checkStoreUrl } = await import('../balance/open-store.ts')
  const checks = [...keyChecks, () => checkStoreUrl(config.store.url)]
  const faults: string[] = []
  for (const run of checks) {
    try {
      run(config)
    } catch (error) {
      if (!(error instanceof GyroError)) throw error
      faults.push(error.message)
    }
  }
  return faults
}

type Schedule = readonly [Scheduled, ...Scheduled[]]

/** Every version, null when they cannot be loaded, and all that is to be said of them. */
async function examine(
  folder: string,
  options: AnalyseOptions
): Promise<{ readonly versions: Schedule | null; readonly told: readonly Told[] }> {
  const { readSchedule } = await import('../rating/load/schedule.ts')
  const { analyseSchedule } = await import('../rating/analyse/versions.ts')
  const { versions, ...read } = await readSchedule(folder)
  if (versions === null) {
    return { versions, told: 'findings' in read ? read.findings.map(invalid) : [] }
  }
  const told = analyseSchedule(versions, options).flatMap(({ path, version, ...found }) => {
    const place = versions[version]?.place(path)
    return place === undefined ? [] : [{ ...found, ...place }]
  })
  return { versions, told }
}

async function printReport(
  config: Config,
  versions: Schedule | null,
  told: readonly Told[]
): Promise<void> {
  if (versions === null) {
    const { invalidCatalogue } = await import('../rating/load/problem.ts')
    const { textOf } = await import('../rating/load/load.ts')
    throw invalidCatalogue(`The catalogue in ${config.catalogue.folder}`, told.map(textOf))
  }
  for (const finding of told) for (const line of linesOf(finding)) await print(line)
  if (told.every(({ severity }) => severity === 'note')) {
    await print('The configuration and the catalogue are good.')
  }
  await printSettings(config, versions)
}

function invalid(finding: Finding): Told {
  return { ...finding, severity: 'error', code: 'invalid', example: null }
}

function linesOf(finding: Told): string[] {
  const { file, line, column, severity, code, key, message, example } = finding
  const head = `${file}:${line}:${column}: ${severity} ${code}: ${key}: ${message}`
  return example === null ? [head] : [head, `  try: ${commandOf(example)}`]
}

/** The command that shows it. */
function commandOf(example: Example): string {
  const { offer, ratingGroup, context, facts, at, units, unit } = example
  const parts = ['gyro price', `--offer ${offer ?? 'OFFER'}`, `--rating-group ${ratingGroup}`]
  if (facts.plmn !== undefined && facts.plmn !== '') parts.push(`--plmn ${facts.plmn}`)
  if (facts.calledParty !== undefined) parts.push(`--to ${facts.calledParty}`)
  if (facts.leg !== undefined) parts.push(`--leg ${facts.leg}`)
  parts.push(...conditionsOf(example))
  if (context !== '') parts.push(`--context ${context}`)
  if (at !== null) parts.push(`--at ${new Date(at).toISOString()}`)
  parts.push(amounts[unit](units))
  return parts.join(' ')
}

function conditionsOf({ facts, serviceIdentifiers }: Example): readonly string[] {
  const rat = Object.entries(ratTypes).find(([, number]) => number === facts.rat)?.[0]
  const given = [
    ['--routing-number', facts.routingNumber],
    ['--apn', facts.apn],
    ['--rat', rat],
    ['--qos', facts.qci],
    ['--slice', facts.slice],
    ['--charging-characteristics', facts.chargingCharacteristics],
    ['--service-identifier', serviceIdentifiers[0]]
  ] as const
  return given.flatMap(([option, value]) => (value === undefined ? [] : [`${option} ${value}`]))
}

const amounts: Readonly<Record<UnitType, (units: number | null) => string>> = {
  octets: units => `--volume ${units ?? 1_000_000}B`,
  seconds: units => `--duration ${units ?? 60}s`,
  messages: units => `--count ${units ?? 1}`
}

async function printSettings(config: Config, versions: Schedule): Promise<void> {
  const { diameter, api } = config
  await print(
    `diameter   ${show(diameter.listen)}, ${diameter.originHost}, ${diameter.originRealm}`
  )
  if (diameter.tls.listen) await print(`           TLS: ${show(diameter.tls.listen)}`)
  const { peers, agents } = diameter.peers
  await print(`peers      ${peers.map(({ originHost, profile }) => `${originHost} (${profile})`)}`)
  for (const { host, port } of agents) await print(`agent      ${show({ host, port })}`)
  await print(`api        ${show(api.listen)}${api.token === null ? '' : ', with a token'}`)
  await print(`store      ${kindOf(config.store.url)}`)
  await print(`cdr        ${kindOf(config.cdr.url)}`)
  await print(`workers    ${config.workers}`)
  const [{ catalogue }, ...coming] = versions
  await print(`catalogue  ${config.catalogue.folder}, version ${catalogue.version}`)
  for (const next of coming) {
    await print(
      `           from ${new Date(next.from).toISOString()} version ${next.catalogue.version}`
    )
  }
  for (const offer of catalogue.offers.values()) {
    await print(`offer      ${offer.id} (${offer.kind}): ${offer.name}`)
  }
}

async function analyseOptionsOf(options: CheckOptions): Promise<AnalyseOptions> {
  const { parseAmount } = await import('../rating/load/amount.ts')
  const read = (name: string, text: string, unit: UnitType): number => {
    const amount = parseAmount(unit === 'messages' ? Number(text) : text, unit)
    if (typeof amount === 'number' && amount > 0) return amount
    throw usage(`--usual-${name}: ${typeof amount === 'string' ? amount : 'must be above 0'}`)
  }
  if (!/^\d{1,7}$/.test(options.rounding)) {
    throw usage(`--rounding must be a percentage such as 25, not ${options.rounding}`)
  }
  return {
    at: options.at === undefined ? systemClock.now() : instantOf('--at', options.at),
    roundingPercent: Number(options.rounding),
    usual: {
      octets: read('volume', options.usualVolume, 'octets'),
      seconds: read('duration', options.usualDuration, 'seconds'),
      messages: read('count', options.usualCount, 'messages')
    }
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** The address without user and password. */
function kindOf(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@')
}

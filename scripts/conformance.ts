/**
 * Checks Nchf against the OpenAPI files of 3GPP, which are not part of this repository:
 *
 *     npm run conformance -- --openapi DIR
 *
 * Runs the tests that speak Nchf and keeps what goes over the wire: every request that was accepted and every answer
 * must be as TS32291_Nchf_ConvergedCharging.yaml says. So must what the server sends by itself: notifications, its
 * profile, heartbeats and token requests to the NRF (TS 29.510), and what the NRF of the tests answers. Then compares
 * the schemas of src/nchf with those of the file.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chargingDataRequest } from '../src/nchf/schemas.ts'
import type { Exchange } from '../test/support/exchanges.ts'
import { type Message, problemsOfMessages } from './conformance-messages.ts'
import { readOpenApi, type Schema } from './openapi.ts'

const charging = 'TS32291_Nchf_ConvergedCharging.yaml'
const common = 'TS29571_CommonData.yaml'
const tests = [
  ...['test/nchf/sessions', 'test/nchf/events', 'test/nchf/worlds', 'test/interop/free5gc'],
  ...['test/nchf/notifier', 'test/nchf/registration', 'test/nchf/access'],
  ...['test/nchf/emergency', 'test/nchf/slices', 'test/nchf/bindings']
]

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { values } = parseArgs({ options: { openapi: { type: 'string' } } })
if (values.openapi === undefined) {
  console.error('npm run conformance -- --openapi DIR: the folder with the YAML files of TS 32.291')
  process.exit(2)
}
const official = readOpenApi(values.openapi)

interface Kept {
  readonly exchanges: readonly Exchange[]
  readonly messages: readonly Message[]
}

function keptIn(folder: string): Kept {
  const file = join(folder, 'exchanges.jsonl')
  for (const test of tests) {
    const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', `${test}.test.ts`], {
      env: { ...process.env, NCHF_EXCHANGES: file },
      encoding: 'utf8'
    })
    if (status !== 0) throw new Error(`${test} failed:\n${stdout}`)
  }
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const kept = lines.map(line => JSON.parse(line) as Exchange | Message)
  return {
    exchanges: kept.filter(entry => 'path' in entry),
    messages: kept.filter(entry => 'message' in entry)
  }
}

function problemsOfExchanges(exchanges: readonly Exchange[]): string[] {
  const request = official.validator(charging, 'ChargingDataRequest')
  const response = official.validator(charging, 'ChargingDataResponse')
  const details = official.validator(common, 'ProblemDetails')
  const problems = new Set<string>()
  const check = (validate: typeof request, what: string, value: unknown): void => {
    if (validate(value)) return
    for (const { instancePath, message } of validate.errors ?? []) {
      // The SMF of free5GC wraps what is above 2^31-1, and so does its model.
      if (what === 'request' && /Volume$/.test(instancePath) && message === 'must be >= 0') continue
      problems.add(`${what} ${instancePath.replaceAll(/\d+/g, 'n')} ${message}`)
    }
  }
  for (const exchange of exchanges) {
    const { status, location } = exchange
    if (status < 300) check(request, 'request', exchange.request)
    if (status === 201 && !/^https?:\/\/.+\/chargingdata\/[^/]+$/.test(location ?? '')) {
      problems.add(`201 with the Location ${location}`)
    }
    if (status === 204 && exchange.response !== '') problems.add('204 with a body')
    if (status === 200 || status === 201) {
      check(response, 'response', exchange.response)
      for (const value of unknownValues(exchange.response)) problems.add(`response has ${value}`)
    }
    if (status >= 400) {
      check(details, 'problem', exchange.response)
      if (exchange.type !== 'application/problem+json') problems.add(`problem as ${exchange.type}`)
    }
  }
  return [...problems]
}

/** Extensible enumerations let every string pass: what this server sends must be a value that is listed. */
const enumerations: Readonly<Record<string, string>> = {
  resultCode: 'ResultCode',
  triggerType: 'TriggerType',
  triggerCategory: 'TriggerCategory',
  finalUnitAction: 'FinalUnitAction',
  sessionFailover: 'SessionFailover',
  failureHandling: 'FailureHandling'
}

function unknownValues(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const enumeration = enumerations[name]
    if (enumeration === undefined) return unknownValues(member)
    const [listed] = official.schema(charging, enumeration)['anyOf'] as readonly Schema[]
    const known = (listed?.['enum'] as readonly unknown[] | undefined)?.includes(member)
    return known ? [] : [`${name} ${String(member)}`]
  })
}

/** What src/nchf/schemas.ts says otherwise than the file, on purpose. */
const deliberate: readonly RegExp[] = [
  // Volumes are exact up to 2^53-1; negative ones are for usage.ts to judge.
  /(time|Volume|Units): (minimum|maximum) /,
  /localSequenceNumber: need not be there/,
  /multipleUnitUsage: maxItems /,
  // Accepted in more forms than are to be sent.
  /: pattern /,
  /: need not be there/
]

function differences(ours: Schema, file: string, theirs: Schema, path: string): string[] {
  const { file: within, schema } = official.follow(file, theirs)
  const found: string[] = []
  const type = typeOf(schema)
  if (type !== undefined && type !== ours['type']) {
    found.push(`${path}: is of type ${String(ours['type'])}, not ${type}`)
  }
  for (const limit of ['minimum', 'maximum', 'maxItems', 'pattern'] as const) {
    if (ours[limit] !== schema[limit] && ours[limit] !== undefined) {
      found.push(`${path}: ${limit} ${String(ours[limit])}, not ${String(schema[limit])}`)
    }
  }
  const required = (schema['required'] ?? []) as readonly string[]
  const wanted = (ours['required'] ?? []) as readonly string[]
  for (const name of wanted) {
    if (!required.includes(name)) found.push(`${path}/${name}: is optional, and wanted here`)
  }
  for (const name of required) {
    if (!wanted.includes(name)) found.push(`${path}/${name}: need not be there`)
  }
  const members = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  for (const [name, member] of Object.entries(
    (ours['properties'] ?? {}) as Record<string, Schema>
  )) {
    const known = members[name]
    if (known === undefined) found.push(`${path}/${name}: there is no such member`)
    else found.push(...differences(member, within, known, `${path}/${name}`))
  }
  if (ours['items'] !== undefined) {
    const items = schema['items'] as Schema
    found.push(...differences(ours['items'] as Schema, within, items, `${path}/n`))
  }
  return found
}

/** The type of a schema; that of its branches when they agree, as in extensible enumerations. */
function typeOf(schema: Schema): unknown {
  const branches = schema['anyOf'] as readonly Schema[] | undefined
  return schema['type'] ?? branches?.[0]?.['type']
}

const folder = mkdtempSync(join(tmpdir(), 'gyro-conformance-'))
try {
  const { exchanges, messages } = keptIn(folder)
  const schema = official.schema(charging, 'ChargingDataRequest')
  const differing = differences(chargingDataRequest, charging, schema, '')
  const problems = [
    ...problemsOfExchanges(exchanges),
    ...problemsOfMessages(official, messages),
    ...differing.filter(text => !deliberate.some(pattern => pattern.test(text)))
  ]
  for (const problem of problems) console.error(problem)
  const counts = `${exchanges.length} exchanges, ${messages.length} other messages`
  console.log(`${counts}, ${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The body of POST /v1/simulate in the words of the engine. */
import type { ScenarioWanted, StepWanted, UsageWanted } from '../charging/simulation.ts'
import { routingIn } from '../domain/call.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import { parseMoney } from '../domain/money.ts'
import { type RatName, ratTypes } from '../domain/rat-types.ts'
import type { NewLine } from '../domain/subscriptions.ts'
import type { EpochMs } from '../domain/time.ts'
import { refuse, type WrongMember } from './problem.ts'

type StepName = StepWanted['do']

/** What the network says; the radio access also by the word that a catalogue has for it. */
interface FactsBody extends Omit<NetworkFacts, 'rat'> {
  readonly rat?: number | RatName
}

/** A step once the schema has passed it. */
export interface StepBody {
  readonly do: StepName
  readonly at?: string
  readonly after?: number
  readonly line?: string
  readonly session?: string
  readonly number?: number
  readonly context?: string
  readonly service?: string
  readonly ratingGroup?: number
  readonly serviceIdentifiers?: readonly number[]
  readonly facts?: FactsBody
  readonly units?: number
  readonly amount?: string
  readonly reports?: number
  readonly usages?: readonly Partial<UsageWanted>[]
  readonly offer?: string
  readonly replaces?: string
  readonly reason?: string
}

export interface ScenarioBody {
  readonly account?: string
  readonly offers?: readonly string[]
  readonly topUp?: string
  readonly lines?: readonly NewLine[]
  readonly start?: string
  readonly steps: readonly StepBody[]
}

const usual: readonly (keyof StepBody)[] = ['do', 'at', 'after']
const ofSessions: readonly (keyof StepBody)[] = [
  ...usual,
  'line',
  'session',
  'context',
  'facts',
  'service',
  'ratingGroup'
]
const ofRequests: readonly (keyof StepBody)[] = [
  ...ofSessions,
  'number',
  'serviceIdentifiers',
  'units',
  'usages'
]

/** The members that a step may have beside those that every step may have. */
const members: Readonly<Record<StepName, readonly (keyof StepBody)[]>> = {
  use: [...ofSessions, 'units', 'reports'],
  initial: ofRequests,
  update: ofRequests,
  termination: ofRequests,
  event: ofRequests,
  'top-up': [...usual, 'amount'],
  subscribe: [...usual, 'offer', 'line', 'replaces'],
  block: [...usual, 'reason'],
  unblock: usual,
  look: usual
}

const required: Readonly<Partial<Record<StepName, readonly (keyof StepBody)[]>>> = {
  use: ['units'],
  'top-up': ['amount'],
  subscribe: ['offer'],
  block: ['reason']
}

const topUpDefault = '1000.00'

/** Throws the 400 that names the members which do not go together. */
export function scenarioOf(body: ScenarioBody): ScenarioWanted {
  const errors = [...wrongAccount(body), ...body.steps.flatMap(wrongStep)].slice(0, 10)
  if (errors.length > 0) {
    const detail = errors.map(error => `${error.member}: ${error.detail}`).join('; ')
    throw refuse(400, 'invalid', detail, errors)
  }
  return {
    account: body.account ?? {
      offers: body.offers ?? [],
      topUp: parseMoney(body.topUp ?? topUpDefault),
      lines: body.lines ?? []
    },
    start: body.start === undefined ? null : instantOf(body.start),
    steps: body.steps.map(stepOf)
  }
}

function wrongAccount(body: ScenarioBody): WrongMember[] {
  const errors: WrongMember[] = []
  if (body.account === undefined && body.offers === undefined) {
    errors.push({ member: 'offers', detail: 'is required unless there is an account' })
  }
  for (const name of ['offers', 'topUp', 'lines'] as const) {
    if (body.account !== undefined && body[name] !== undefined) {
      errors.push({ member: name, detail: 'is for a made-up account; leave out account or this' })
    }
  }
  if (body.start !== undefined && Number.isNaN(instantOf(body.start))) {
    errors.push({ member: 'start', detail: 'is no instant' })
  }
  return errors
}

function wrongStep(step: StepBody, index: number): WrongMember[] {
  const errors: WrongMember[] = []
  const report = (name: string, detail: string) =>
    errors.push({ member: `steps/${index}/${name}`, detail })
  for (const name of Object.keys(step) as (keyof StepBody)[]) {
    if (!members[step.do].includes(name)) report(name, `is nothing that a ${step.do} has`)
  }
  for (const name of required[step.do] ?? []) {
    if (step[name] === undefined) report(name, `is required for a ${step.do}`)
  }
  for (const { member, detail } of [...wrongTime(step), ...wrongUsage(step)]) report(member, detail)
  return errors
}

function wrongTime({ at, after }: StepBody): WrongMember[] {
  if (at === undefined) return []
  if (after !== undefined) return [{ member: 'after', detail: 'goes without at' }]
  return Number.isNaN(instantOf(at)) ? [{ member: 'at', detail: 'is no instant' }] : []
}

function wrongUsage(step: StepBody): WrongMember[] {
  if (step.do === 'use' && step.service === undefined && step.ratingGroup === undefined) {
    return [{ member: 'service', detail: 'is required for a use, or ratingGroup' }]
  }
  return []
}

const nothing: Omit<StepWanted, 'do'> = {
  at: null,
  after: 0,
  line: null,
  session: null,
  number: null,
  context: null,
  service: null,
  ratingGroup: null,
  serviceIdentifiers: [],
  facts: {},
  units: 0,
  reports: 1,
  usages: [],
  money: 0,
  offer: '',
  replaces: null,
  reason: ''
}

function stepOf({ at, after = 0, amount, usages = [], facts = {}, ...rest }: StepBody): StepWanted {
  return {
    ...nothing,
    ...rest,
    at: at === undefined ? null : instantOf(at),
    after: after * 1000,
    money: amount === undefined ? 0 : parseMoney(amount),
    facts: factsOf(facts),
    usages: usages.map(usageOf)
  }
}

/** As the network's protocols say them: a called number may have its routing number in it. */
function factsOf({ rat, ...facts }: FactsBody): NetworkFacts {
  const routingNumber = facts.routingNumber ?? routingIn(facts.calledParty)
  return {
    ...facts,
    ...(routingNumber === undefined ? {} : { routingNumber }),
    ...(rat === undefined ? {} : { rat: typeof rat === 'number' ? rat : ratTypes[rat] })
  }
}

function usageOf(usage: Partial<UsageWanted>): UsageWanted {
  return {
    service: usage.service ?? null,
    ratingGroup: usage.ratingGroup ?? null,
    serviceIdentifiers: usage.serviceIdentifiers ?? [],
    used: usage.used ?? null,
    asked: usage.asked ?? null
  }
}

function instantOf(text: string): EpochMs {
  return Date.parse(text)
}

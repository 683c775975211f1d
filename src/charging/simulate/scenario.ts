/** From a scenario in the words of people to requests: services, lines, session ids, numbers and instants. */
import type { Line } from '../../domain/account.ts'
import { GyroError } from '../../domain/errors.ts'
import type { ChargingRequest, MultipleUnitUsage, UsedUnits } from '../../domain/request.ts'
import type { ChargingSession } from '../../domain/session.ts'
import type { ChangeOffer, Subscribe } from '../../domain/subscriptions.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { Catalogue } from '../../rating/catalogue.ts'
import type { ScenarioStep, StepWanted, UsageWanted } from '../simulation.ts'
import { chargingRequest, usageOf } from './requests.ts'
import { contextOf, groupOf, unitOf } from './service.ts'

/** What steps may refer to. */
export interface Ground {
  readonly catalogue: Catalogue
  readonly accountId: string
  readonly lines: readonly Line[]
  /** Open when the scenario begins. */
  readonly sessions: ReadonlyMap<string, ChargingSession>
  readonly start: EpochMs
}

/** How far ahead a scenario may look: every period in between is gone through. */
const spanMs = 3_660 * 86_400_000

/** Throws GYRO_INPUT_INVALID that names the step. */
export function compileSteps(wanted: readonly StepWanted[], ground: Ground): ScenarioStep[] {
  const numbers = new Map<string, number>()
  let last = ground.start
  return wanted.map((step, index) => {
    const at = step.at ?? last + step.after
    if (at < last) throw wrong(index, 'happens before the step that comes before it')
    if (at > ground.start + spanMs) throw wrong(index, 'is more than ten years ahead')
    last = at
    try {
      return compileStep(step, index, at, ground, numbers)
    } catch (error) {
      if (!(error instanceof GyroError) || error.code !== 'GYRO_INPUT_INVALID') throw error
      throw wrong(index, error.message)
    }
  })
}

function wrong(index: number, message: string): GyroError {
  return new GyroError('GYRO_INPUT_INVALID', `steps/${index}: ${message}`)
}

function compileStep(
  step: StepWanted,
  index: number,
  at: EpochMs,
  ground: Ground,
  numbers: Map<string, number>
): ScenarioStep {
  const { accountId } = ground
  switch (step.do) {
    case 'look':
      return { do: 'look', at }
    case 'use':
      return compileUse(step, index, at, ground)
    case 'top-up': {
      const operation = { key: `simulation-${index}`, digest: '' }
      const request = { kind: 'top-up' as const, accountId, amount: step.money, operation }
      return { do: 'operate', at, request }
    }
    case 'subscribe': {
      return { do: 'operate', at, request: compileSubscribe(step, index, ground) }
    }
    case 'block':
      return { do: 'operate', at, request: { kind: 'block', accountId, reason: step.reason } }
    case 'unblock':
      return { do: 'operate', at, request: { kind: 'unblock', accountId } }
    default:
      return {
        do: 'charge',
        at,
        lineId: lineOf(step, ground),
        request: compileRequest(step, step.do, index, ground, numbers)
      }
  }
}

function compileSubscribe(
  step: StepWanted,
  index: number,
  ground: Ground
): Subscribe | ChangeOffer {
  const { accountId } = ground
  const { offer, replaces } = step
  const lineId = step.line === null ? null : lineOf(step, ground)
  if (replaces === null) return { kind: 'subscribe', accountId, offer, lineId, operation: null }
  const operation = { key: `simulation-${index}`, digest: '' }
  return { kind: 'change-offer', accountId, offer, replaces, lineId, operation }
}

function compileUse(step: StepWanted, index: number, at: EpochMs, ground: Ground): ScenarioStep {
  const { catalogue } = ground
  const ratingGroup = groupOf(catalogue, step.service, step.ratingGroup)
  return {
    do: 'use',
    at,
    lineId: lineOf(step, ground),
    sessionId: step.session ?? `simulation;${index + 1}`,
    context: step.context ?? contextOf(catalogue, step.service, ratingGroup),
    ratingGroup,
    serviceIdentifiers: step.serviceIdentifiers,
    facts: step.facts,
    units: step.units,
    reports: step.reports
  }
}

function compileRequest(
  step: StepWanted,
  type: ChargingRequest['type'],
  index: number,
  ground: Ground,
  numbers: Map<string, number>
): ChargingRequest {
  const { catalogue } = ground
  const wanted = step.usages.length === 0 ? shorthand(step, ground) : step.usages
  const usages = wanted.map(usage => compileUsage(usage, catalogue))
  const own = type === 'event' ? `simulation;${index + 1}` : 'simulation'
  const sessionId = step.session ?? own
  const known = ground.sessions.get(sessionId)
  const [first] = wanted
  const context =
    step.context ??
    known?.context ??
    contextOf(catalogue, first?.service ?? step.service, usages[0]?.ratingGroup ?? null)
  const number = step.number ?? nextNumber(numbers.get(sessionId), known, type)
  numbers.set(sessionId, number)
  return chargingRequest(type, { sessionId, context, facts: step.facts }, number, usages)
}

/** A service with an amount stands for an ask of so many units. */
function shorthand(step: StepWanted, { catalogue }: Ground): readonly UsageWanted[] {
  if (step.service === null && step.ratingGroup === null) return []
  const { service, ratingGroup, serviceIdentifiers } = step
  const group = groupOf(catalogue, service, ratingGroup)
  const unit = unitOf(catalogue, step.context ?? contextOf(catalogue, service, group), group)
  const asked = step.units === 0 ? {} : { [unit]: step.units }
  return [{ service, ratingGroup, serviceIdentifiers, used: null, asked }]
}

function compileUsage(usage: UsageWanted, catalogue: Catalogue): MultipleUnitUsage {
  const { used, asked } = usage
  return usageOf(
    groupOf(catalogue, usage.service, usage.ratingGroup),
    usage.serviceIdentifiers,
    used === null ? null : usedUnits(used),
    asked === null ? null : { octets: null, seconds: null, messages: null, ...asked }
  )
}

function usedUnits(used: Partial<UsedUnits>): UsedUnits {
  const { inputOctets = null, outputOctets = null, seconds = null, messages = null } = used
  const both = inputOctets === null && outputOctets === null
  const octets = used.octets ?? (both ? null : (inputOctets ?? 0) + (outputOctets ?? 0))
  return { octets, inputOctets, outputOctets, seconds, messages }
}

/** Requests of a session are numbered from 0; a session that is open already goes on counting. */
function nextNumber(
  last: number | undefined,
  known: ChargingSession | undefined,
  type: ChargingRequest['type']
): number {
  if (last !== undefined) return last + 1
  if (known === undefined) return type === 'initial' || type === 'event' ? 0 : 1
  const settled = known.settled === '' ? 0 : Number(known.settled.split(/[-,]/).at(-1))
  return Math.max(settled, known.initial, 0) + 1
}

function lineOf({ line }: StepWanted, { lines }: Ground): string {
  const found =
    line === null
      ? lines[0]
      : (lines.find(({ msisdn, imsi }) => line === msisdn || line === imsi) ??
        lines.find(({ id }) => line === id))
  if (found !== undefined) return found.id
  const what = line === null ? 'the account has no line' : `the account has no line ${line}`
  throw new GyroError('GYRO_INPUT_INVALID', what)
}

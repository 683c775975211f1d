/** A scenario from its beginning to its end: the account on paper, the steps, the play. */
import { GyroError } from '../../domain/errors.ts'
import type { OpenAccount } from '../../domain/subscriptions.ts'
import type { EpochMs } from '../../domain/time.ts'
import { createEngine } from '../engine.ts'
import type { HypotheticalAccount, ScenarioWanted, Simulation, Snapshot } from '../simulation.ts'
import { type CataloguesAt, play } from './play.ts'
import { compileSteps } from './scenario.ts'
import { apply, emptyWorld, stateFor, type World, worldOf } from './world.ts'

const accountId = 'simulation'
/** No number of any country begins like this. */
const madeUpLine = { msisdn: '000000000000001' }

/**
 * Plays the scenario; `snapshot` is the account that it names, null when it makes one up. Nothing that is given is
 * changed. Yields after every request. Throws GYRO_INPUT_INVALID.
 */
export function* simulate(
  scenario: ScenarioWanted,
  snapshot: Snapshot | null,
  catalogues: CataloguesAt,
  now: EpochMs
): Generator<void, Simulation> {
  const start = Math.max(scenario.start ?? now, snapshot?.account.lastAt ?? 0)
  const world =
    typeof scenario.account === 'string'
      ? worldOf(snapshot ?? missing(scenario.account))
      : openOnPaper(scenario.account, catalogues, start)
  const steps = compileSteps(scenario.steps, {
    catalogue: catalogues(start).current,
    accountId: world.account?.id ?? accountId,
    lines: [...world.lines.values()],
    sessions: new Map(world.sessions),
    start
  })
  return yield* play(world, steps, catalogues, start)
}

function missing(id: string): never {
  throw new GyroError('GYRO_NOT_FOUND', `there is no account "${id}"`)
}

function openOnPaper(wanted: HypotheticalAccount, catalogues: CataloguesAt, start: EpochMs): World {
  const world = emptyWorld()
  const request: OpenAccount = {
    kind: 'open-account',
    accountId,
    lines: wanted.lines.length === 0 ? [madeUpLine] : wanted.lines,
    offers: wanted.offers,
    topUp: wanted.topUp
  }
  const state = stateFor(world, request, '', start)
  const { answer, changes } = createEngine(() => catalogues(start)).decide(state, request, start)
  if (answer.kind === 'refused') throw new GyroError('GYRO_INPUT_INVALID', answer.detail)
  if (changes !== null) apply(world, changes)
  return world
}

/** Scenarios for tests: steps with everything defaulted, and a player that runs to the end. */
import { simulate } from '../../src/charging/simulate/simulate.ts'
import type {
  ScenarioWanted,
  Simulation,
  Snapshot,
  StepWanted
} from '../../src/charging/simulation.ts'
import type { Catalogues } from '../../src/rating/catalogue.ts'
import { start } from './engine-driver.ts'

export function step(what: StepWanted['do'], more: Partial<StepWanted> = {}): StepWanted {
  return {
    do: what,
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
    reason: '',
    ...more
  }
}

export function playAll(
  scenario: Partial<ScenarioWanted>,
  catalogues: Catalogues,
  snapshot: Snapshot | null = null
): Simulation {
  const account = { offers: ['go'], topUp: 10_000_000, lines: [] }
  const playing = simulate(
    { account, start, steps: [], ...scenario },
    snapshot,
    () => catalogues,
    start
  )
  for (;;) {
    const played = playing.next()
    if (played.done === true) return played.value
  }
}

/** Dry runs and explanations over the documents of a store: reads and pure functions, nothing that writes. */
import type { Snapshots } from '../balance/snapshots.ts'
import { explainRecord, explainSession } from '../charging/explain/rerate.ts'
import { simulate } from '../charging/simulate/simulate.ts'
import type { ScenarioWanted, Simulator } from '../charging/simulation.ts'
import type { Clock, Scheduler } from '../domain/time.ts'
import type { Catalogues } from '../rating/catalogue.ts'

export interface SimulatorOptions {
  readonly catalogues: () => Catalogues
  readonly snapshots: Snapshots
  readonly clock: Clock
  readonly scheduler: Scheduler
}

/** Requests of a scenario in one turn; those of the network come in between. */
const requestsPerTurn = 16

export function createSimulator(options: SimulatorOptions): Simulator {
  const { catalogues, snapshots, clock, scheduler } = options
  return {
    async simulate(scenario) {
      const { account } = scenario
      const snapshot =
        typeof account === 'string' ? await snapshots.account(account, numbersIn(scenario)) : null
      if (typeof account === 'string' && snapshot === null) return null
      const playing = simulate(scenario, snapshot, catalogues(), clock.now())
      for (let turn = 1; ; turn++) {
        const played = playing.next()
        if (played.done === true) return played.value
        if (turn % requestsPerTurn === 0) {
          await new Promise<void>(resolve => scheduler.soon(resolve))
        }
      }
    },
    async explainSession(sessionId) {
      const session = await snapshots.session(sessionId)
      return session === null ? null : explainSession(session, catalogues())
    },
    explainRecord: cdr => explainRecord(cdr, catalogues())
  }
}

function numbersIn({ steps }: ScenarioWanted): string[] {
  return [...new Set(steps.flatMap(({ line }) => (line === null ? [] : [line])))]
}

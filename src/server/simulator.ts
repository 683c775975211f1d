/** Dry runs and explanations over the documents of a store: reads and pure functions, nothing that writes. */
import type { Snapshots } from '../balance/snapshots.ts'
import { createEngine } from '../charging/engine.ts'
import { explainRecord, explainSession } from '../charging/explain/rerate.ts'
import { simulate } from '../charging/simulate/simulate.ts'
import type { ScenarioWanted, Simulation, Simulator } from '../charging/simulation.ts'
import { VersionUnknown } from '../domain/errors.ts'
import type { Clock, EpochMs, Scheduler } from '../domain/time.ts'
import type { Catalogues } from '../rating/catalogue.ts'

export interface VersionSource {
  /** What is in force at an instant, now unless given. */
  catalogues(at?: EpochMs): Catalogues
  /** Loads a version that `catalogues` does not hold. */
  fetch(version: string): Promise<void>
}

export interface SimulatorOptions {
  readonly versions: VersionSource
  readonly snapshots: Pick<Snapshots, 'account' | 'session'>
  readonly clock: Clock
  readonly scheduler: Scheduler
}

/** Requests of a scenario in one turn; those of the network come in between. */
const requestsPerTurn = 16

export function createSimulator(options: SimulatorOptions): Simulator {
  const { versions, snapshots, clock, scheduler } = options

  /** Again with every version that it turns out to need. */
  async function complete<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof VersionUnknown)) throw error
        await versions.fetch(error.version)
      }
    }
  }

  async function simulation(scenario: ScenarioWanted): Promise<Simulation | null> {
    const { account } = scenario
    const snapshot =
      typeof account === 'string' ? await snapshots.account(account, numbersIn(scenario)) : null
    if (typeof account === 'string' && snapshot === null) return null
    const playing = simulate(scenario, snapshot, at => versions.catalogues(at), clock.now())
    for (let turn = 1; ; turn++) {
      const played = playing.next()
      if (played.done === true) return played.value
      if (turn % requestsPerTurn === 0) {
        await new Promise<void>(resolve => scheduler.soon(resolve))
      }
    }
  }

  return {
    simulate: scenario => complete(() => simulation(scenario)),
    async explainSession(sessionId) {
      const session = await snapshots.session(sessionId)
      if (session === null) return null
      const snapshot = await snapshots.account(session.accountId, [session.lineId])
      return complete(async () => {
        const catalogues = versions.catalogues()
        const { present } = createEngine(() => catalogues)
        const stand = snapshot && present(snapshot.account, snapshot.lines, clock.now())
        return explainSession(session, catalogues, stand)
      })
    },
    explainRecord: cdr => complete(async () => explainRecord(cdr, versions.catalogues()))
  }
}

function numbersIn({ steps }: ScenarioWanted): string[] {
  return [...new Set(steps.flatMap(({ line }) => (line === null ? [] : [line])))]
}

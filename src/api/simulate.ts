/** Dry runs and explanations: nothing here changes anything. */
import type { CdrReader } from '../charging/ports.ts'
import type { Simulator } from '../charging/simulation.ts'
import { sessionKey } from '../domain/session-key.ts'
import { unknownAccount } from './accounts.ts'
import { readJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { refuse } from './problem.ts'
import { type ScenarioBody, scenarioOf } from './scenario.ts'
import {
  type ExplanationJson,
  type SimulationJson,
  viewExplanation,
  viewSimulation
} from './simulation-views.ts'
import { subSessionOf } from './sub-session.ts'
import { requireBody } from './validate.ts'

export function simulateOperations(parts: ApiParts): readonly Operation[] {
  return [
    {
      method: 'post',
      path: '/v1/simulate',
      id: 'simulate',
      summary:
        'Play a scenario on a made-up account or a live one, and explain it; nothing is changed',
      body: 'NewSimulation',
      answers: {
        200: { description: 'What would be answered and debited.', schema: 'Simulation' }
      },
      problems: [400, 404, 413, 415],
      async handle(c) {
        return c.json(await simulation(parts.simulator, await readJson(c)))
      }
    },
    {
      method: 'get',
      path: '/v1/explain',
      id: 'explain',
      summary: 'A session, open or finished, with its amounts worked out again',
      parameters: ['sessionQuery', 'subSession'],
      answers: { 200: { description: 'The session and its records.', schema: 'Explanation' } },
      problems: [400, 404],
      async handle(c) {
        const sessionId = c.req.query('session') ?? ''
        if (sessionId === '') {
          const detail = 'must be a session id'
          throw refuse(400, 'invalid', `session: ${detail}`, [{ member: 'session', detail }])
        }
        const key = sessionKey(sessionId, subSessionOf(c))
        const found = await explanation(parts.simulator, parts.cdrs, key)
        if (found !== null) return c.json(found)
        throw refuse(404, 'not-found', `there is no session "${sessionId.slice(0, 128)}"`)
      }
    }
  ]
}

/** Plays the parsed body of POST /v1/simulate. Throws the problem that its answer would be. */
export async function simulation(simulator: Simulator, parsed: unknown): Promise<SimulationJson> {
  const body = requireBody<ScenarioBody>('NewSimulation', parsed)
  const played = await simulator.simulate(scenarioOf(body))
  if (played === null) throw unknownAccount(body.account ?? '')
  return viewSimulation(
    played,
    body.steps.map(step => step.do)
  )
}

/** null: nothing is known of such a session. */
export async function explanation(
  simulator: Simulator,
  cdrs: CdrReader,
  key: string
): Promise<ExplanationJson | null> {
  // The session first: if it ends in between, it is seen twice rather than not at all.
  const open = await simulator.explainSession(key)
  const records = await cdrs.ofSession(key)
  if (open === null && records.length === 0) return null
  const explained = await Promise.all(records.map(record => simulator.explainRecord(record)))
  return viewExplanation(key, open, explained)
}

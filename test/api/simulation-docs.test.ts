/** The scenarios in docs/simulation.md can be played, and cost what the page says. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { simulation } from '../../src/api/simulate.ts'
import { systemClock, systemScheduler } from '../../src/ops/clock.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { createSimulator } from '../../src/server/simulator.ts'

const page = readFileSync('docs/simulation.md', 'utf8')
const current = await loadCatalogue('conf/catalogue')
const simulator = createSimulator({
  versions: { catalogues: () => ({ current, byVersion: new Map() }), fetch: async () => {} },
  snapshots: { account: async () => null, session: async () => null },
  clock: systemClock,
  scheduler: systemScheduler
})

t.test('the scenarios of the page', async t => {
  const examples = [...page.matchAll(/^```json scenario (\S+)\n([\s\S]*?)^```$/gm)]
  t.equal(examples.length, 2)
  for (const [, debited, text = ''] of examples) {
    const played = await simulation(simulator, JSON.parse(text))
    t.equal(played.debited, debited)
    const outcomes = played.steps.flatMap(({ requests }) => requests.map(({ outcome }) => outcome))
    t.ok(outcomes.length > 0 && outcomes.every(outcome => ['success', 'done'].includes(outcome)))
  }
  t.match(page, /500\.3 MB: 15\.009 are debited/)
})

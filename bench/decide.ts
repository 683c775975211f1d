/**
 * How long one decision takes: typical data updates of an open session, without I/O.
 *
 * Run with `npx tsx bench/decide.ts [--json]`. Compare ratios between runs on one machine, not absolute figures
 * between machines.
 */
import type { Catalogues } from '../src/rating/catalogue.ts'
import { EngineDriver, request } from '../test/support/engine-driver.ts'
import { largeCatalogues } from './support/large-catalogue.ts'

const MB = 1_000_000
const rounds = 200_000

interface Figure {
  readonly name: string
  readonly perSecond: number
  readonly p50us: number
  readonly p99us: number
}

function opened(offers: readonly string[], catalogues?: Catalogues): EngineDriver {
  const driver = new EngineDriver(catalogues)
  driver.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: [{ msisdn: driver.lineId }],
    offers,
    topUp: 1e11
  })
  return driver
}

function measure(
  name: string,
  offer: string,
  ratingGroups: number[],
  catalogues?: Catalogues,
  offers: readonly string[] = [offer]
): Figure {
  const driver = opened(offers, catalogues)
  const usages = (used: boolean) =>
    ratingGroups.map(ratingGroup => ({
      ratingGroup,
      ask: null,
      ...(used ? { used: { octets: 3 * MB } } : {})
    }))
  driver.charge(request('initial', 0, usages(false)))
  const message = request('update', 1, usages(true))
  const durations = new Float64Array(rounds)
  const warmUp = 20_000
  let spent = 0
  for (let n = -warmUp; n < rounds; n++) {
    const numbered = { ...message, number: n + warmUp + 1 }
    const state = {
      account: driver.account,
      lines: driver.lines,
      sessions: driver.sessions,
      lineId: driver.lineId,
      closed: null,
      receipt: null,
      due: [],
      nextDue: null
    }
    const begin = performance.now()
    const decision = driver.engine.decide(state, numbered, driver.now)
    const took = performance.now() - begin
    if (n >= 0) {
      durations[n] = took * 1000
      spent += took
    }
    const { changes } = decision
    if (changes === null) throw new Error('an update changed nothing')
    driver.account = changes.account
    for (const session of changes.sessions) driver.sessions.set(session.id, session)
  }
  durations.sort()
  const at = (share: number) => durations[Math.floor(rounds * share)] ?? 0
  return { name, perSecond: Math.round(rounds / (spent / 1000)), p50us: at(0.5), p99us: at(0.99) }
}

const large = largeCatalogues()
const packs = [...large.current.offers.keys()].filter(id => id.startsWith('pack-')).slice(0, 20)
const figures = [
  measure('one rating group, wallet', 'go', [10]),
  measure('one rating group, shared allowance', 'family', [10]),
  measure('three rating groups, wallet', 'go', [10, 11, 20]),
  measure('60,000 numbers, 500 offers', 'go', [10], large),
  measure('the same, 20 buckets', 'go', [10], large, ['go', ...packs])
]
if (process.argv.includes('--json')) console.log(JSON.stringify(figures))
else {
  for (const { name, perSecond, p50us, p99us } of figures) {
    console.log(
      `${name.padEnd(40)} ${String(perSecond).padStart(9)}/s   p50 ${p50us.toFixed(2)} us   p99 ${p99us.toFixed(2)} us`
    )
  }
}

/** Random requests of services that share one price, for what they hold together. */
import fc from 'fast-check'
import { type EngineDriver, request } from './engine-driver.ts'

export const MB = 1_000_000
export const EUR = 1_000_000

/** More of a request: where it is made. */
export const home = { facts: { plmn: '26201' } }
export const world = { facts: { plmn: '20801' } }

export const usage = (id: number, more: object) => ({ serviceIdentifiers: [id], ...more })
export const ask = (id: number, octets: number) => usage(id, { ask: { octets } })
/** An amount of money as catalogues have it. */
export const micro = (amount: number) => (amount / EUR).toFixed(6)
/** Of allowances and limits of data. */
export const data = { services: ['internet'], period: 'week' as const }

const tiers = [
  { 'up-to': '2 MB', price: '0.01' },
  { 'up-to': '7 MB', price: '0.04' },
  { price: '0.11' }
]
export const graduated = { tiers, per: '1 MB', step: '300 kB', 'set-up': '0.02' }

/** Prices at which it matters who is used first. */
export const models = fc.constantFrom<object>(
  { flat: '0.20' },
  { price: '0.01', per: '1 MB', step: '300 kB', 'set-up': '0.05', minimum: '2 MB' },
  { price: '0.01', per: '1 MB', step: '1 kB', 'set-up': '0.05' },
  { price: '0.123457', per: '1 MB', step: '1 kB', minimum: '500 kB' },
  { package: { size: '2 MB', price: '0.03' } },
  {
    stairs: [
      { 'up-to': '1 MB', price: '0.02' },
      { 'up-to': '5 MB', price: '0.09' },
      { price: '0.10' }
    ]
  },
  graduated,
  { ...graduated, tiering: 'volume' },
  { tiers, per: '1 MB', step: '1 kB', tiering: 'volume' },
  { tiers: [{ 'up-to': '2 MB', price: '0.10' }, { price: '0.01' }], per: '1 MB', step: '100 kB' }
)

export interface Step {
  /** `used`: percent of what was granted. */
  readonly reports: readonly { id: number; ask: number | null; used: number | null }[]
  /** The first service asks a second time. */
  readonly again: boolean
  /** Other sessions take what money is left. */
  readonly others: boolean
  readonly abroad: boolean
}

/** Requests of up to three of so many services, each for so many octets at most. */
export function stepsOf(
  services: number,
  octets: number,
  shares: readonly number[],
  abroad: fc.Arbitrary<boolean>
): fc.Arbitrary<Step> {
  const report = fc.record({
    id: fc.integer({ min: 1, max: services }),
    ask: fc.option(fc.integer({ min: 1, max: octets })),
    used: fc.option(fc.constantFrom(...shares))
  })
  return fc.record({
    reports: fc.uniqueArray(report, { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
    again: fc.boolean(),
    others: fc.boolean(),
    abroad
  })
}

/**
 * Makes the requests; usage is within what was granted. Returns units that were granted and not used, by service.
 * `after`: what must be true after each, with whether others took what was left.
 */
export function runSteps(
  driver: EngineDriver,
  steps: readonly Step[],
  after: () => void
): Map<number, number> {
  const granted = new Map<number, number>()
  steps.forEach(({ reports, again, others, abroad }, number) => {
    const usages = reports.map(({ id, ask, used }) => {
      const part = Math.floor(((granted.get(id) ?? 0) * (used ?? 0)) / 100)
      if (ask !== null || used !== null) granted.delete(id)
      return usage(id, {
        ...(ask === null ? {} : { ask: { octets: ask } }),
        ...(used === null ? {} : { used: { octets: part } })
      })
    })
    const [first] = reports
    if (again && first?.ask) usages.push(ask(first.id, MB))
    const type = number === 0 ? 'initial' : 'update'
    const { units } = driver.charge(request(type, number, usages, abroad ? world : home))
    for (const [index, { serviceIdentifiers }] of usages.entries()) {
      const [id = 0] = serviceIdentifiers
      granted.set(id, (granted.get(id) ?? 0) + (units[index]?.granted?.amount ?? 0))
    }
    after()
    if (others) useAll(driver, number)
    after()
  })
  return granted
}

/** Another session takes and uses all money that is not held. */
export function useAll(driver: EngineDriver, number: number): void {
  const sessionId = `s;${number + 2}`
  const money = { amount: 9 * EUR, currency: null }
  const asked = usage(9, { ask: { money } })
  const { units } = driver.charge(request('initial', 0, [asked], { sessionId, ...home }))
  const used = { money: { amount: units[0]?.granted?.amount ?? 0, currency: null } }
  driver.charge(request('termination', 1, [usage(9, { used })], { sessionId }))
}

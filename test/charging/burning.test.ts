/** What is drawn before money, and what pays for what: docs/charging-rules.md §3, claim by claim. */
import t from 'tap'
import type { AllowanceFile, OfferFile } from '../../src/rating/load/source.ts'
import { type EngineDriver, request } from '../support/engine-driver.ts'
import { catalogueOf, openWith, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000

function data(more: Partial<AllowanceFile> = {}): AllowanceFile {
  const usual = { allowance: 'data', services: ['internet'], amount: '5 MB' }
  return { ...usual, period: '30 days', ...more } as AllowanceFile
}
const addon = (offer: string, more: Partial<AllowanceFile>, fee?: string): OfferFile => ({
  ...{ offer, kind: 'addon', name: offer, allowances: [data(more)] },
  ...(fee === undefined ? {} : { fee })
})
const base = (offer: string, more: Partial<AllowanceFile>): OfferFile => ({
  ...{ offer, kind: 'base', name: offer, allowances: [data(more)] },
  'prices-of': 'go'
})
const all = catalogueOf([
  ...standardOffers,
  base('plan-5', { period: 'day' }),
  base('plan-first', { period: 'day', priority: 10 }),
  addon('pack', {}),
  addon('dear', {}, '3.00')
])

const session = (driver: EngineDriver, octets: number, granted = octets) => {
  driver.charge(request('initial', 0, [{ ask: { octets: granted } }]))
  driver.charge(request('termination', 1, [{ used: { octets } }]))
  return driver.cdrs().at(-1)!
}
const left = (driver: EngineDriver) =>
  driver.account!.buckets.map(({ offer, available }) => `${offer} ${available}`)

t.test('a bucket counts single units, where money pays for started steps', async t => {
  const driver = openWith(['go', 'pack'], EUR, all)
  t.equal(session(driver, 1).amount, 0)
  t.same(left(driver), [`pack ${5 * MB - 1}`])
  t.equal(session(openWith(['go'], EUR, all), 1).amount, 1_000)
})

t.test('add-ons come before base offers, also those that end later, unless told', async t => {
  const usual = openWith(['plan-5', 'pack'], EUR, all)
  session(usual, MB)
  t.same(left(usual), [`plan-5 ${5 * MB}`, `pack ${4 * MB}`])
  const told = openWith(['plan-first', 'pack'], EUR, all)
  session(told, MB)
  t.same(left(told), [`plan-first ${4 * MB}`, `pack ${5 * MB}`])
})

t.test('a bucket of money also pays for usage beyond the grant that holds some of it', async t => {
  const driver = openWith(['go', 'promo'], EUR)
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
  t.match(driver.account!.buckets, [{ available: 5 * EUR - 10_000, reserved: 10_000 }])
  driver.charge(request('termination', 1, [{ used: { octets: 600 * MB } }]))
  t.match(driver.account!.buckets, [{ available: 0, reserved: 0 }])
  t.same(driver.wallet(), { available: 0, reserved: 0 }, 'and then the wallet')
  t.match(driver.cdrs(), [{ amount: EUR, octets: 600 * MB }])
})

t.test('a bucket of money moves no unit, and pays no fee', async t => {
  const driver = openWith(['go', 'promo'], EUR, all)
  const cdr = session(driver, MB)
  t.match(cdr.parts, [
    { price: /go\/home$/, unit: 'octets', units: MB },
    { unit: 'money', units: 10_000, amount: -10_000 }
  ])
  t.equal(cdr.parts.filter(({ unit }) => unit === 'octets').length, 1, 'octets stand there once')
  const buy = { kind: 'subscribe', accountId: 'a1', offer: 'dear', operation: null } as const
  t.match(driver.submit(buy), { kind: 'refused', reason: 'funds-insufficient' })
  t.match(driver.account!.buckets, [{ available: 5 * EUR - 10_000 }])
})

t.test('what stops does so when the other buckets are empty too, and then for money', async t => {
  const driver = openWith(['stopping', 'pack', 'promo'], EUR, all)
  const first = driver.charge(request('initial', 0, [{ ask: { octets: 4 * MB } }]))
  t.match(first.units, [{ granted: { amount: 4 * MB }, final: null }])
  const used = { used: { octets: 4 * MB } }
  const second = driver.charge(request('update', 1, [{ ask: { octets: 4 * MB }, ...used }]))
  t.match(second.units, [{ granted: { amount: 2 * MB }, final: 'redirect' }])
  driver.charge(request('termination', 2, [{ used: { octets: 3 * MB } }]))
  t.match(driver.cdrs()[0], { amount: 0, flags: ['suspense'] })
  t.same(left(driver), ['stopping 0', 'pack 0', `promo ${5 * EUR}`])
  t.same(driver.wallet(), { available: EUR, reserved: 0 })
})

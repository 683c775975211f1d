/**
 * Services of a session under one price share its count, and each grant holds what its units add behind those of the
 * others. They are used in any order all the same: docs/charging-rules.md §4.
 */
import fc from 'fast-check'
import t from 'tap'
import { type EngineDriver, request } from '../support/engine-driver.ts'
import { openWith } from '../support/limits-catalogue.ts'
import { withOwnPrice as of } from '../support/own-price.ts'

const MB = 1_000_000
const EUR = 1_000_000

const daily = { flat: '1.99', over: 'day' } as const
const usage = (id: number, more: object) => ({ serviceIdentifiers: [id], ...more })
const asks = (...ids: number[]) => ids.map(id => usage(id, { ask: { octets: MB } }))
const uses = (driver: EngineDriver, number: number, id: number, more: object = {}) =>
  driver.charge(
    request('update', number, [usage(id, { used: { octets: MB }, ...more })], { sessionId: 's;1' })
  )

t.test('what one service has paid for, another one may use first', async t => {
  for (const terms of [{ flat: '1.99' }, daily]) {
    const driver = openWith(['own'], 1_990_000, of(terms))
    driver.charge(request('initial', 0, asks(1, 2)))
    t.same(driver.wallet(), { available: 0, reserved: 1_990_000 })
    const second = uses(driver, 1, 2, { ask: { octets: MB } })
    t.match(second.units, [{ outcome: 'success', granted: { amount: MB } }])
    t.same(driver.wallet(), { available: 0, reserved: 0 })
    uses(driver, 2, 1)
    t.same(driver.wallet(), { available: 0, reserved: 0 })
    driver.charge(request('termination', 3))
    t.match(driver.cdrs(), [{ amount: 1_990_000, parts: [{ amount: 0 }, { amount: 1_990_000 }] }])
  }
})

t.test('it is paid by the money that was to pay for it', async t => {
  const gift = { allowance: 'gift', services: ['internet'], money: '1.50', period: 'week' } as const
  const driver = openWith(['own'], EUR, of({ flat: '1.99' }, { allowances: [gift] }))
  driver.charge(request('initial', 0, asks(1, 2)))
  t.match(driver.account!.buckets, [{ available: 0, reserved: 1_500_000 }])
  t.same(driver.wallet(), { available: 510_000, reserved: 490_000 })
  uses(driver, 1, 2)
  t.match(driver.account!.buckets, [{ available: 0, reserved: 0 }])
  t.same(driver.wallet(), { available: 510_000, reserved: 0 })
  driver.charge(request('termination', 2))
  t.match(driver.cdrs(), [{ amount: 490_000 }])
})

t.test('where another session was to pay, a bucket of money goes before the wallet', async t => {
  const gift = { allowance: 'gift', services: ['internet'], money: '5.00', period: 'week' } as const
  const driver = openWith(['own'], EUR, of(daily, { allowances: [gift] }))
  driver.charge(request('initial', 0, asks(1), { sessionId: 's;2' }))
  driver.charge(request('initial', 0, asks(1)))
  uses(driver, 1, 1)
  t.match(driver.account!.buckets, [{ available: 1_020_000, reserved: 1_990_000 }])
  t.same(driver.wallet(), { available: EUR, reserved: 0 })
})

t.test(
  'a bucket of money that one service holds pays for no service that it is not for',
  async t => {
    const gift = {
      ...{ allowance: 'gift', services: ['internet'], money: '1.99', period: 'week' as const },
      'service-identifiers': [1]
    }
    const driver = openWith(['own'], 2 * EUR, of({ flat: '1.99' }, { allowances: [gift] }))
    driver.charge(request('initial', 0, asks(1, 2)))
    t.match(driver.account!.buckets, [{ available: 0, reserved: 1_990_000 }])
    uses(driver, 1, 2)
    t.match(driver.account!.buckets, [{ available: 1_990_000, reserved: 0 }], 'it is not needed')
    t.same(driver.wallet(), { available: 10_000, reserved: 0 })
    uses(driver, 2, 1)
    t.match(driver.account!.buckets, [{ available: 1_990_000, reserved: 0 }])
  }
)

t.test('a limit counts it once', async t => {
  const limit = { limit: 'cap', services: ['internet'], money: '2.00', period: 'day' } as const
  const driver = openWith(['own'], 10 * EUR, of({ flat: '1.99' }, { limits: [limit] }))
  driver.charge(request('initial', 0, asks(1, 2)))
  t.match(driver.account!.counters, [{ used: 0, reserved: 1_990_000 }])
  const second = uses(driver, 1, 2, { ask: { octets: MB } })
  t.match(driver.account!.counters, [{ used: 1_990_000, reserved: 0 }])
  t.match(second.units, [{ outcome: 'success', granted: { amount: MB } }])
})

const terms = fc.constantFrom(
  { price: '0.01', per: '1 MB', step: '300 kB', 'set-up': '0.05' },
  { flat: '0.20' },
  { package: { size: '2 MB', price: '0.03' } },
  { tiers: [{ 'up-to': '2 MB', price: '0.10' }, { price: '0.01' }], per: '1 MB', step: '100 kB' }
)

t.test(
  'in whatever order they are used, it costs what was reserved, of the same money',
  async t => {
    const octets = fc.integer({ min: 1, max: 4 * MB })
    fc.assert(
      fc.property(
        terms,
        fc.boolean(),
        fc.array(octets, { minLength: 2, maxLength: 4 }),
        fc.integer({ min: 0, max: 300_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.infiniteStream(fc.nat()),
        (price, over, wanted, funds, gift, shuffle) => {
          const allowance = {
            ...{ allowance: 'gift', services: ['internet'], period: 'week' as const },
            money: String((gift + 10_000) / EUR)
          }
          const catalogue = of(
            { ...price, ...(over ? { over: 'day' } : {}) },
            { allowances: [allowance] }
          )
          const ends = [false, true].map(mixed => {
            const driver = openWith(['own'], funds, catalogue)
            const asked = wanted.map((amount, id) => usage(id, { ask: { octets: amount } }))
            const { units } = driver.charge(request('initial', 0, asked))
            const { available } = driver.wallet()
            const left = driver.account!.buckets.map(bucket => bucket.available)
            const order = units.map((unit, id) => ({ id, amount: unit.granted?.amount ?? 0 }))
            if (mixed) order.sort(() => (shuffle.next().value % 2 === 0 ? 1 : -1))
            for (const [index, { id, amount }] of order.entries()) {
              const used = usage(id, { used: { octets: amount } })
              driver.charge(request('update', index + 1, [used]))
              t.ok(driver.wallet().available >= available, 'nothing that was not held')
              for (const [at, bucket] of driver.account!.buckets.entries()) {
                t.ok(bucket.available >= left[at]!)
              }
            }
            t.equal(driver.wallet().reserved, 0)
            return [driver.wallet(), driver.account!.buckets.map(bucket => bucket.available)]
          })
          t.same(ends[0], ends[1])
        }
      ),
      { numRuns: 150 }
    )
  }
)

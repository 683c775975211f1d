import t from 'tap'
import { VersionUnknown } from '../../src/domain/errors.ts'
import type { Catalogue, Catalogues, Price } from '../../src/rating/catalogue.ts'
import { catalogues as standard } from '../support/catalogue.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'

const megabyte = 1_000_000
const perUnit = (amount: number, setUp = 0): Price => ({
  model: 'per-unit',
  amount,
  per: megabyte,
  step: 100_000,
  minimum: 0,
  setUp
})

/** The catalogue of the tests under another version, with this price of data at home. */
function version(name: string, price: Price): Catalogue {
  const { current } = standard
  const renamed = (ref: string) => `${name}${ref.slice(ref.indexOf(':'))}`
  const offers = new Map(
    Array.from(current.offers, ([id, offer]) => [
      id,
      {
        ...offer,
        prices: offer.prices.map(rule => ({
          ...rule,
          ref: renamed(rule.ref),
          price: rule.ref.endsWith(':go/home') ? price : rule.price
        }))
      }
    ])
  )
  const rules = [...offers.values()].flatMap(offer => offer.prices)
  return {
    ...current,
    version: name,
    offers,
    rules: new Map(rules.map(rule => [rule.ref, rule]))
  }
}

/** An account on pay as you go with 10.00, and a switch between versions. */
function driverOf(...versions: readonly [Catalogue, ...Catalogue[]]) {
  const known = new Map(versions.map(each => [each.version, each]))
  let inForce: Catalogues = { current: versions[0], byVersion: known }
  const driver = new EngineDriver(() => inForce)
  driver.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: [{ msisdn: '4915100000001' }],
    offers: ['go'],
    topUp: 10_000_000
  })
  return {
    driver,
    use(current: Catalogue, byVersion: ReadonlyMap<string, Catalogue> = known, lost?: Set<string>) {
      inForce = { current, byVersion, ...(lost === undefined ? {} : { lost }) }
    }
  }
}

const ask = { ask: { octets: 10 * megabyte } }
const used = (megabytes: number) => ({ used: { octets: megabytes * megabyte } })

t.test(
  'usage is rated by the version of its grant, and the next grant by the one in force',
  async t => {
    const [old, next] = [
      version('aaaaaaaa0001', perUnit(10_000)),
      version('bbbbbbbb0002', perUnit(30_000))
    ]
    const { driver, use } = driverOf(old, next)
    driver.charge(request('initial', 0, [ask]))
    use(next)
    driver.charge(request('update', 1, [{ ...ask, ...used(10) }]))
    t.equal(driver.account?.wallet.available, 10_000_000 - 100_000 - 300_000)
    use(old)
    driver.charge(request('termination', 2, [used(12)]))
    t.equal(
      driver.account?.wallet.available,
      10_000_000 - 100_000 - 360_000,
      'also what is beyond it'
    )
    const [cdr] = driver.records.filter(record => record.kind === 'cdr')
    t.match(cdr, {
      parts: [
        { price: 'aaaaaaaa0001:go/home', units: 10 * megabyte, amount: 100_000 },
        { price: 'bbbbbbbb0002:go/home', units: 12 * megabyte, amount: 360_000 }
      ]
    })
  }
)

t.test('a version that leaves the price as it was takes no second set-up fee', async t => {
  const [old, next, dearer] = [
    version('aaaaaaaa0001', perUnit(10_000, 500_000)),
    version('bbbbbbbb0002', perUnit(10_000, 500_000)),
    version('cccccccc0003', perUnit(20_000, 500_000))
  ]
  const { driver, use } = driverOf(old, next, dearer)
  driver.charge(request('initial', 0, [ask]))
  use(next)
  driver.charge(request('update', 1, [{ ...ask, ...used(1) }]))
  driver.charge(request('update', 2, [{ ...ask, ...used(1) }]))
  t.equal(driver.account?.wallet.available, 10_000_000 - 500_000 - 20_000 - 100_000)
  t.match(driver.sessions.get('s;1')?.services[0]?.grant, { price: 'aaaaaaaa0001:go/home' })
  use(dearer)
  driver.charge(request('update', 3, [{ ...ask, ...used(1) }]))
  driver.charge(request('termination', 4, [used(1)]))
  t.equal(
    driver.account?.wallet.available,
    10_000_000 - 530_000 - 520_000,
    'another price is another count'
  )
})

t.test(
  'a version that is not loaded is named, and one that is lost fails the decision',
  async t => {
    const [old, next] = [
      version('aaaaaaaa0001', perUnit(10_000)),
      version('bbbbbbbb0002', perUnit(30_000))
    ]
    const { driver, use } = driverOf(old, next)
    driver.charge(request('initial', 0, [ask]))
    const update = request('update', 1, [{ ...ask, ...used(10) }])
    const alone = new Map([[next.version, next]])
    use(next, alone)
    try {
      driver.charge(update)
      t.fail('decided without the version')
    } catch (error) {
      t.type(error, VersionUnknown)
      t.match(error, { version: old.version })
    }
    use(next, alone, new Set([old.version]))
    t.throws(() => driver.charge(update), { code: 'GYRO_ASSERTION' })
    use(next)
    driver.charge(update)
    t.equal(driver.account?.wallet.available, 10_000_000 - 100_000 - 300_000)
  }
)

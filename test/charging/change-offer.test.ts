import fc from 'fast-check'
import t from 'tap'
import { accountHead, decodeAccount, encodeAccount } from '../../src/balance/documents/account.ts'
import { createEngine } from '../../src/charging/engine.ts'
import type { Account } from '../../src/domain/account.ts'
import type { Catalogues, ChangePolicy, Offer, Sale } from '../../src/rating/catalogue.ts'
import { catalogues as standard } from '../support/catalogue.ts'
import { DAY, EngineDriver, request, start } from '../support/engine-driver.ts'

const megabyte = 1_000_000
const euro = 1_000_000
const family = standard.current.offers.get('family') as Offer
const pack = standard.current.offers.get('pack') as Offer

/** As family, with other amounts and a fee for the month. */
function plan(id: string, fee: number, onChange: ChangePolicy, sale: Partial<Sale> = {}): Offer {
  const allowances = family.allowances.map(allowance => ({
    ...allowance,
    amount: allowance.id === 'pool' ? 50 * megabyte : 1_000
  }))
  const anybody = { from: null, until: null, requires: [], excludes: [] }
  return { ...family, id, fee, onChange, allowances, sale: { ...anybody, ...sale } }
}

function cataloguesWith(...offers: readonly Offer[]): Catalogues {
  const all = new Map([
    ...standard.current.offers,
    ...offers.map(offer => [offer.id, offer] as const)
  ])
  const current = { ...standard.current, offers: all }
  return { current, byVersion: new Map([[current.version, current]]) }
}

function open(catalogues: Catalogues, offers: readonly string[], topUp = 100 * euro): EngineDriver {
  const driver = new EngineDriver(catalogues)
  const lines = [{ msisdn: '4915100000001' }]
  const answer = driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers, topUp })
  if (answer.kind !== 'done') throw new Error(answer.detail)
  return driver
}

let keys = 0

function change(driver: EngineDriver, offer: string, replaces: string) {
  keys += 1
  const operation = { key: `change-${keys}`, digest: `${offer} ${replaces}` }
  return driver.submit({ kind: 'change-offer', accountId: 'a1', offer, replaces, operation })
}

const buckets = (driver: EngineDriver) =>
  driver.account?.buckets.map(({ offer, total, available, reserved }) => ({
    offer,
    total,
    available,
    reserved
  }))

const data = (type: 'initial' | 'update' | 'termination', number: number, used: number | null) =>
  request(type, number, [
    {
      ...(type === 'termination' ? {} : { ask: null }),
      ...(used === null ? {} : { used: { octets: used * megabyte } })
    }
  ])

t.test('the new allowance is less what was used of the old one, and sessions go on', async t => {
  const driver = open(cataloguesWith(plan('big', 0, 'carry')), ['family'])
  driver.charge(data('initial', 0, null))
  driver.charge(data('update', 1, 5))
  t.same(buckets(driver), [
    { offer: 'family', total: 20 * megabyte, available: 5 * megabyte, reserved: 10 * megabyte }
  ])
  t.same(change(driver, 'big', 'family'), { kind: 'done', repeated: false })
  t.match(driver.orders, [{ action: 'reauthorize', cause: 'subscription', sessionId: null }])
  t.same(buckets(driver), [
    { offer: 'family', total: 20 * megabyte, available: 0, reserved: 10 * megabyte },
    { offer: 'big', total: 50 * megabyte, available: 35 * megabyte, reserved: 0 }
  ])
  driver.charge(data('update', 2, 12))
  t.same(
    buckets(driver),
    [{ offer: 'big', total: 50 * megabyte, available: 23 * megabyte, reserved: 10 * megabyte }],
    'ten are of the old grant, two came beyond it'
  )
  driver.charge(data('termination', 3, 0))
  t.equal(driver.wallet().available, 100 * euro)
  const sum = driver
    .movements()
    .reduce((all, { unit, amount }) => all + (unit === 'octets' ? amount : 0), 0)
  const [left] = driver.account?.buckets ?? []
  t.equal(sum - 17 * megabyte, left?.available, 'given = used + left')
})

t.test('a reset gives all of it, and a share as much as the rest of the month is', async t => {
  const catalogues = cataloguesWith(plan('fresh', 0, 'reset'), plan('share', 0, 'prorate'))
  const driver = open(catalogues, ['family'])
  driver.charge(data('initial', 0, null))
  driver.charge(data('termination', 1, 10))
  change(driver, 'fresh', 'family')
  t.match(buckets(driver), [{ offer: 'fresh', available: 50 * megabyte }])
  const [bucket] = driver.account?.buckets ?? []
  const until = bucket?.validUntil ?? 0
  driver.now = start + (until - start) / 2
  change(driver, 'share', 'fresh')
  t.match(buckets(driver), [{ offer: 'share', total: 25 * megabyte, available: 25 * megabyte }])
  driver.now = until
  driver.charge({ ...data('initial', 0, null), sessionId: 's;2' })
  t.match(buckets(driver), [{ offer: 'share', total: 50 * megabyte, available: 40 * megabyte }])
})

t.test(
  'each line takes over what it has used when it is next looked at, through two changes',
  async t => {
    const catalogues = cataloguesWith(plan('b', 0, 'carry'), plan('c', 0, 'carry'))
    const driver = open(catalogues, ['family'])
    const call = (type: 'initial' | 'termination', number: number, seconds: number | null) =>
      request(
        type,
        number,
        [
          {
            ratingGroup: 100,
            ...(seconds === null ? { ask: null } : { used: { seconds } })
          }
        ],
        { context: '32260', sessionId: 'call;1', facts: { calledParty: 'tel:+49301234567' } }
      )
    driver.charge(call('initial', 0, null))
    driver.charge(call('termination', 1, 100))
    const minutes = () => driver.lines.get(driver.lineId)?.buckets
    t.match(minutes(), [{ offer: 'family', available: 500 }])
    driver.now += DAY
    change(driver, 'b', 'family')
    driver.now += DAY
    change(driver, 'c', 'b')
    t.match(minutes(), [{ offer: 'family', available: 500 }], 'nobody has looked at the line')
    driver.charge({ ...call('initial', 2, null), sessionId: 'call;2' })
    t.match(minutes(), [{ offer: 'c', total: 1_000, available: 840, reserved: 60 }])
    t.equal(minutes()?.length, 1)
    const stored = driver.account as Account
    t.same(decodeAccount(encodeAccount(stored, accountHead(stored, null))), stored)
  }
)

t.test('the fee is given back and taken for the rest of the month, by the second', async t => {
  const catalogues = cataloguesWith(plan('a', 30 * euro, 'carry'), plan('b', 60 * euro, 'carry'))
  const driver = open(catalogues, ['a'])
  t.equal(driver.wallet().available, 70 * euro)
  const [bucket] = driver.account?.buckets ?? []
  const until = bucket?.validUntil ?? 0
  driver.now = start + (until - start) / 4
  change(driver, 'b', 'a')
  t.equal(driver.wallet().available, 70 * euro + 22.5 * euro - 45 * euro)
  t.match(driver.movements().slice(-4), [
    { type: 'fee', amount: 22.5 * euro },
    { type: 'fee', amount: -45 * euro },
    { type: 'expiry' },
    { type: 'allowance' }
  ])
  const poor = open(catalogues, ['a'], 31 * euro)
  poor.now = start + 1_000
  const before = poor.account
  t.match(change(poor, 'b', 'a'), { kind: 'refused', reason: 'funds-insufficient' })
  t.equal(poor.account, before, 'and nothing has changed')
})

t.test('who changes plans to and fro never pays less than each second costs', async () => {
  const fees = [7 * euro, 30 * euro, 59_990_001]
  const plans = fees.map((fee, index) => plan(`plan-${index}`, fee, 'carry'))
  const catalogues = cataloguesWith(...plans)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(2), fc.nat(8 * DAY)), { minLength: 1, maxLength: 12 }),
      steps => {
        const driver = open(catalogues, ['plan-0'], 10_000 * euro)
        const [bucket] = driver.account?.buckets ?? []
        const until = bucket?.validUntil ?? 0
        const whole = BigInt(until - start)
        let present = 0
        let costTimesWhole = 0n
        let at = start
        let changes = 0
        for (const [index, wait] of steps) {
          const next = Math.min(at + wait, until - 1)
          costTimesWhole += BigInt(fees[present] ?? 0) * BigInt(next - at)
          at = next
          driver.now = at
          if (index === present) continue
          change(driver, `plan-${index}`, `plan-${present}`)
          present = index
          changes += 1
        }
        costTimesWhole += BigInt(fees[present] ?? 0) * BigInt(until - at)
        const paid = BigInt(10_000 * euro - driver.wallet().available)
        const second = BigInt(Math.ceil((60 * euro) / ((until - start) / 1_000))) + 1n
        return (
          driver.wallet().available === driver.funded() &&
          paid * whole >= costTimesWhole &&
          paid * whole <= costTimesWhole + whole * second * 3n * BigInt(changes + 1)
        )
      }
    )
  )
})

t.test('who may have what beside what', async t => {
  const until = start + DAY
  const catalogues = cataloguesWith(
    plan('a', 0, 'carry'),
    plan('b', 0, 'carry', { from: until }),
    plan('gone', 0, 'carry', { until: start }),
    {
      ...pack,
      id: 'extra',
      fee: 0,
      sale: { from: null, until: null, requires: ['a'], excludes: ['pack'] }
    }
  )
  const driver = open(catalogues, ['extra', 'a'])
  const refused = (answer: object, detail: RegExp, reason = 'offer-conflict') =>
    t.match(answer, { kind: 'refused', reason, detail })
  const buy = (offer: string) =>
    driver.submit({ kind: 'subscribe', accountId: 'a1', offer, operation: null })
  refused(buy('pack'), /pack and extra exclude each other/)
  refused(change(driver, 'b', 'a'), /b is sold from 2026-11-22T12:00:00.000Z on/)
  refused(change(driver, 'gone', 'a'), /gone was sold until/)
  driver.now = until
  refused(change(driver, 'b', 'a'), /extra is only for accounts with a/)
  refused(change(driver, 'a', 'a'), /has a already/)
  refused(change(driver, 'pack', 'a'), /a is a base offer and pack a addon offer/)
  refused(change(driver, 'b', 'family'), /no subscription family/, 'subscription-unknown')
  refused(change(driver, 'nothing', 'a'), /no offer "nothing"/, 'offer-unknown')
  const [base, extra] = ['a', 'extra'].map(
    offer => driver.account?.subscriptions.find(each => each.offer === offer)?.id ?? ''
  )
  const leave = (subscription = '') =>
    driver.submit({ kind: 'unsubscribe', accountId: 'a1', subscription })
  refused(leave(base), /extra is only for accounts with a/)
  t.equal(leave(extra).kind, 'done')
  refused(leave(extra), /no subscription/, 'subscription-unknown')
  t.match(driver.account?.buckets, [{ offer: 'a' }])
  t.equal(change(driver, 'b', 'a').kind, 'done')
  const only = new EngineDriver(catalogues)
  const lines = [{ msisdn: '4915100000001' }]
  const alone = {
    kind: 'open-account',
    accountId: 'a1',
    lines,
    offers: ['extra'],
    topUp: 0
  } as const
  refused(only.submit(alone), /extra is only for accounts with a/)
})

t.test('looking at a line in between changes nothing', async t => {
  const catalogues = cataloguesWith(plan('b', 0, 'carry'))
  const driver = open(catalogues, ['family'])
  change(driver, 'b', 'family')
  const { present } = createEngine(() => catalogues)
  const account = driver.account as Account
  const once = present(account, [...driver.lines.values()], start + 40 * DAY)
  const between = present(account, [...driver.lines.values()], start + DAY)
  const twice = present(between.account, between.lines, start + 40 * DAY)
  t.same(twice.lines, once.lines)
  t.same(twice.account.buckets, once.account.buckets)
})

/** Amounts at the end of what can be counted: whatever a client reports or asks for, the answer is a value. */
import fc from 'fast-check'
import t from 'tap'
import type { ChargingRequest, RequestedAction, RequestType } from '../../src/domain/request.ts'
import { unitsMax } from '../../src/domain/units.ts'
import { banded } from '../support/banded-catalogue.ts'
import { catalogue } from '../support/catalogue.ts'
import { EngineDriver, HOUR, request, type UsageTemplate } from '../support/engine-driver.ts'

t.test('reports of a session that add up to more than 2^53-1 are refused, unsettled', async t => {
  const driver = EngineDriver.open(['go'], 50_000_000)
  const half = { octets: 2 ** 52 }
  driver.charge(request('initial', 0, [{ ratingGroup: 20, ask: null }]))
  const first = driver.charge(request('update', 1, [{ ratingGroup: 20, used: half, ask: null }]))
  t.equal(first.outcome, 'success')
  const { account, sessions } = driver
  const before = sessions.get('s;1')
  const second = driver.charge(request('update', 2, [{ ratingGroup: 20, used: half, ask: null }]))
  t.equal(second.outcome, 'invalid-value')
  t.equal(driver.account, account)
  t.equal(driver.sessions.get('s;1'), before)
  const last = driver.charge(request('termination', 3, [{ ratingGroup: 20, used: { octets: 5 } }]))
  t.equal(last.outcome, 'success')
  const cdr = driver.records.find(record => record.kind === 'cdr')
  t.match(cdr, { octets: 2 ** 52 + 5 })
})

t.test('so are those of two services whose CDR could not say their sum', async t => {
  const driver = EngineDriver.open(['go'], 50_000_000)
  const of = (ratingGroup: number, octets: number): UsageTemplate => ({
    ratingGroup,
    used: { octets }
  })
  driver.charge(request('initial', 0, [{ ratingGroup: 20, ask: null }]))
  const both = [of(20, 2 ** 52), { ...of(20, 2 ** 52), serviceIdentifiers: [7] }]
  t.equal(driver.charge(request('update', 1, both)).outcome, 'invalid-value')
  t.equal(driver.charge(request('update', 1, [of(20, 2 ** 52)])).outcome, 'success')
  driver.now += 30 * 24 * HOUR
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.equal(driver.sessions.size, 0)
})

t.test('what money cannot be counted is refused, unsettled', async t => {
  const driver = EngineDriver.open(['go'], 50_000_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  const dear = request('update', 1, [{ used: { octets: unitsMax } }], {
    facts: { plmn: '31026' }
  })
  driver.charge(dear)
  const { account } = driver
  const before = driver.sessions.get('s;1')
  const two = [{ used: { octets: 1 } }, { ratingGroup: 11, used: { octets: unitsMax } }]
  const again = driver.charge(request('update', 2, two, { facts: { plmn: '31026' } }))
  t.equal(again.outcome, 'invalid-value')
  t.equal(driver.account, account, 'nor is the octet that could be counted')
  t.equal(driver.sessions.get('s;1'), before)
})

t.test('a rate that is beyond counting gets the largest grant', async t => {
  const driver = EngineDriver.open(['go'], 50_000_000)
  driver.charge(request('initial', 0, [{ ratingGroup: 20, ask: null }]))
  driver.now += 61_000
  const used = { octets: unitsMax - 10 }
  const answer = driver.charge(request('update', 1, [{ ratingGroup: 20, used, ask: null }]))
  t.equal(answer.outcome, 'success')
})

t.test('money beyond what a wallet with its reservations can hold is not credited', async t => {
  const driver = EngineDriver.open(['go'], 50_000_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  const reserved = driver.account?.wallet.reserved ?? 0
  t.ok(reserved > 0)
  const amount = unitsMax - 50_000_000 + 1
  const topUp = (amount: number) =>
    driver.submit({
      kind: 'top-up',
      accountId: 'a1',
      amount,
      operation: { key: `k${amount}`, digest: '' }
    })
  t.equal(topUp(amount).kind, 'refused')
  t.equal(topUp(amount - 1).kind, 'done')
  t.equal(driver.charge(request('termination', 1, [])).outcome, 'success')
})

const huge = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 32, 2 ** 50, 2 ** 52, unitsMax - 1, unitsMax),
  fc.nat(100).map(n => unitsMax - n),
  fc.maxSafeInteger().map(Math.abs)
)
const units = fc.record(
  {
    octets: huge,
    inputOctets: huge,
    outputOctets: huge,
    seconds: fc.constantFrom(0, 1, 2 ** 32 - 1),
    messages: huge,
    money: fc.record({ amount: huge, currency: fc.constantFrom(null, 'EUR', 'USD') })
  },
  { requiredKeys: [] }
)
/** As the front-ends hand it on: zero is no amount, and of the octets some are from the user. */
const ask = units.map(({ inputOctets: _, outputOctets: __, money, ...asked }) => {
  const octets = asked.octets || null
  return {
    octets,
    seconds: asked.seconds || null,
    messages: asked.messages || null,
    ...(money !== undefined && money.amount > 0 ? { money } : {}),
    ...(octets !== null && octets % 2 === 0 ? { inputOctets: octets / 2 } : {})
  }
})
const usage: fc.Arbitrary<UsageTemplate> = fc.record(
  {
    ratingGroup: fc.constantFrom(null, 10, 20, 100, 200),
    serviceIdentifiers: fc.constantFrom([], [1]),
    ask: fc.option(ask),
    used: units
  },
  { requiredKeys: ['ratingGroup'] }
)
const step = fc.record({
  type: fc.constantFrom<RequestType>('initial', 'update', 'update', 'termination', 'event'),
  session: fc.constantFrom('a', 'b'),
  context: fc.constantFrom('32251', '32260', '32274'),
  plmn: fc.constantFrom('26201', '20801', '31026'),
  usages: fc.array(usage, { maxLength: 3 }),
  action: fc.constantFrom<RequestedAction>(
    'direct-debiting',
    'refund',
    'check-balance',
    'price-enquiry'
  ),
  side: fc.option(fc.constantFrom('after', 'straddling')),
  hours: fc.constantFrom(0, 0, 0, 1, 5, 30)
})

t.test(
  'whatever the volumes, prices and sums are, an answer is a value, all is integers, and all is closed',
  async t => {
    const bases = [...catalogue.offers.values()].filter(({ kind }) => kind === 'base')
    const offers = fc.constantFrom(...bases.map(({ id }) => id))
    for (const current of [catalogue, banded]) {
      const byVersion = new Map([[current.version, current]])
      fc.assert(
        fc.property(offers, huge, fc.array(step, { maxLength: 12 }), (offer, topUp, steps) => {
          const driver = new EngineDriver({ current, byVersion })
          driver.submit({
            kind: 'open-account',
            accountId: 'a1',
            lines: [{ msisdn: '4915100000001' }],
            offers: [offer],
            topUp
          })
          for (const [number, each] of steps.entries()) {
            driver.now += each.hours * HOUR
            checkIntegers(driver.charge(toRequest(each, number)))
          }
          checkIntegers([driver.account, ...driver.sessions.values(), driver.records])
          driver.now += 60 * 24 * HOUR
          driver.submit({ kind: 'sweep', accountId: 'a1' })
          return driver.account === null || driver.account.wallet.reserved === 0
        }),
        { numRuns: 1_500 }
      )
    }
    t.pass('for all of them')
  }
)

/** Every number in it, however deep, is an integer that is exact. */
function checkIntegers(value: unknown): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new Error(`${value} is no integer`)
  }
  if (typeof value !== 'object' || value === null) return
  for (const member of Object.values(value)) checkIntegers(member)
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function toRequest({ type, session, context, plmn, usages, action, side }: Step, number: number) {
  const made = request(type, number, usages, {
    sessionId: session,
    context,
    advice: true,
    facts: { plmn, calledParty: '+4915112345678' }
  })
  const sided: ChargingRequest['usages'] = made.usages.map(each =>
    side === null || each.used === null ? each : { ...each, [side]: each.used }
  )
  const event = { action, correlation: null, original: null }
  return { ...made, usages: sided, ...(type === 'event' ? { event } : {}) }
}

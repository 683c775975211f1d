import t from 'tap'
import type { ChargingAnswer } from '../../src/domain/answer.ts'
import type { NetworkFacts } from '../../src/domain/facts.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { callerId } from '../../src/domain/subscriber.ts'
import type { Catalogues, Price } from '../../src/rating/catalogue.ts'
import { catalogue as standard } from '../support/catalogue.ts'
import {
  profile as defaults,
  EngineDriver,
  request,
  type UsageTemplate
} from '../support/engine-driver.ts'

/** Rating group 20 is listed as free at home. */
const catalogue = {
  ...standard,
  free: [
    {
      service: 'free-internet',
      match: { legs: null, zones: new Set(['home']), destinations: null }
    }
  ]
}
const catalogues: Catalogues = {
  current: catalogue,
  byVersion: new Map([[catalogue.version, catalogue]])
}

function driver(offers: string[], topUp: number): EngineDriver {
  const made = new EngineDriver(catalogues)
  made.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: [{ msisdn: '4915100000001' }],
    offers,
    topUp
  })
  return made
}

const dialled = (number: string): NetworkFacts => ({ plmn: '26201', calledParty: `tel:${number}` })

function voice(
  type: ChargingRequest['type'],
  number: number,
  usage: UsageTemplate,
  facts = dialled('112')
): ChargingRequest {
  return request(type, number, [{ ratingGroup: 100, ...usage }], { context: '32260', facts })
}

const outcomes = (answer: ChargingAnswer) => answer.units.map(({ outcome }) => outcome)

t.test('a listed free service is granted at any balance, also to who is blocked', async t => {
  const empty = driver(['go'], 0)
  const first = empty.charge(request('initial', 0, [{ ratingGroup: 20, ask: null }]))
  t.match(first.units, [{ outcome: 'success', granted: { amount: 10_000_000 } }])
  const used = { octets: 5_000_000 }
  empty.charge(request('termination', 1, [{ ratingGroup: 20, used }]))
  t.match(empty.cdrs(), [
    { amount: 0, flags: [], parts: [{ price: 'free', units: 5_000_000, amount: 0 }] }
  ])
  const blocked = driver(['iot'], 0)
  blocked.submit({ kind: 'block', accountId: 'a1', reason: 'test' })
  t.same(
    outcomes(blocked.charge(request('initial', 0, [{ ratingGroup: 20, ask: null }]))),
    ['success'],
    'although the offer does not have it'
  )
})

t.test('it is free only where it is listed, and draws no allowance', async t => {
  const abroad = driver(['iot'], 0)
  const asks = [{ ratingGroup: 20, ask: null }]
  const away = abroad.charge(request('initial', 0, asks, { facts: { plmn: '310410' } }))
  t.same(outcomes(away), ['rating-failed'])
  abroad.charge(request('update', 1, asks))
  t.equal(abroad.account?.buckets[0]?.reserved, 0)
})

t.test('a CDR of an emergency says so', async t => {
  const known = driver(['go'], 0)
  known.charge(voice('initial', 0, { ask: null }))
  known.charge(voice('termination', 1, { used: { seconds: 30 } }))
  t.match(known.cdrs(), [{ amount: 0, flags: ['emergency'], accountId: 'a1' }])
})

t.test('what is free reserves nothing and draws nothing, whatever the offer says', async t => {
  const sold = { ...standard.offers.get('family')! }
  const [allowance] = sold.allowances
  const everything = { legs: null, zones: null, destinations: null }
  const dear: Price = { model: 'per-unit', amount: 1_000, per: 1, step: 1, minimum: 0, setUp: 9 }
  for (const price of [dear, { model: 'blocked' } as const]) {
    const ref = `${standard.version}:family/free`
    const rule = { ref, service: 'free-internet', match: everything, price }
    const pool = { ...allowance!, services: new Set(['free-internet']), match: everything }
    const offer = { ...sold, allowances: [pool, ...sold.allowances], prices: [rule] }
    const current = {
      ...catalogue,
      offers: new Map([['family', offer]]),
      rules: new Map([[ref, rule]])
    }
    const made = new EngineDriver({ current, byVersion: new Map() })
    const lines = [{ msisdn: '4915100000001' }]
    made.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['family'], topUp: 5 })
    made.charge(request('initial', 0, [{ ratingGroup: 20, ask: null }]))
    const call = { sessionId: 'call' }
    made.charge({ ...voice('initial', 0, { ask: null }), ...call })
    t.same(made.wallet(), { available: 5, reserved: 0 })
    const held = () => [...made.account!.buckets, ...made.lines.get(lines[0]!.msisdn)!.buckets]
    t.ok(held().every(({ available, total }) => available === total))
    const used = { octets: 50_000_000 }
    made.charge(request('termination', 1, [{ ratingGroup: 20, used }]))
    made.charge({ ...voice('termination', 1, { used: { seconds: 900 } }, {}), ...call })
    t.match(made.cdrs(), [
      { amount: 0, parts: [{ price: 'free', units: 50_000_000 }] },
      { amount: 0, parts: [{ price: 'emergency', units: 900 }] }
    ])
    t.ok(
      held().every(({ available, total }) => available === total),
      'also beyond the grant'
    )
    t.equal(made.wallet().available, 5)
  }
})

function stranger(subscribers = request('initial', 0).subscribers): EngineDriver {
  const made = new EngineDriver(catalogues)
  made.lineId = callerId(subscribers)
  return made
}

t.test('the technical account of strangers comes into being with an emergency', async t => {
  const calls = stranger([
    { type: 'msisdn', value: '4915100000001' },
    { type: 'imsi', value: '26201' }
  ])
  const begun = calls.charge(voice('initial', 0, { ask: null }))
  t.match(begun.units, [{ outcome: 'success', granted: { unit: 'seconds', amount: 60 } }])
  t.match(calls.account, { id: 'emergency', openSessions: 1, wallet: { available: 0 } })
  t.equal(calls.lines.size, 0, 'and has no lines')
  const more = voice('update', 1, { ask: null, used: { seconds: 60 } }, { plmn: '26201' })
  t.same(outcomes(calls.charge(more)), ['success'], 'later requests need not name the number')
  calls.charge(voice('termination', 2, { used: { seconds: 5 } }, {}))
  t.match(calls.cdrs(), [
    {
      accountId: 'emergency',
      msisdn: '4915100000001',
      imsi: '26201',
      amount: 0,
      seconds: 65,
      flags: ['emergency']
    }
  ])
  t.match(calls.account, { openSessions: 0, wallet: { available: 0, reserved: 0 } })
})

t.test('an abandoned call of a stranger is closed like any session', async t => {
  const calls = stranger([])
  calls.charge(voice('initial', 0, { ask: null }))
  calls.now += 3 * 3_600_000
  calls.submit({ kind: 'sweep', accountId: 'emergency' })
  const said = { msisdn: null, imsi: null, cause: 'abnormalRelease', parts: [] }
  t.match(calls.cdrs(), [{ ...said, flags: ['emergency'] }], 'also where nothing was used')
})

t.test('an emergency whose beginning is not known here is not cut off', async t => {
  for (const calls of [stranger(), driver(['go'], 0)]) {
    const update = calls.charge(voice('update', 3, { ask: null, used: { seconds: 60 } }))
    t.equal(update.outcome, 'success')
    t.match(update.units, [{ granted: { amount: 60 } }])
    calls.charge(voice('termination', 4, { used: { seconds: 5 } }))
    t.match(calls.cdrs(), [{ seconds: 65, amount: 0 }])
  }
  const late = driver(['go'], 0)
  const end = late.charge(voice('termination', 4, { used: { seconds: 5 } }))
  t.equal(end.outcome, 'success')
  t.match(late.cdrs(), [{ seconds: 5, amount: 0, flags: ['no-session', 'emergency'] }])
})

t.test("an emergency in the peer's default rating group is one", async t => {
  const profile = { ...defaults, ratingGroup: 100 }
  const facts = dialled('112')
  for (const usages of [[{ ratingGroup: null, ask: null }], []]) {
    const calls = stranger()
    const call = request('initial', 0, usages, { context: 'calls@vendor.example', facts, profile })
    t.ok(calls.engine.isEmergency(call))
    t.equal(calls.charge(call).outcome, 'success')
    t.equal(calls.sessions.size, 1)
  }
  const data = request('initial', 0, [], { facts })
  t.notOk(stranger().engine.isEmergency(data))
})

t.test('nobody can open the technical account', async t => {
  const made = new EngineDriver(catalogues)
  const answer = made.submit({
    kind: 'open-account',
    accountId: 'emergency',
    lines: [],
    offers: ['go'],
    topUp: 0
  })
  t.match(answer, { kind: 'refused', reason: 'account-exists' })
})

t.test('without accounts, what is free for everybody is granted as they would be', async t => {
  const { engine } = driver(['go'], 0)
  const free = request('initial', 0, [{ ratingGroup: 20, ask: null }])
  const alone = engine.standIn(free, null)
  t.equal(alone?.whole, true)
  t.same(alone?.answer, driver(['go'], 0).charge(free))
  const call = voice('initial', 0, { ask: null })
  t.same(engine.standIn(call, null)?.answer, driver(['go'], 0).charge(call))
  t.equal(engine.standIn(voice('initial', 0, { ask: null }, dialled('4930')), null), null)
  t.equal(engine.standIn(request('initial', 0, [{ ask: null }]), null), null)
  t.equal(engine.standIn(request('initial', 0, []), null), null)
})

t.test('the number is remembered of an earlier request', async t => {
  const { engine } = driver(['go'], 0)
  const update = voice('update', 1, { ask: null, used: { seconds: 9 } }, { rat: 6 })
  t.equal(engine.standIn(update, null), null)
  const alone = engine.standIn(update, dialled('110'))
  t.match(alone?.answer.units, [{ outcome: 'success', granted: { amount: 60 } }])
  t.same(alone?.request.facts, { plmn: '26201', calledParty: 'tel:110', rat: 6 })
  const end = request('termination', 2, [], { context: '32260', facts: {} })
  t.match(engine.standIn(end, dialled('110'))?.answer, { outcome: 'success', units: [] })
})

t.test('with others in one request the free ones are granted and the others denied', async t => {
  const { engine } = driver(['go'], 0)
  const update = request('update', 1, [
    { ratingGroup: 10, ask: null, used: { octets: 7 } },
    { ratingGroup: 20, ask: null },
    { ratingGroup: 11, used: { octets: 8 } }
  ])
  const alone = engine.standIn(update, null)
  t.equal(alone?.whole, false)
  t.equal(alone?.answer.outcome, 'success')
  t.same(alone && outcomes(alone.answer), ['service-denied', 'success', 'success'])
  t.match(alone?.answer.units, [{ granted: null }, { granted: {} }, { granted: null }])
  t.same(
    alone?.request.usages.map(({ requested, used }) => [requested !== null, used?.octets]),
    [
      [false, 7],
      [true, undefined],
      [false, 8]
    ],
    'what is charged later asks for what was granted'
  )
})

t.test('an event is granted whole or not at all', async t => {
  const { engine } = driver(['go'], 0)
  const message = (facts: NetworkFacts) =>
    request('event', 0, [{ ratingGroup: 200, ask: { messages: 2 } }], { context: '32274', facts })
  const alone = engine.standIn(message(dialled('112')), null)
  t.same(alone?.answer, driver(['go'], 0).charge(message(dialled('112'))))
  t.equal(engine.standIn(message(dialled('4930')), null), null)
  const both = request('event', 0, [{ ask: null }, { ratingGroup: 20, ask: null }])
  t.equal(engine.standIn(both, null), null)
})

t.test('a request that waited is decided as of its arrival', async t => {
  const pack = driver(['go'], 10_000_000)
  pack.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
  const arrived = pack.now + 29 * 86_400_000
  pack.now += 40 * 86_400_000
  const used = { octets: 1_000_000 }
  pack.charge(request('termination', 1, [{ used }], { receivedAt: arrived }))
  t.match(pack.cdrs(), [{ amount: 0, endedAt: arrived, parts: [{ units: 1_000_000 }] }])
  const future = pack.now + 1_000
  pack.charge(request('termination', 1, [{ used }], { sessionId: 's;2', receivedAt: future }))
  t.match(pack.cdrs().at(-1), { amount: 10_000, endedAt: pack.now }, 'never as of a later instant')
})

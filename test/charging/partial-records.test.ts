/** CDRs that are cut while their session goes on: a chain without a gap that says what a single CDR would have said. */
import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { decodeSession, encodeSession, sessionHead } from '../../src/balance/documents/session.ts'
import { rerateSession } from '../../src/charging/rerate/rerate.ts'
import { type CdrRecord, isPartial } from '../../src/domain/record.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { unitsMax } from '../../src/domain/units.ts'
import type { Catalogue, Offer, PriceRule } from '../../src/rating/catalogue.ts'
import type { PartialRecords } from '../../src/rating/partial-records.ts'
import { banded, nightfall } from '../support/banded-catalogue.ts'
import { EngineDriver, HOUR, request, type UsageTemplate } from '../support/engine-driver.ts'

const MB = 1_000_000
const minute = 60_000

const tiers = {
  model: 'graduated',
  per: MB,
  step: 100_000,
  minimum: 200_000,
  setUp: 50_000,
  tiers: [
    { upTo: 5 * MB, amount: 10_000 },
    { upTo: unitsMax, amount: 5_000 }
  ]
} as const
const overDay = { period: 'day', timeZone: 'Europe/Berlin', by: 'line' } as const
const prices: Readonly<Record<string, PriceRule['price']>> = {
  home: tiers,
  world: { ...tiers, over: overDay }
}

/** Tiers with a set-up at home by day, and abroad in tiers that count over the day; `factor` on both. */
function priced(version: string, factor: number, partialRecords?: PartialRecords[]): Catalogue {
  const go = banded.offers.get('go')!
  const rules = go.prices.map((rule): PriceRule => {
    const { price = rule.price } = { price: prices[rule.ref.slice(rule.ref.indexOf('/') + 1)] }
    const ref = `${version}${rule.ref.slice(rule.ref.indexOf(':'))}`
    if (price.model !== 'graduated') return { ...rule, ref, price }
    const dearer = price.tiers.map(tier => ({ ...tier, amount: tier.amount * factor }))
    return { ...rule, ref, price: { ...price, setUp: price.setUp * factor, tiers: dearer } }
  })
  const offer: Offer = { ...go, prices: rules }
  return {
    ...banded,
    version,
    offers: new Map([...banded.offers, ['go', offer]]),
    rules: new Map(rules.map(rule => [rule.ref, rule])),
    ...(partialRecords === undefined ? {} : { partialRecords })
  }
}
const whole = priced('c0ffee00', 1)
const known = { current: whole, byVersion: new Map([[whole.version, whole]]) }

function open(partialRecords?: PartialRecords[], offers = ['go'], topUp = 100 * MB): EngineDriver {
  const catalogue = partialRecords === undefined ? whole : { ...whole, partialRecords }
  const driver = new EngineDriver({ current: catalogue, byVersion: new Map() })
  driver.now = nightfall - 20 * minute
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers, topUp })
  return driver
}

/** Charges, and goes on with the session documents as a store would give them back. */
function charge(driver: EngineDriver, made: ChargingRequest): unknown {
  const answer = driver.charge(made)
  for (const [id, session] of driver.sessions) {
    const stored = decodeSession(encodeSession(session, sessionHead(session, undefined)))
    deepStrictEqual(stored, session)
    driver.sessions.set(id, stored)
  }
  return answer
}

const step = fc.record({
  type: fc.constantFrom('update', 'update', 'update', 'update', 'update', 'termination'),
  session: fc.integer({ min: 1, max: 2 }),
  groups: fc.uniqueArray(fc.constantFrom(10, 10, 11, 20, 100, 99), { minLength: 1, maxLength: 3 }),
  used: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4 * MB })),
  asks: fc.constantFrom(true, true, true, false),
  plmn: fc.constantFrom(undefined, '26201', '26201', '310410'),
  rat: fc.constantFrom(undefined, 6, 10),
  wait: fc.constantFrom(0, 1_000, 1_000, minute, minute, 10 * minute, HOUR, 3 * HOUR)
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const policy = fc.record(
  {
    time: fc.constantFrom(1_000, 5 * minute, HOUR),
    volume: fc.integer({ min: 1, max: 20 * MB }),
    parts: fc.integer({ min: 1, max: 6 }),
    changes: fc
      .uniqueArray(fc.constantFrom('plmn', 'rat', 'time-zone', 'tariff'))
      .map(changes => new Set(changes))
  },
  { requiredKeys: ['changes'] }
) as fc.Arbitrary<PartialRecords>

function requestOf(number: number, step: Step): ChargingRequest {
  const usages = step.groups.map((ratingGroup): UsageTemplate => {
    const unit = ratingGroup === 100 ? 'seconds' : 'octets'
    const amount = ratingGroup === 100 ? Math.ceil(step.used / 20_000) : step.used
    return {
      ratingGroup,
      ...(step.asks ? { ask: null } : {}),
      ...(amount === 0 ? {} : { used: { [unit]: amount, inputOctets: amount >> 1 } })
    }
  })
  const facts = {
    ...(step.plmn === undefined ? {} : { plmn: step.plmn }),
    ...(step.rat === undefined ? {} : { rat: step.rat })
  }
  const type = step.type === 'termination' ? 'termination' : 'update'
  return { ...request(type, number, usages, { facts }), sessionId: `s;${step.session}` }
}

interface Lived {
  readonly driver: EngineDriver
  readonly answers: readonly unknown[]
}

function live(steps: readonly Step[], funds: number, pack: boolean, cut?: PartialRecords): Lived {
  const offers = pack ? ['go', 'pack'] : ['go']
  const driver = open(cut === undefined ? undefined : [cut], offers, funds)
  const answers = steps.map((each, number) => {
    driver.now += each.wait
    const made = requestOf(number, each)
    const opens = each.asks && made.type === 'update' && !driver.sessions.has(made.sessionId)
    return charge(driver, opens ? { ...made, type: 'initial' } : made)
  })
  driver.now += 100_000_000
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  return { driver, answers }
}

/** What CDRs say in all: by session, service, price and bucket. */
function sumsOf(cdrs: readonly CdrRecord[]): ReadonlyMap<string, number[]> {
  const sums = new Map<string, number[]>()
  const count = (key: unknown[], values: number[]): void => {
    if (values.every(value => value === 0)) return
    const name = JSON.stringify(key)
    sums.set(
      name,
      values.map((value, index) => value + (sums.get(name)?.[index] ?? 0))
    )
  }
  for (const cdr of cdrs) {
    const { sessionId, startedAt, parts, services } = cdr
    count([sessionId, startedAt], [cdr.amount, ...totalsOf(cdr)])
    for (const { ratingGroup, price, bucket, zone, unit, period, suspense, ...rest } of parts) {
      const key = [sessionId, startedAt, ratingGroup, price, bucket, zone, unit, period, suspense]
      count(key, [rest.units, rest.amount])
    }
    // Of one service the totals of the record tell.
    const [first] = parts
    const one = first === undefined ? [] : [{ ...cdr, ratingGroup: first.ratingGroup }]
    for (const service of services ?? one) {
      count([sessionId, startedAt, 'service', service.ratingGroup], totalsOf(service))
    }
  }
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}

type Totals = Pick<CdrRecord, 'octets' | 'inputOctets' | 'outputOctets' | 'seconds' | 'messages'>

function totalsOf({ octets, inputOctets, outputOctets, seconds, messages }: Totals): number[] {
  return [octets, inputOctets, outputOctets, seconds, messages]
}

/** Records of one session id and start, in their order. */
function chainsOf(cdrs: readonly CdrRecord[]): CdrRecord[][] {
  const chains = new Map<string, CdrRecord[]>()
  for (const cdr of cdrs) {
    const key = `${cdr.sessionId} ${cdr.startedAt}`
    chains.set(key, [...(chains.get(key) ?? []), cdr])
  }
  return [...chains.values()]
}

/** Throws when a chain has a gap, or does not end with a cause of its end. */
function checkChain(chain: readonly CdrRecord[], policy: PartialRecords): void {
  const own = chain.filter(({ flags }) => !flags.includes('late') && !flags.includes('no-session'))
  for (const [index, cdr] of own.entries()) {
    const before = own[index - 1]
    deepStrictEqual(cdr.openedAt, before?.endedAt, 'where the one before it ended')
    deepStrictEqual(isPartial(cdr.cause), index < own.length - 1, cdr.cause)
    if (before !== undefined) deepStrictEqual(cdr.number, before.number + 1)
    if (cdr.cause === 'maxChangeCond') deepStrictEqual(cdr.parts.length >= policy.parts!, true)
  }
}

const history = [
  fc.array(step, { minLength: 4, maxLength: 24 }),
  fc.integer({ min: 2 * MB, max: 60 * MB }),
  fc.boolean(),
  policy
] as const

t.test(
  'however a session is cut, answers, money and the sums of its CDRs are the same',
  async t => {
    const causes = new Map<string, number>()
    fc.assert(
      fc.property(...history, (steps, funds, pack, policy) => {
        const one = live(steps, funds, pack)
        const cut = live(steps, funds, pack, policy)
        deepStrictEqual(cut.answers, one.answers)
        deepStrictEqual(cut.driver.wallet(), one.driver.wallet())
        const cdrs = cut.driver.cdrs()
        deepStrictEqual(sumsOf(cdrs), sumsOf(one.driver.cdrs()))
        for (const id of ['s;1', 's;2']) {
          const numbers = cdrs.filter(cdr => cdr.sessionId === id).map(({ number }) => number)
          deepStrictEqual(
            numbers,
            Array.from(numbers, (_, index) => index + 1)
          )
        }
        for (const chain of chainsOf(cdrs)) checkChain(chain, policy)
        for (const { cause } of cdrs) causes.set(cause, (causes.get(cause) ?? 0) + 1)
      }),
      { numRuns: 250 }
    )
    const cuts = ['volumeLimit', 'timeLimit', 'maxChangeCond', 'partialRecord', 'rATChange']
    for (const cause of [...cuts, 'sGSNPLMNIDChange', 'abnormalRelease', 'normalRelease']) {
      t.ok((causes.get(cause) ?? 0) > 0, `${causes.get(cause)} of ${cause}`)
    }
  }
)

t.test(
  'the CDRs of a chain are re-rated to what they cost, and by other prices to one sum',
  async t => {
    const dearer = priced('dddddddd', 3)
    const sum = (cdrs: readonly CdrRecord[], candidate: Catalogue) =>
      chainsOf(cdrs)
        .flatMap(chain => rerateSession(chain, candidate, known))
        .filter(({ parts }) => parts.every(({ part }) => !part.suspense))
        .reduce((total, { amount }) => total + amount, 0)
    let several = 0
    fc.assert(
      fc.property(...history, (steps, funds, pack, policy) => {
        const cdrs = live(steps, funds, pack, policy).driver.cdrs()
        for (const chain of chainsOf(cdrs)) {
          if (chain.length > 1) several += 1
          for (const { cdr, amount } of rerateSession(chain, whole, known)) {
            deepStrictEqual(amount, cdr.amount, `${cdr.sessionId} ${cdr.number}`)
          }
        }
        // What is in suspense is looked for again, and may lie in one record or another.
        const one = live(steps, funds, pack).driver.cdrs()
        if (one.some(({ flags }) => flags.includes('suspense'))) return
        deepStrictEqual(sum(cdrs, dearer), sum(one, dearer))
      }),
      { numRuns: 200 }
    )
    t.ok(several > 50, `${several} chains`)
  }
)

const changes = new Set<never>()
const used = (octets: number): UsageTemplate[] => [{ ask: null, used: { octets } }]
const causesOf = (driver: EngineDriver) => driver.cdrs().map(({ cause }) => cause)

t.test('a record is cut by the request that reaches the volume, with what it reports', async t => {
  const driver = open([{ volume: 5 * MB, changes }])
  const startedAt = driver.now
  driver.charge(request('initial', 0, [{ ask: null }]))
  const at: number[] = []
  for (const [index, octets] of [3 * MB, 2 * MB, 4 * MB, 6 * MB].entries()) {
    driver.now += minute
    at.push(driver.now)
    driver.charge(request('update', index + 1, used(octets)))
  }
  driver.now += minute
  driver.charge(request('termination', 5, [{ used: { octets: MB } }]))
  t.match(driver.cdrs(), [
    { number: 1, cause: 'volumeLimit', octets: 5 * MB, startedAt, endedAt: at[1] },
    {
      number: 2,
      cause: 'volumeLimit',
      octets: 10 * MB,
      startedAt,
      openedAt: at[1],
      endedAt: at[3]
    },
    { number: 3, cause: 'normalRelease', octets: MB, startedAt, openedAt: at[3] }
  ])
  t.notOk('openedAt' in driver.cdrs()[0]!, 'the first one began with its session')
})

t.test('a session without a policy that fits has one CDR', async t => {
  const policies = [
    { characteristics: new Set(['0400']), changes },
    { characteristics: new Set(['0800']), volume: 1, changes }
  ]
  for (const [chargingCharacteristics, cdrs] of [
    ['0400', 1],
    ['0800', 2],
    ['0100', 1]
  ] as const) {
    const driver = open(policies)
    const facts = { plmn: '26201', chargingCharacteristics }
    driver.charge(request('initial', 0, [{ ask: null }], { facts }))
    driver.charge(request('update', 1, used(MB), { facts }))
    driver.charge(request('termination', 2, [{ used: { octets: MB } }], { facts }))
    t.equal(driver.cdrs().length, cdrs, chargingCharacteristics)
  }
})

t.test('a change cuts behind the usage before it, whose circumstances the record has', async t => {
  const driver = open([{ changes: new Set(['plmn', 'rat', 'time-zone'] as const) }])
  const say = (number: number, facts: object, octets = MB) =>
    driver.charge(request('update', number, used(octets), { facts }))
  driver.charge(request('initial', 0, [{ ask: null }], { facts: { plmn: '26201' } }))
  say(1, { rat: 6 })
  say(2, { rat: 10 })
  say(3, { rat: 10, plmn: '310410' })
  say(4, { timeZone: '4001' })
  say(5, { timeZone: '8000', rat: 10 })
  t.same(causesOf(driver), ['rATChange', 'sGSNPLMNIDChange', 'mSTimeZoneChange'])
  t.match(driver.cdrs(), [
    { octets: 2 * MB, facts: { plmn: '26201', rat: 6 } },
    { octets: MB, facts: { plmn: '26201', rat: 10 } },
    { octets: 2 * MB, facts: { plmn: '310410', rat: 10, timeZone: '4001' } }
  ])
})

t.test('a record in which nothing was used goes on, whatever changes', async t => {
  const driver = open([{ time: 1_000, changes: new Set(['rat'] as const) }])
  driver.charge(request('initial', 0, [{ ask: null }], { facts: { rat: 6 } }))
  for (const [index, rat] of [10, 6, 10].entries()) {
    driver.now += HOUR
    driver.charge(request('update', index + 1, [{ ask: null }], { facts: { rat } }))
  }
  t.same(causesOf(driver), [])
  driver.charge(request('update', 4, used(MB), { facts: { rat: 10 } }))
  t.same(causesOf(driver), ['timeLimit'])
  driver.charge(request('termination', 5))
  t.match(driver.cdrs()[1], { number: 2, cause: 'normalRelease', octets: 0, amount: 0, parts: [] })
})

t.test(
  'the record is cut behind a tariff switch, and not by a calendar that changes nothing',
  async t => {
    const driver = open([{ changes: new Set(['tariff'] as const) }])
    driver.charge(request('initial', 0, [{ ask: null }]))
    driver.now = nightfall - 1
    driver.charge(request('update', 1, used(MB)))
    t.same(causesOf(driver), [])
    driver.now = nightfall
    driver.charge(request('update', 2, used(MB)))
    driver.charge(request('update', 3, used(MB)))
    t.same(causesOf(driver), ['partialRecord'])
    const still = {
      ...whole,
      partialRecords: [{ changes: new Set(['tariff'] as const) }],
      calendar: { ...whole.calendar!, bands: [] },
      quota: { ...whole.quota, tcc: 30 * 24 * 3600 }
    }
    const quiet = new EngineDriver({ current: still, byVersion: new Map() })
    const lines = [{ msisdn: '4915100000001' }]
    quiet.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp: MB })
    quiet.charge(request('initial', 0, [{ ask: null }]))
    quiet.now += 20 * 24 * HOUR
    quiet.charge(request('update', 1, used(MB)))
    t.same(causesOf(quiet), [])
  }
)

t.test('a session that is lost ends its chain, and late usage continues the count', async t => {
  const driver = open([{ volume: 1, changes }])
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.charge(request('update', 1, used(3 * MB)))
  driver.charge(request('update', 2, used(3 * MB)))
  driver.now += 24 * HOUR
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  driver.charge(request('termination', 3, [{ used: { octets: MB } }]))
  t.match(
    driver.cdrs().map(({ number, cause, flags, octets }) => ({ number, cause, flags, octets })),
    [
      { number: 1, cause: 'volumeLimit', flags: [], octets: 3 * MB },
      { number: 2, cause: 'volumeLimit', flags: [], octets: 3 * MB },
      { number: 3, cause: 'abnormalRelease', flags: [], octets: 0 },
      { number: 4, cause: 'abnormalRelease', flags: ['late'], octets: MB }
    ]
  )
  t.same(
    driver.cdrs().flatMap(({ parts }) => parts.map(({ before }) => before)),
    [0, 3 * MB, 6 * MB],
    'each says from where it counted'
  )
})

t.test(
  'a repeat of the request that cut a record gets its answer, and nothing is cut again',
  async t => {
    const driver = open([{ volume: 1, changes }])
    driver.charge(request('initial', 0, [{ ask: null }]))
    const first = driver.charge(request('update', 1, used(MB)))
    const again = driver.charge(request('update', 1, used(MB)))
    t.match(again, { ...first, repeated: true })
    t.equal(driver.cdrs().length, 1)
  }
)

t.test('without a policy nothing of a session or CDR says that there could be parts', async t => {
  const driver = open()
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.charge(request('update', 1, used(MB)))
  t.notOk('chain' in driver.sessions.get('s;1')!)
  driver.charge(request('termination', 2, [{ used: { octets: MB } }]))
  t.equal(driver.cdrs().length, 1)
  t.notOk('openedAt' in driver.cdrs()[0]!)
})

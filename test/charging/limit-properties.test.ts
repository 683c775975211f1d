/**
 * The laws of what gives and bounds, over random histories: conservation of every bucket and of the wallet, limits that
 * hold whatever is open, and time that may be looked at as often as anybody likes.
 *
 * What was funded and consumed is counted from records and grants, never read from the totals under test.
 */
import fc from 'fast-check'
import t from 'tap'
import type { Bucket, Counter } from '../../src/domain/account.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { DAY, type EngineDriver, HOUR, request } from '../support/engine-driver.ts'
import { openWith } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000
const lines = ['4915100000001', '4915100000002']
const offers = ['go', 'capped', 'metered', 'flat', 'rolling', 'stopping', 'plan']
const addons = ['promo', 'nights']

type Step =
  | {
      do: 'charge'
      type: ChargingRequest['type']
      of: number
      used: number
      ask: number
      abroad: boolean
    }
  | { do: 'wait'; ms: number }
  | { do: 'buy'; offer: string }
  | { do: 'top-up'; amount: number }
  | { do: 'limit'; choice: { amount?: string | null; beyond?: Counter['beyond'] } }
  | { do: 'sweep' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('charge' as const),
      type: fc.constantFrom(
        'initial' as const,
        'update' as const,
        'update' as const,
        'termination' as const,
        'event' as const
      ),
      of: fc.nat(3),
      used: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 * MB })),
      ask: fc.oneof(fc.constant(-1), fc.constant(0), fc.integer({ min: 1, max: 20 * MB })),
      abroad: fc.boolean()
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1000, 70_000, HOUR, 3 * HOUR, DAY, 9 * DAY, 40 * DAY)
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('buy' as const), offer: fc.constantFrom(...addons) })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('top-up' as const),
      amount: fc.integer({ min: 1, max: 15 * EUR })
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('limit' as const),
      choice: fc.constantFrom(
        { amount: '3.00' },
        { amount: null },
        { beyond: 'period' as const },
        { beyond: 'always' as const },
        { beyond: 'no' as const }
      )
    })
  },
  { weight: 1, arbitrary: fc.constant({ do: 'sweep' as const }) }
)

class History {
  readonly driver: EngineDriver
  readonly numbers = new Map<string, number>()
  keys = 0

  constructor(offer: string, funds: number) {
    this.driver = openWith([offer], funds, undefined, lines)
  }

  run(each: Step): void {
    const { driver } = this
    switch (each.do) {
      case 'wait':
        driver.now += each.ms
        return
      case 'sweep':
        driver.submit({ kind: 'sweep', accountId: 'a1' })
        return
      case 'buy':
        driver.submit({ kind: 'subscribe', accountId: 'a1', offer: each.offer, operation: null })
        return
      case 'top-up': {
        this.keys += 1
        const operation = { key: `k${this.keys}`, digest: '' }
        driver.submit({ kind: 'top-up', accountId: 'a1', amount: each.amount, operation })
        return
      }
      case 'limit':
        driver.submit({
          kind: 'set-limit',
          accountId: 'a1',
          limit: 'roaming',
          lineId: null,
          ...each.choice
        })
        return
      case 'charge':
        this.charge(each)
    }
  }

  charge({ type, of, used, ask, abroad }: Extract<Step, { do: 'charge' }>): void {
    const id = type === 'event' ? `e;${of}` : `s;${of}`
    const number = (this.numbers.get(id) ?? -1) + 1
    this.numbers.set(id, number)
    this.driver.lineId = lines[of % 2]!
    const usage = {
      ...(ask < 0 ? {} : { ask: ask === 0 ? null : { octets: ask } }),
      ...(used === 0 || type === 'event' ? {} : { used: { octets: used } })
    }
    const facts = { plmn: abroad ? '310410' : '26201' }
    this.driver.charge(request(type, number, [usage], { sessionId: id, facts }))
  }

  /** Everything that must hold after every step. */
  check(): void {
    const { driver } = this
    const { available, reserved } = driver.wallet()
    const recorded = driver.cdrs().reduce((sum, cdr) => sum + cdr.amount, 0)
    const rest = driver.funded() - recorded - driver.unrecorded()
    if (available + reserved !== rest) {
      throw new Error(`the wallet has ${available} and ${reserved}, and should have ${rest}`)
    }
    const held = this.held()
    if ((held.get('wallet') ?? 0) !== reserved) throw new Error('reserved money')
    const buckets = [
      ...driver.account!.buckets,
      ...[...driver.lines.values()].flatMap(line => line.buckets)
    ]
    for (const bucket of buckets) this.checkBucket(bucket, held.get(bucket.id) ?? 0)
    const counters = [
      ...driver.account!.counters,
      ...[...driver.lines.values()].flatMap(line =>
        line.counters.map(counter => ({ ...counter, id: `${line.id} ${counter.id}` }))
      )
    ]
    for (const counter of counters) {
      const holds = held.get(`limit ${counter.id}`) ?? 0
      if (holds !== counter.reserved) {
        throw new Error(`grants hold ${holds} of ${counter.id}, which says ${counter.reserved}`)
      }
    }
  }

  /** What the grants of open sessions hold, by source. */
  held(): Map<string, number> {
    const held = new Map<string, number>()
    const hold = (key: string, amount: number) => held.set(key, (held.get(key) ?? 0) + amount)
    for (const session of this.driver.sessions.values()) {
      for (const { grant } of session.services) {
        for (const draw of grant?.draws ?? []) {
          if (draw.source === 'wallet') hold('wallet', draw.amount)
          else hold(draw.bucket, draw.amount > 0 ? draw.amount : draw.units)
        }
        for (const { source, counter, units } of grant?.holds ?? []) {
          hold(`limit ${source === 'line' ? `${session.lineId} ` : ''}${counter}`, units)
        }
      }
    }
    return held
  }

  checkBucket(bucket: Bucket, held: number): void {
    const { driver } = this
    const moved = driver
      .movements()
      .filter(record => record.target === bucket.id)
      .reduce((total, record) => total + record.amount, 0)
    const open = [...driver.sessions.values()].flatMap(session => session.services)
    const parts = [...driver.cdrs().flatMap(cdr => cdr.parts), ...open.flatMap(each => each.parts)]
    const consumed = parts
      .filter(part => part.bucket === bucket.id)
      .reduce((total, part) => total + part.units, 0)
    if (moved !== bucket.available + bucket.reserved + consumed) {
      throw new Error(`bucket ${bucket.id} does not add up`)
    }
    if (held !== bucket.reserved) throw new Error(`the reservation of bucket ${bucket.id}`)
  }
}

t.test(
  'funded = available + reserved + consumed + expired + written off, for everything',
  async t => {
    fc.assert(
      fc.property(
        fc.constantFrom(...offers),
        fc.integer({ min: 10 * EUR, max: 40 * EUR }),
        fc.array(step, { maxLength: 40 }),
        (offer, funds, steps) => {
          const history = new History(offer, funds)
          history.check()
          for (const each of steps) {
            history.run(each)
            history.check()
          }
          history.driver.now += 100 * DAY
          history.driver.submit({ kind: 'sweep', accountId: 'a1' })
          history.check()
          t.equal(history.driver.wallet().reserved, 0)
          t.ok(history.driver.account!.counters.every(({ reserved }) => reserved === 0))
        }
      ),
      { numRuns: 80 }
    )
  }
)

t.test('grants together never pass a limit, whatever is open', async t => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          of: fc.nat(5),
          ask: fc.integer({ min: 1, max: 4 * MB }),
          share: fc.integer({ min: 0, max: 100 })
        }),
        { minLength: 1, maxLength: 30 }
      ),
      steps => {
        const driver = openWith(['capped'], 1_000 * EUR)
        const granted = new Map<string, number>()
        const facts = { plmn: '310410' }
        steps.forEach(({ of, ask, share }, index) => {
          const id = `s;${of}`
          const used = Math.floor(((granted.get(id) ?? 0) * share) / 100)
          const answer = driver.charge(
            request(
              granted.has(id) ? 'update' : 'initial',
              index,
              [{ ask: { octets: ask }, ...(granted.has(id) ? { used: { octets: used } } : {}) }],
              { sessionId: id, facts }
            )
          )
          granted.set(id, answer.units[0]?.granted?.amount ?? 0)
          const [counter] = driver.account!.counters
          t.ok((counter?.used ?? 0) + (counter?.reserved ?? 0) <= 10 * EUR)
        })
        t.ok(1_000 * EUR - driver.wallet().available <= 10 * EUR)
      }
    ),
    { numRuns: 40 }
  )
})

t.test(
  'how usage is split changes neither what is paid nor by whom, nor what limits count',
  async t => {
    fc.assert(
      fc.property(
        fc.constantFrom('go', 'capped', 'flat', 'rolling', 'plan'),
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: 3 * MB }), { minLength: 1, maxLength: 20 }),
        (offer, promo, usages) => {
          const total = usages.reduce((sum, used) => sum + used, 0)
          const open = () => openWith([offer, ...(promo ? ['promo'] : [])], 500 * EUR)
          const whole = open()
          whole.charge(request('initial', 0, [{ ask: null }]))
          whole.charge(request('termination', 1, [{ used: { octets: total } }]))
          const split = open()
          split.charge(request('initial', 0, [{ ask: null }]))
          usages.forEach((used, index) => {
            split.charge(
              request('update', index + 1, [
                { used: { octets: used }, ...(index % 3 === 0 ? { ask: null } : {}) }
              ])
            )
          })
          split.charge(request('termination', usages.length + 1))
          t.same(split.wallet(), whole.wallet())
          t.same(split.account!.counters, whole.account!.counters)
          t.same(
            split.account!.buckets.map(({ available, level }) => [available, level]),
            whole.account!.buckets.map(({ available, level }) => [available, level])
          )
          t.equal(split.cdrs()[0]?.amount, whole.cdrs()[0]?.amount)
        }
      ),
      { numRuns: 40 }
    )
  }
)

t.test('time may be looked at as often as anybody likes: advance composes', async t => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 200 * DAY }), { maxLength: 8 }),
      fc.constantFrom(...offers),
      fc.integer({ min: 10 * EUR, max: 80 * EUR }),
      fc.integer({ min: 0, max: 30 * MB }),
      fc.boolean(),
      (instants, offer, funds, used, abroad) => {
        const open = () => {
          const driver = openWith([offer], funds)
          const facts = { plmn: abroad ? '310410' : '26201' }
          driver.charge(request('initial', 0, [{ ask: null }], { facts }))
          driver.charge(request('termination', 1, [{ used: { octets: used } }], { facts }))
          return driver
        }
        const often = open()
        const begin = often.now
        for (const at of [...instants].sort((a, b) => a - b)) {
          often.now = begin + at
          look(often)
        }
        const once = open()
        often.now = begin + 201 * DAY
        once.now = begin + 201 * DAY
        look(often)
        look(once)
        t.same({ ...often.account, ...clock }, { ...once.account, ...clock })
        t.same([...often.lines.values()], [...once.lines.values()])
        t.same(recordsOf(often), recordsOf(once))
      }
    ),
    { numRuns: 60 }
  )
})

/** What only says how often somebody looked. */
const clock = { lastAt: 0, records: 0, sweepAt: 0 }

/** A request that brings account and line forward, and leaves nothing else. */
function look(driver: EngineDriver): void {
  const id = `look;${driver.now}`
  driver.charge(request('initial', 0, [], { sessionId: id }))
  driver.charge(request('termination', 1, [], { sessionId: id }))
}

/** Movements and events without their numbers: those of the account and of its lines may come in either order. */
function recordsOf(driver: EngineDriver): string[] {
  return driver.records
    .flatMap(entry => {
      if (entry.kind === 'cdr') return []
      if (entry.kind === 'event') {
        return [`${entry.at} ${entry.type} ${entry.subject} ${entry.threshold} ${entry.direction}`]
      }
      return [`${entry.at} ${entry.type} ${entry.amount} ${entry.target}`]
    })
    .sort()
}

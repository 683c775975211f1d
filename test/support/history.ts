/**
 * Random histories of an account, and what must hold after every step of them.
 *
 * What was funded and consumed is counted from records and grants, never read from the totals under test.
 */
import fc from 'fast-check'
import type { Bucket, Counter } from '../../src/domain/account.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { DAY, type EngineDriver, HOUR, request } from './engine-driver.ts'
import { openWith } from './limits-catalogue.ts'

export const MB = 1_000_000
export const EUR = 1_000_000
export const lines = ['4915100000001', '4915100000002']
export const offers = ['go', 'capped', 'metered', 'flat', 'rolling', 'stopping', 'plan']
const addons = ['promo', 'nights']

export type Step =
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

export const step: fc.Arbitrary<Step> = fc.oneof(
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

export class History {
  readonly driver: EngineDriver
  readonly numbers = new Map<string, number>()
  keys = 0

  constructor(driver: EngineDriver) {
    this.driver = driver
  }

  static of(offer: string, funds: number): History {
    return new History(openWith([offer], funds, undefined, lines))
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

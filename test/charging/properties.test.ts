/**
 * The laws of the engine, over random histories: conservation, repeat-safety, split-invariance, and time.
 *
 * What was funded and consumed is counted here, from what the test itself sent; it is not read from the state.
 */
import fc from 'fast-check'
import t from 'tap'
import type { Bucket } from '../../src/domain/account.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { DAY, EngineDriver, HOUR, request } from '../support/engine-driver.ts'

const MB = 1_000_000

type Step =
  | {
      do: 'initial' | 'update' | 'termination'
      session: number
      used: number
      ask: number
      group: number
      plmn: string
    }
  | { do: 'repeat'; back: number }
  | { do: 'top-up'; amount: number; key: number }
  | { do: 'wait'; ms: number }
  | { do: 'buy' }
  | { do: 'sweep' }

const charging = fc.record({
  do: fc.constantFrom('initial', 'update', 'update', 'update', 'termination') as fc.Arbitrary<
    'initial' | 'update' | 'termination'
  >,
  session: fc.integer({ min: 1, max: 3 }),
  used: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 12 * MB }),
    fc.integer({ min: 0, max: 300_000 })
  ),
  ask: fc.oneof(fc.constant(-1), fc.constant(0), fc.integer({ min: 1, max: 20 * MB })),
  group: fc.constantFrom(10, 10, 10, 11, 20, 99),
  plmn: fc.constantFrom('26201', '26201', '26201', '310410')
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: charging },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), back: fc.nat(10) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('top-up' as const),
      amount: fc.integer({ min: 1, max: 2 * MB }),
      key: fc.nat(3)
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1000, 70_000, HOUR, 3 * HOUR, DAY, 40 * DAY)
    })
  },
  { weight: 1, arbitrary: fc.constant({ do: 'buy' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'sweep' as const }) }
)

class History {
  readonly driver: EngineDriver
  readonly sent: ChargingRequest[] = []
  readonly numbers = new Map<number, number>()
  funded: number
  keys = new Map<number, number>()

  constructor(offer: string, funds: number) {
    this.driver = EngineDriver.open([offer], funds)
    this.funded = funds
  }

  run(step: Step): void {
    const { driver } = this
    switch (step.do) {
      case 'wait':
        driver.now += step.ms
        return
      case 'sweep':
        driver.submit({ kind: 'sweep', accountId: 'a1' })
        return
      case 'buy': {
        const answer = driver.submit({
          kind: 'subscribe',
          accountId: 'a1',
          offer: 'pack',
          operation: null
        })
        if (answer.kind === 'done') this.funded -= MB
        return
      }
      case 'top-up': {
        const known = this.keys.get(step.key)
        const operation = { key: `k${step.key}`, digest: String(step.amount) }
        const answer = driver.submit({
          kind: 'top-up',
          accountId: 'a1',
          amount: step.amount,
          operation
        })
        if (known === undefined) {
          this.keys.set(step.key, step.amount)
          this.funded += step.amount
        } else if (known === step.amount) t.match(answer, { kind: 'done', repeated: true })
        else t.match(answer, { kind: 'refused', reason: 'key-reused' })
        return
      }
      case 'repeat': {
        const again = this.sent.at(-1 - step.back)
        if (again === undefined || driver.sessions.get(again.sessionId) === undefined) return
        const before = this.debited()
        const decision = driver.decide(again)
        if (decision.answer.kind !== 'charging' || !decision.answer.repeated) return
        // A repeat may find a session whose time is over, its own or another, and then that one is closed.
        for (const record of decision.changes?.records ?? []) {
          if (record.kind === 'cdr') t.equal(record.cause, 'abnormalRelease')
        }
        driver.apply(decision)
        t.equal(this.debited(), before, 'a repeat debits nothing')
        return
      }
      default:
        this.send(step)
    }
  }

  send(step: Extract<Step, { session: number }>): void {
    const number = (this.numbers.get(step.session) ?? -1) + 1
    this.numbers.set(step.session, number)
    const usage = {
      ratingGroup: step.group,
      ...(step.ask < 0 ? {} : { ask: step.ask === 0 ? null : { octets: step.ask } }),
      ...(step.used === 0 ? {} : { used: { octets: step.used } })
    }
    const message = request(step.do, number, [usage], {
      sessionId: `s;${step.session}`,
      facts: { plmn: step.plmn }
    })
    this.sent.push(message)
    this.driver.charge(message)
  }

  /** What all sessions were charged so far. */
  debited(): number {
    const recorded = this.driver.cdrs().reduce((sum, cdr) => sum + cdr.amount, 0)
    return recorded + this.driver.unrecorded()
  }

  /** Everything that must hold after every step. */
  check(): void {
    const { driver } = this
    const { available, reserved } = driver.wallet()
    const recorded = driver.cdrs().reduce((sum, cdr) => sum + cdr.amount, 0)
    const open = driver.unrecorded()
    if (available + reserved + recorded + open !== this.funded) {
      throw new Error(
        `money: ${available} + ${reserved} + ${recorded} + ${open} is not ${this.funded}`
      )
    }
    let held = 0
    const heldUnits = new Map<string, number>()
    for (const session of driver.sessions.values()) {
      for (const { grant } of session.services) {
        for (const draw of grant?.draws ?? []) {
          if (draw.source === 'wallet') held += draw.amount
          else heldUnits.set(draw.bucket, (heldUnits.get(draw.bucket) ?? 0) + draw.units)
        }
      }
    }
    if (held !== reserved) throw new Error(`grants hold ${held}, the wallet says ${reserved}`)
    for (const bucket of driver.account!.buckets) this.checkBucket(bucket, heldUnits)
    if (driver.account!.openSessions !== driver.sessions.size) throw new Error('open sessions')
    driver.records.forEach((record, index) => {
      if (record.record !== index + 1) throw new Error('a gap in the outbox numbers')
    })
  }

  checkBucket(bucket: Bucket, held: Map<string, number>): void {
    const { driver } = this
    const sum = (type: string) =>
      driver
        .movements()
        .filter(record => record.target === bucket.id && record.type === type)
        .reduce((total, record) => total + record.amount, 0)
    const parts = [
      ...driver.cdrs().flatMap(cdr => cdr.parts),
      ...[...driver.sessions.values()].flatMap(session =>
        session.services.flatMap(each => each.parts)
      )
    ]
    const consumed = parts
      .filter(part => part.bucket === bucket.id)
      .reduce((total, part) => total + part.units, 0)
    if (sum('allowance') + sum('expiry') !== bucket.available + bucket.reserved + consumed) {
      throw new Error(`bucket ${bucket.id} does not add up`)
    }
    if ((held.get(bucket.id) ?? 0) !== bucket.reserved) throw new Error('bucket reservation')
  }
}

t.test('funded = available + reserved + consumed after every step of any history', async t => {
  fc.assert(
    fc.property(
      fc.constantFrom('go', 'family', 'post', 'iot'),
      fc.integer({ min: 0, max: 3 * MB }),
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
        t.equal(history.driver.sessions.size, 0)
      }
    ),
    { numRuns: 400 }
  )
})

t.test('the price of a session does not depend on how its usage is split', async t => {
  fc.assert(
    fc.property(
      fc.constantFrom('go', 'family', 'iot', 'post'),
      fc.array(fc.integer({ min: 0, max: 3 * MB }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      (offer, usages, asks) => {
        const total = usages.reduce((sum, used) => sum + used, 0)
        const whole = EngineDriver.open([offer], 5_000_000)
        whole.charge(request('initial', 0, [{ ask: null }]))
        whole.charge(request('termination', 1, [{ used: { octets: total } }]))
        const split = EngineDriver.open([offer], 5_000_000)
        split.charge(request('initial', 0, [{ ask: null }]))
        usages.forEach((used, index) => {
          split.charge(
            request('update', index + 1, [
              { ...(asks[index] ? { ask: null } : {}), used: { octets: used } }
            ])
          )
        })
        split.charge(request('termination', usages.length + 1))
        t.equal(split.cdrs()[0]?.amount, whole.cdrs()[0]?.amount)
        t.same(split.wallet(), whole.wallet())
        t.same(
          split.account!.buckets.map(bucket => bucket.available),
          whole.account!.buckets.map(bucket => bucket.available)
        )
      }
    ),
    { numRuns: 300 }
  )
})

t.test('grants never promise more than the wallet has, whatever is open', async t => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 * MB }),
      fc.array(fc.integer({ min: 0, max: 30 * MB }), { minLength: 1, maxLength: 20 }),
      (funds, asks) => {
        const driver = EngineDriver.open(['go'], funds)
        let promised = 0
        asks.forEach((ask, index) => {
          const answer = driver.charge(
            request('initial', 0, [{ ask: ask === 0 ? null : { octets: ask } }], {
              sessionId: `s;${index}`
            })
          )
          const amount = answer.units[0]?.granted?.amount ?? 0
          promised += Math.ceil(amount / 100_000) * 1_000
        })
        t.ok(promised <= funds)
        t.equal(driver.wallet().reserved, promised)
      }
    ),
    { numRuns: 200 }
  )
})

t.test('time may be looked at as often as anybody likes: advance composes', async t => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 100 * DAY }), { maxLength: 8 }),
      fc.constantFrom('family', 'iot'),
      fc.boolean(),
      (instants, offer, pack) => {
        const open = () => {
          const driver = EngineDriver.open([offer], 10 * MB)
          if (pack) {
            driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
          }
          return driver
        }
        const often = open()
        const begin = often.now
        for (const at of [...instants].sort((a, b) => a - b)) {
          often.now = begin + at
          often.submit({ kind: 'sweep', accountId: 'a1' })
        }
        const once = open()
        often.now = begin + 101 * DAY
        once.now = begin + 101 * DAY
        often.submit({ kind: 'sweep', accountId: 'a1' })
        once.submit({ kind: 'sweep', accountId: 'a1' })
        // Each look that finds a period over tells what the account is then.
        const looked = { lastAt: 0, records: 0 }
        t.same({ ...often.account, ...looked }, { ...once.account, ...looked })
        t.same(movementsOf(often), movementsOf(once))
      }
    ),
    { numRuns: 100 }
  )
})

/** Movements without their numbers: those of the account and of its lines may come in either order. */
function movementsOf(driver: EngineDriver): string[] {
  return driver
    .movements()
    .map(({ at, type, amount, target }) => `${at} ${type} ${amount} ${target}`)
    .sort()
}

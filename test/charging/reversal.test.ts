import fc from 'fast-check'
import t from 'tap'
import type { CdrRecord } from '../../src/domain/record.ts'
import { DAY, EngineDriver, request } from '../support/engine-driver.ts'

const MB = 1_000_000

function session(driver: EngineDriver, sessionId: string, octets: number): CdrRecord {
  driver.charge(request('initial', 0, [{ ask: null }], { sessionId }))
  driver.charge(request('termination', 1, [{ used: { octets } }], { sessionId }))
  return driver.cdrs().at(-1)!
}

function reverse(driver: EngineDriver, cdr: CdrRecord) {
  const digest = JSON.stringify(cdr)
  const operation = { key: `\u0001reversal:${digest}`, digest }
  return driver.submit({ kind: 'reverse-cdr', accountId: 'a1', cdr, operation })
}

/** Movements by what they are of. */
function moved(driver: EngineDriver) {
  return driver
    .movements()
    .filter(({ type }) => type === 'adjustment' || type === 'write-off')
    .map(({ type, amount, target, unit, reference }) => ({ type, amount, target, unit, reference }))
}

t.test('a reversal gives the money back, once', async t => {
  const driver = EngineDriver.open(['go'], 1_000_000)
  const cdr = session(driver, 's;1', 3 * MB)
  t.equal(driver.wallet().available, 970_000)
  t.match(reverse(driver, cdr), { kind: 'done', repeated: false })
  t.match(reverse(driver, cdr), { kind: 'done', repeated: true })
  t.same(driver.wallet(), { available: 1_000_000, reserved: 0 })
  t.same(moved(driver), [
    { type: 'adjustment', amount: 30_000, target: 'wallet', unit: 'EUR', reference: 's;1 1' }
  ])
})

t.test('units go back to the buckets they came from', async t => {
  const driver = EngineDriver.open(['go'], 1_500_000)
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
  const cdr = session(driver, 's;1', 6 * MB)
  t.match(driver.account!.buckets, [{ available: 0 }])
  reverse(driver, cdr)
  const [bucket] = driver.account!.buckets
  t.match(bucket, { available: 5 * MB, reserved: 0, total: 5 * MB })
  t.equal(driver.wallet().available, 500_000)
  t.match(moved(driver), [
    { type: 'adjustment', amount: 10_000, target: 'wallet' },
    { type: 'adjustment', amount: 5 * MB, target: bucket!.id, unit: 'octets', reference: 's;1 1' }
  ])
})

t.test('what has no bucket to go to any more is written off', async t => {
  const driver = EngineDriver.open(['go'], 1_500_000)
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
  const cdr = session(driver, 's;1', 2 * MB)
  const { id } = driver.account!.buckets[0]!
  driver.now += 31 * DAY
  t.match(reverse(driver, cdr), { kind: 'done' })
  t.same(driver.account!.buckets, [])
  t.match(moved(driver), [
    { type: 'adjustment', amount: 2 * MB, target: id, unit: 'octets', reference: 's;1 1' },
    { type: 'write-off', amount: -2 * MB, target: id, unit: 'octets', reference: 's;1 1' }
  ])
})

t.test('a bucket never holds more than it was given', async t => {
  const driver = EngineDriver.open(['go'], 1_500_000)
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
  const cdr = session(driver, 's;1', 2 * MB)
  const large = { ...cdr, parts: cdr.parts.map(part => ({ ...part, units: 3 * MB })) }
  t.match(reverse(driver, large), { kind: 'done' })
  t.match(driver.account!.buckets, [{ available: 5 * MB }])
  t.match(moved(driver), [{ amount: 3 * MB }, { type: 'write-off', amount: -MB }])
})

t.test('the units of a line go back to that line', async t => {
  const driver = EngineDriver.open(['family'], 0)
  const voice = { context: '32260', facts: { plmn: '26201' } }
  const call = (type: 'initial' | 'termination', number: number, seconds: number | null) =>
    driver.charge(
      request(
        type,
        number,
        [
          seconds === null
            ? { ratingGroup: 100, ask: null }
            : { ratingGroup: 100, used: { seconds } }
        ],
        { ...voice, sessionId: 'call' }
      )
    )
  const before = driver.lines.get('4915100000001')!.buckets[0]!.available
  call('initial', 0, null)
  call('termination', 1, 90)
  t.equal(driver.lines.get('4915100000001')!.buckets[0]!.available, before - 90)
  reverse(driver, driver.cdrs()[0]!)
  t.equal(driver.lines.get('4915100000001')!.buckets[0]!.available, before)
})

t.test('a CDR that took nothing changes nothing, and what cannot be held is refused', async t => {
  const driver = EngineDriver.open(['go'], 1_000_000)
  const cdr = session(driver, 's;1', 0)
  const { records } = driver.account!
  t.match(reverse(driver, cdr), { kind: 'done' })
  t.equal(driver.account!.records, records)
  const huge = { ...cdr, amount: Number.MAX_SAFE_INTEGER }
  t.match(reverse(driver, huge), { kind: 'refused', reason: 'invalid' })
})

t.test('money and units are conserved whatever is reversed, and however often', async t => {
  const step = fc.record({
    octets: fc.integer({ min: 0, max: 7 * MB }),
    reversals: fc.nat(2),
    days: fc.constantFrom(0, 0, 0, 31),
    buy: fc.boolean()
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), steps => {
      const driver = EngineDriver.open(['go'], 5_000_000)
      const kept = new Map<string, number>()
      for (const [n, { octets, reversals, days, buy }] of steps.entries()) {
        if (buy) {
          driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
        }
        const cdr = session(driver, `s;${n}`, octets)
        driver.now += days * DAY + 1
        for (let i = 0; i < reversals; i++) reverse(driver, cdr)
        if (reversals === 0) kept.set('wallet', (kept.get('wallet') ?? 0) + cdr.amount)
      }
      const taken = new Map<string, number>()
      const add = (target: string, amount: number) =>
        taken.set(target, (taken.get(target) ?? 0) + amount)
      for (const { target, amount } of driver.movements()) add(target, amount)
      for (const { amount, parts } of driver.cdrs()) {
        add('wallet', -amount)
        for (const { bucket, units } of parts) if (bucket !== '') add(bucket, -units)
      }
      const { available, reserved } = driver.wallet()
      add('wallet', -available - reserved)
      for (const bucket of driver.account!.buckets) {
        add(bucket.id, -bucket.available - bucket.reserved)
      }
      for (const [target, left] of taken) t.equal(left, 0, target)
      const funded = 5_000_000 + sumOf(driver, 'fee')
      t.equal(available, funded - (kept.get('wallet') ?? 0), 'only what was kept is paid')
    }),
    { numRuns: 150 }
  )
})

function sumOf(driver: EngineDriver, type: string): number {
  return driver
    .movements()
    .filter(movement => movement.type === type)
    .reduce((sum, { amount }) => sum + amount, 0)
}

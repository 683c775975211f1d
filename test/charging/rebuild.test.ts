/** The law of rebuilding: snapshots and ledger alone give every account back, after any history. */
import fc from 'fast-check'
import t from 'tap'
import { type AccountPicture, differences, pictureOf } from '../../src/charging/rebuild.ts'
import { type Account, feesDueAt, type Line } from '../../src/domain/account.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import { DAY, type EngineDriver, request } from '../support/engine-driver.ts'
import { EUR, History, lines, MB, offers, step } from '../support/history.ts'
import { openWith } from '../support/limits-catalogue.ts'

/** What a drain keeps: the newest documents, and what each target gained. */
function keptOf(driver: EngineDriver): AccountPicture {
  let account: Account | null = null
  const known = new Map<string, Line>()
  const targets = new Map<string, bigint>()
  const gain = (target: string, amount: number) =>
    targets.set(target, (targets.get(target) ?? 0n) + BigInt(amount))
  for (const record of driver.records) {
    if (record.kind === 'account') {
      account = record.account
      for (const line of record.lines) known.set(line.id, line)
    } else if (record.kind === 'movement') gain(record.target, record.amount)
    else if (record.kind === 'cdr') for (const [to, amount] of takenBy(record)) gain(to, -amount)
  }
  if (account === null) throw new Error('there is no snapshot')
  return pictureOf(
    { account, lines: [...known.values()] },
    { last: driver.records.length, targets }
  )
}

function takenBy({ amount, parts }: CdrRecord): [string, number][] {
  const drawn = parts.filter(({ bucket }) => bucket !== '')
  return [
    ['wallet', amount],
    ...drawn.map(({ bucket, units }): [string, number] => [bucket, units])
  ]
}

function liveOf(driver: EngineDriver) {
  const sessions = [...driver.sessions.values()]
  return { account: driver.account!, lines: [...driver.lines.values()], sessions }
}

t.test('after any history the ledger and the snapshots are the account', async t => {
  fc.assert(
    fc.property(
      fc.constantFrom(...offers),
      fc.integer({ min: 10 * EUR, max: 40 * EUR }),
      fc.array(step, { maxLength: 40 }),
      (offer, funds, steps) => {
        const history = History.of(offer, funds)
        for (const each of steps) {
          history.run(each)
          const { driver } = history
          const picture = keptOf(driver)
          const found = differences(picture, liveOf(driver))
          if (found.length > 0) throw new Error(found.join('; '))
          if (picture.account.records !== driver.account!.records) throw new Error('numbers')
        }
      }
    ),
    { numRuns: 60 }
  )
  t.pass()
})

t.test(
  'an account that was made again goes on: its books add up, also past its periods',
  async t => {
    fc.assert(
      fc.property(
        fc.constantFrom(...offers),
        fc.array(step, { maxLength: 25 }),
        fc.array(step, { maxLength: 15 }),
        (offer, before, after) => {
          const history = History.of(offer, 30 * EUR)
          for (const each of before) history.run(each)
          const { driver } = history
          const picture = keptOf(driver)
          driver.account = picture.account
          for (const line of picture.lines) driver.lines.set(line.id, line)
          driver.sessions.clear()
          history.numbers.clear()
          driver.closed.clear()
          history.check()
          for (const each of after) {
            history.run(each)
            history.check()
          }
          driver.now += 100 * DAY
          driver.submit({ kind: 'sweep', accountId: 'a1' })
          history.check()
        }
      ),
      { numRuns: 60 }
    )
    t.pass()
  }
)

t.test('offers of lines, and when their fees are due, are given back as well', async t => {
  fc.assert(
    fc.property(
      fc.constantFrom('plan', 'rolling', 'metered', 'capped'),
      fc.array(step, { maxLength: 25 }),
      fc.array(step, { maxLength: 15 }),
      (own, before, after) => {
        const driver = openWith(['go'], 50 * EUR, undefined, lines)
        const history = new History(driver)
        const buy = (offer: string, lineId: string) =>
          driver.submit({ kind: 'subscribe', accountId: 'a1', offer, lineId, operation: null })
        buy(own, lines[0]!)
        buy('plan', lines[1]!)
        for (const each of before) history.run(each)
        const picture = keptOf(driver)
        const found = differences(picture, liveOf(driver))
        if (found.length > 0) throw new Error(found.join('; '))
        driver.account = picture.account
        const dues = picture.lines.map(feesDueAt).filter(at => at > 0)
        t.equal(picture.account.sweepAt, dues.length === 0 ? 0 : Math.min(...dues))
        for (const line of picture.lines) driver.lines.set(line.id, line)
        driver.sessions.clear()
        history.numbers.clear()
        driver.closed.clear()
        for (const each of after) {
          history.run(each)
          history.check()
        }
        driver.now += 100 * DAY
        driver.submit({ kind: 'sweep', accountId: 'a1' })
        history.check()
        t.ok(
          [...driver.lines.values()].every(
            line => feesDueAt(line) === 0 || feesDueAt(line) > driver.now
          )
        )
      }
    ),
    { numRuns: 30 }
  )
})

t.test('usage alone writes no snapshot', async t => {
  const driver = openWith(['metered'], 20 * EUR, undefined, lines)
  const told = () => driver.records.filter(({ kind }) => kind === 'account').length
  const before = told()
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
  const begun = told()
  for (let number = 1; number < 20; number += 1) {
    driver.charge(request('update', number, [{ used: { octets: 1_000 }, ask: { octets: MB } }]))
  }
  driver.charge(request('termination', 20, [{ used: { octets: 1_000 } }]))
  t.equal(told(), begun)
  t.ok(begun - before <= 1, 'the first look at a line may begin its counters')
  driver.now += 2 * DAY
  driver.submit({ kind: 'block', accountId: 'a1', reason: 'lost' })
  t.equal(told(), begun + 1)
})

t.test(
  'what a session held of a period that is over expires, and nothing is given twice',
  async t => {
    const driver = openWith(['rolling'], 20 * EUR, undefined, lines)
    const [bucket] = driver.account!.buckets
    driver.now = bucket!.validUntil! - 60_000
    driver.charge(request('initial', 0, [{ ask: { octets: 9 * MB } }]))
    driver.now += 120_000
    driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { sessionId: 's;2' }))
    t.ok(driver.account!.buckets.some(({ ended, reserved }) => ended === true && reserved > 0))
    const given = () => driver.movements().filter(({ amount }) => amount > 0).length
    const before = given()
    const picture = keptOf(driver)
    driver.account = picture.account
    driver.sessions.clear()
    driver.submit({ kind: 'sweep', accountId: 'a1' })
    t.equal(given(), before)
    t.match(driver.movements().at(-1), { type: 'expiry', target: bucket!.id, amount: -9 * MB })
    t.notOk(driver.account!.buckets.some(({ ended }) => ended === true))
  }
)

/** Accounts that a store has lost the tail of, brought to what their ledger says. */
import t from 'tap'
import type { Restore } from '../../src/domain/restore.ts'
import { DAY, EngineDriver, request } from '../support/engine-driver.ts'

const MB = 1_000_000

/** What the ledger has of each target: movements, less what CDRs took. */
function ledgerOf(driver: EngineDriver): Map<string, number> {
  const sums = new Map<string, number>()
  const add = (target: string, amount: number) => sums.set(target, (sums.get(target) ?? 0) + amount)
  for (const { target, amount } of driver.movements()) add(target, amount)
  for (const { amount, parts } of driver.cdrs()) {
    add('wallet', -amount)
    for (const { bucket, units } of parts) if (bucket !== '') add(bucket, -units)
  }
  return sums
}

function heldOf(driver: EngineDriver): Map<string, number> {
  const { available, reserved } = driver.wallet()
  const held = new Map([['wallet', available + reserved]])
  for (const bucket of driver.account!.buckets) {
    held.set(bucket.id, bucket.available + bucket.reserved)
  }
  return held
}

/** Runs the tail, and loses it; what is to be asked then. */
function lose(driver: EngineDriver, tail: () => void): Restore {
  const { account } = driver
  const [sessions, closed] = [[...driver.sessions], [...driver.closed]]
  tail()
  driver.account = account
  driver.sessions.clear()
  driver.closed.clear()
  for (const [id, session] of sessions) driver.sessions.set(id, session)
  for (const [id, receipt] of closed) driver.closed.set(id, receipt)
  const [ledger, held] = [ledgerOf(driver), heldOf(driver)]
  const targets = [...new Set([...ledger.keys(), ...held.keys()])]
  const differences = targets.flatMap((target): [string, number][] => {
    const difference = (ledger.get(target) ?? 0) - (held.get(target) ?? 0)
    return difference === 0 ? [] : [[target, difference]]
  })
  const operation = { key: 'restore', digest: '' }
  const [from, upTo] = [account!.records, driver.records.length]
  return { kind: 'restore', accountId: 'a1', lineId: '', from, upTo, differences, operation }
}

function surf(driver: EngineDriver, octets: number, sessionId: string): void {
  driver.charge(request('initial', 0, [{ ask: { octets } }], { sessionId }))
  driver.charge(request('termination', 1, [{ used: { octets } }], { sessionId }))
}

function topUp(driver: EngineDriver, amount: number): void {
  const operation = { key: `top-up ${amount}`, digest: '' }
  driver.submit({ kind: 'top-up', accountId: 'a1', amount, operation })
}

/** Every target that the ledger has is in the account, with the same sum. */
const agrees = (driver: EngineDriver): boolean =>
  [...ledgerOf(driver)].every(([target, sum]) => sum === (heldOf(driver).get(target) ?? 0))

t.test('wallet and buckets gain what the ledger has, as events and no entries', async t => {
  const driver = EngineDriver.open(['go', 'pack'], 10 * MB)
  const asked = lose(driver, () => {
    surf(driver, 2 * MB, 's;1')
    topUp(driver, 5 * MB)
    surf(driver, 4 * MB, 's;2')
  })
  const [bucket] = driver.account!.buckets
  const [movements, last] = [driver.movements().length, driver.records.length]
  t.match(driver.submit(asked), { kind: 'done', repeated: false })
  t.equal(driver.movements().length, movements)
  t.same(
    driver.events().map(({ type, subject, used }) => [type, subject, used]),
    [
      ['restored', 'wallet', 5 * MB - 10_000],
      ['restored', bucket!.id, -5 * MB]
    ]
  )
  t.equal(driver.events()[0]?.record, last + 1, 'behind the last one of the ledger')
  t.same(driver.wallet(), { available: 14 * MB - 10_000, reserved: 0 })
  t.ok(agrees(driver))
  t.match(driver.submit(asked), { kind: 'done', repeated: true })
  surf(driver, MB, 's;3')
  t.equal(driver.wallet().available, 14 * MB - 20_000)
})

t.test('an account that has gone on since is not restored', async t => {
  const driver = EngineDriver.open(['go'], 10 * MB)
  const asked = lose(driver, () => surf(driver, 2 * MB, 's;1'))
  topUp(driver, MB)
  const { account } = driver
  t.match(driver.submit(asked), { kind: 'refused', reason: 'invalid', detail: /gone on/ })
  t.equal(driver.account, account)
})

t.test('what has ended meanwhile is written off, so that nothing is left of it', async t => {
  const driver = EngineDriver.open(['go', 'pack'], 10 * MB)
  const [bucket] = driver.account!.buckets
  const asked = lose(driver, () => surf(driver, 2 * MB, 's;1'))
  driver.now += 31 * DAY
  driver.submit(asked)
  const own = driver.movements().filter(({ target }) => target === bucket!.id)
  t.same(
    own.map(({ type, amount }) => [type, amount]),
    [
      ['allowance', 5 * MB],
      ['expiry', -5 * MB],
      ['write-off', 2 * MB]
    ]
  )
  t.same(driver.account!.buckets, [])
  t.ok(agrees(driver))
})

t.test('a period that began in the lost tail is given once', async t => {
  const driver = EngineDriver.open(['iot'], 0)
  const asked = lose(driver, () => {
    driver.now = Date.UTC(2026, 11, 2)
    surf(driver, MB / 4, 's;1')
  })
  driver.now += DAY
  driver.submit(asked)
  const [bucket] = driver.account!.buckets
  t.match(bucket, { available: 0.75 * MB, total: MB })
  const own = driver.movements().filter(({ target }) => target === bucket!.id)
  t.same(
    own.map(({ type, amount }) => [type, amount]),
    [
      ['allowance', MB],
      ['allowance', MB],
      ['adjustment', -MB]
    ]
  )
  t.ok(agrees(driver))
})

/** What makes a request a repeat, and what a repeat gets. */
import t from 'tap'
import { limits } from '../../src/domain/limits.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'

const MB = 1_000_000

t.test('the key of a request has its session, its type and its number', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const used = [{ ask: { octets: MB }, used: { octets: MB } }]
  const first = request('initial', 0, used)
  t.equal(driver.charge(first).repeated, false)
  t.equal(driver.charge(request('update', 0, used)).repeated, false, 'another type')
  t.equal(driver.charge(request('update', 1, used)).repeated, false, 'another number')
  const other = { ...first, sessionId: 's;2' }
  t.equal(driver.charge(other).repeated, false, 'another session')
  t.equal(driver.charge(request('termination', 1, used)).repeated, false, 'another type again')
  t.equal(driver.wallet().available + driver.wallet().reserved, 100_000_000 - 5 * 10_000)
  for (const each of [first, request('update', 0, used), request('termination', 1, used)]) {
    t.equal(driver.charge(each).repeated, true)
  }
  const changed = { ...other, usages: request('initial', 0, [{ ask: null }]).usages }
  t.equal(driver.charge(changed).repeated, true, 'the content does not matter')
  t.equal(driver.wallet().available + driver.wallet().reserved, 100_000_000 - 5 * 10_000)
})

t.test('a repeat whose answer is not kept gets what the session holds now', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(request('initial', 0, [{ ask: { octets: 9 * MB } }]))
  const send = (number: number) =>
    driver.charge(
      request('update', number, [{ ask: { octets: number * MB }, used: { octets: 1 } }])
    )
  const last = limits.answersPerSession + 1
  t.equal(limits.answersPerSession, 16)
  for (let number = 1; number <= last; number++) send(number)
  t.match(send(2), { repeated: true, units: [{ granted: { amount: 2 * MB } }] }, 'the 16th')
  const before = driver.account
  const old = { repeated: true, outcome: 'success', units: [{ granted: { amount: last * MB } }] }
  t.match(send(1), old, 'the 17th')
  t.match(driver.charge(request('initial', 0, [{ ask: null }])), old)
  const silent = driver.charge(request('update', 1, [{ used: { octets: 1 } }]))
  t.match(silent, { repeated: true, units: [{ granted: null }] }, 'it asks for nothing')
  t.equal(driver.account, before)
})

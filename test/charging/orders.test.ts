import t from 'tap'
import { EngineDriver, request } from '../support/engine-driver.ts'

const MB = 1_000_000

function withSession(): EngineDriver {
  const driver = EngineDriver.open(['go'], 20_000_000)
  driver.charge(request('initial', 0, [{ ask: {} }]))
  driver.now += 10_000
  return driver
}

t.test('what changes what a client may have, asks the client anew', async t => {
  const driver = withSession()
  const operation = { key: 'k', digest: 'd' }
  const topUp = { kind: 'top-up', accountId: 'a1', amount: MB, operation } as const
  driver.submit(topUp)
  t.same(driver.orders, [
    {
      accountId: 'a1',
      sessionId: null,
      action: 'reauthorize',
      cause: 'top-up',
      ratingGroup: null,
      at: driver.now
    }
  ])
  t.match(driver.submit(topUp), { repeated: true })
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'nothing', operation: null })
  driver.submit({ kind: 'block', accountId: 'a1', reason: 'fraud' })
  driver.submit({ kind: 'block', accountId: 'a1', reason: 'fraud' })
  driver.submit({ kind: 'unblock', accountId: 'a1' })
  t.same(
    driver.orders.map(({ action, cause }) => [action, cause]),
    [
      ['reauthorize', 'top-up'],
      ['reauthorize', 'subscription'],
      ['abort', 'block']
    ],
    'a repeat, a refusal and what is so already ask nothing'
  )
})

t.test('what one line has for itself asks the clients of that line alone', async t => {
  const [first, second] = ['4915100000001', '4915100000002'] as const
  const driver = EngineDriver.open(['go'], 20_000_000, [first, second])
  driver.charge(request('initial', 0, [{ ask: {} }]))
  driver.submit({
    kind: 'subscribe',
    accountId: 'a1',
    offer: 'pack',
    lineId: second,
    operation: null
  })
  const bought = driver.subscriptions().at(-1)!
  driver.submit({ kind: 'unsubscribe', accountId: 'a1', subscription: bought.id })
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
  t.match(bought, { offer: 'pack', line: second })
  t.same(
    driver.orders.map(({ lineId }) => lineId),
    [second, second, undefined]
  )
})

t.test('nobody is asked while no session is open', async t => {
  const driver = withSession()
  driver.charge(request('termination', 1, [{ used: { octets: MB } }]))
  driver.submit({ kind: 'block', accountId: 'a1', reason: 'fraud' })
  t.same(driver.orders, [])
  const order = { kind: 'order', accountId: 'a1', action: 'abort', cause: 'operator' } as const
  t.match(driver.submit({ ...order, sessionId: 's;1', ratingGroup: null }), {
    kind: 'refused',
    reason: 'session-unknown'
  })
})

t.test('an order of the operator is for one session, or one of its rating groups', async t => {
  const driver = withSession()
  const order = {
    kind: 'order',
    accountId: 'a1',
    action: 'reauthorize',
    cause: 'operator'
  } as const
  t.match(driver.submit({ ...order, sessionId: 's;1', ratingGroup: 10 }), { kind: 'done' })
  t.match(driver.orders, [{ sessionId: 's;1', ratingGroup: 10, cause: 'operator' }])
})

t.test('a session that its client forgot is closed, unless it was heard of since', async t => {
  const driver = withSession()
  const lastAt = driver.sessions.get('s;1')?.lastAt ?? 0
  const close = { kind: 'close-session', accountId: 'a1', sessionId: 's;1', lastAt } as const
  driver.charge(request('update', 1, [{ ask: {}, used: { octets: MB } }]))
  t.match(driver.submit({ ...close, cause: 'abnormalRelease' }), { repeated: true })
  t.equal(driver.sessions.size, 1)
  const known = { ...close, lastAt: driver.now }
  t.match(driver.submit({ ...known, cause: 'managementIntervention' }), { repeated: false })
  t.equal(driver.sessions.size, 0)
  t.match(driver.account, { openSessions: 0, wallet: { reserved: 0 } })
  t.match(driver.cdrs(), [{ cause: 'managementIntervention', octets: MB }])
  t.match(driver.submit({ ...known, cause: 'abnormalRelease' }), { repeated: true })
  const before = driver.wallet().available
  driver.charge(request('termination', 2, [{ used: { octets: MB } }]))
  t.match(driver.cdrs(), [{ number: 1 }, { number: 2, flags: ['late'], octets: MB }])
  t.ok(driver.wallet().available < before, 'what it reports all the same is charged')
})

t.test('a session follows its client to another peer', async t => {
  const driver = withSession()
  const route = { protocol: 'gy', peer: 'dra.example' } as const
  driver.charge(request('update', 1, [{ ask: {}, used: { octets: MB } }], { route }))
  t.same(driver.sessions.get('s;1')?.route, route)
  const nchf = { protocol: 'nchf', notifyUri: 'http://smf.example/notify' } as const
  driver.charge(request('update', 2, [{ ask: {} }], { route: nchf }))
  t.same(driver.sessions.get('s;1')?.route, nchf)
})

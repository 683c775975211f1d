/** The HTTP API against a real server and real sessions: design §9, row by row. */
import t from 'tap'
import { call, openAccount } from './api-client.ts'
import { connectPeer, dataRequest, dataSession, granted, megabyte } from './charging.ts'
import { serve, sharedSettings } from './gyro-process.ts'

const server = await serve(await sharedSettings(t))
t.teardown(() => server.stop())
const { api } = server
const peer = await connectPeer(server.diameterPort)
t.teardown(() => peer.end())
const key = (value: string) => ({ 'idempotency-key': value })

t.test('an account is opened with the body of the contract', async t => {
  const body = {
    id: 'acme-1',
    lines: [{ msisdn: '4915100000001', imsi: '262010000000001' }],
    offers: ['prepaid-go']
  }
  const opened = await call(api, 'POST', '/v1/accounts', body)
  t.equal(opened.status, 201)
  const { status, body: account } = await call(api, 'GET', '/v1/accounts/acme-1')
  t.equal(status, 200)
  t.match(account, {
    id: 'acme-1',
    status: 'active',
    wallet: { available: '0.000000', reserved: '0.000000', currency: 'EUR' },
    buckets: [],
    lines: [{ msisdn: '4915100000001', imsi: '262010000000001' }],
    subscriptions: [{ offer: 'prepaid-go' }]
  })
  t.equal((await call(api, 'POST', '/v1/accounts', body)).status, 409, 'it exists')
  const taken = { ...body, id: 'acme-2' }
  t.equal((await call(api, 'POST', '/v1/accounts', taken)).status, 409, 'the numbers are taken')
  const offer = { id: 'acme-3', lines: [{ msisdn: '4915100000003' }], offers: ['none'] }
  const unknown = await call(api, 'POST', '/v1/accounts', offer)
  t.ok(unknown.status >= 400 && unknown.status < 500)
  t.equal((await call(api, 'GET', '/v1/accounts/acme-3')).status, 404, 'nothing was opened')
})

t.test('money moves once for each key', async t => {
  const path = '/v1/accounts/acme-1/top-ups'
  t.equal((await call(api, 'POST', path, { amount: '20.00' })).status, 400)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => call(api, 'POST', path, { amount: '20.00' }, key('t-1')))
  )
  t.same(new Set(answers.map(({ status }) => status)), new Set([201]))
  t.same(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
  t.equal((await call(api, 'POST', path, { amount: '20.01' }, key('t-1'))).status, 409)
  const unknown = await call(api, 'POST', '/v1/accounts/none/top-ups', { amount: '1' }, key('x'))
  t.equal(unknown.status, 404)
  for (const amount of ['-1', '0', '1.0000001', 1, '1e2', '']) {
    const { status, type } = await call(api, 'POST', path, { amount }, key(`w-${amount}`))
    t.ok(status >= 400 && status < 500, String(amount))
    t.equal(type, 'application/problem+json')
  }
  const { body } = await call(api, 'GET', '/v1/accounts/acme-1')
  t.equal(body.wallet.available, '20.000000')
})

t.test(
  'an add-on that the wallet cannot pay changes nothing; one that it can fills its bucket',
  async t => {
    await openAccount(api, 'poor', '4915100000010', '4.98')
    const poor = await call(api, 'POST', '/v1/accounts/poor/subscriptions', { offer: 'data-5gb' })
    t.ok([402, 409].includes(poor.status))
    const same = (await call(api, 'GET', '/v1/accounts/poor')).body
    t.equal(same.wallet.available, '4.980000')
    t.same(same.buckets, [])
    const path = '/v1/accounts/acme-1/subscriptions'
    t.equal((await call(api, 'POST', path, { offer: 'data-5gb' })).status, 201)
    const { body } = await call(api, 'GET', '/v1/accounts/acme-1')
    t.equal(body.wallet.available, '15.010000')
    t.match(body.buckets, [
      {
        id: String,
        offer: 'data-5gb',
        unit: 'octets',
        available: 5_000_000_000,
        reserved: 0,
        validUntil: /^\d{4}-\d\d-\d\dT/
      }
    ])
  }
)

t.test('sessions, reservations and CDRs are readable as they change', async t => {
  const opened = await peer.ccr(dataRequest('pgw;c1', '4915100000001', 'initial', 0, null))
  t.equal(granted(opened), 10 * megabyte)
  const during = (await call(api, 'GET', '/v1/accounts/acme-1')).body
  t.match(during.buckets, [{ available: 4_990_000_000, reserved: 10_000_000 }])
  const open = (await call(api, 'GET', '/v1/sessions?account=acme-1')).body
  t.match(open, {
    items: [
      {
        sessionId: 'pgw;c1',
        accountId: 'acme-1',
        msisdn: '4915100000001',
        startedAt: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/
      }
    ],
    next: null
  })
  await peer.ccr(dataRequest('pgw;c1', '4915100000001', 'termination', 1, 3 * megabyte))
  t.same((await call(api, 'GET', '/v1/sessions?account=acme-1')).body, { items: [], next: null })

  await openAccount(api, 'acme-4', '4915100000004', '5.00')
  for (const id of ['pgw;c2', 'pgw;c3', 'pgw;c4']) {
    t.same(await dataSession(peer, id, '4915100000004', megabyte, 0), [2001, 2001, 2001])
  }
  const first = (await call(api, 'GET', '/v1/cdrs?account=acme-4&limit=2')).body
  t.match(first.items, [{ sessionId: 'pgw;c4' }, { sessionId: 'pgw;c3' }], 'newest first')
  t.match(first.items[0], {
    accountId: 'acme-4',
    msisdn: '4915100000004',
    startedAt: /Z$/,
    endedAt: /Z$/,
    amount: '0.010000',
    closingCause: 'normalRelease',
    parts: [{ ratingGroup: 10, units: megabyte, amount: '0.010000' }]
  })
  const { body: last } = await call(api, 'GET', first.next)
  t.match(last, { items: [{ sessionId: 'pgw;c2' }], next: null })
  t.equal((await call(api, 'GET', '/v1/sessions?account=none')).status, 404)
  t.equal((await call(api, 'GET', '/v1/cdrs?account=none')).status, 404)
})

t.test('a blocked account is served no more, until it is unblocked', async t => {
  const path = '/v1/accounts/acme-4'
  t.equal((await call(api, 'POST', `${path}/block`, { reason: 'fraud' })).status, 200)
  t.match((await call(api, 'GET', path)).body, { status: 'blocked' })
  const refused = await peer.ccr(dataRequest('pgw;b1', '4915100000004', 'initial', 0, null))
  t.not(refused.resultCode, 2001)
  t.equal((await call(api, 'POST', `${path}/unblock`)).status, 200)
  const served = await peer.ccr(dataRequest('pgw;b2', '4915100000004', 'initial', 0, null))
  t.equal(served.resultCode, 2001)
  t.equal((await call(api, 'POST', '/v1/accounts/none/block', { reason: 'x' })).status, 404)
})

t.test('errors come as problems over the wire, too', async t => {
  const large = await fetch(new URL('/v1/accounts', api), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"id":"${'x'.repeat(2_000_000)}"}`
  })
  t.equal(large.status, 413)
  t.equal(large.headers.get('content-type'), 'application/problem+json')
  const text = await fetch(new URL('/v1/accounts', api), { method: 'POST', body: '{}' })
  t.equal(text.status, 415)
  const wrong = await call(api, 'POST', '/v1/accounts', { id: 'x', lines: [{ msisdn: '+49151' }] })
  t.match(wrong.body, { status: 400, errors: [{ member: 'lines/0/msisdn' }] })
  t.equal((await call(api, 'GET', '/nothing')).status, 404)
  const method = await call(api, 'DELETE', '/v1/accounts/acme-1')
  t.equal(method.status, 405)
  t.ok(method.headers.get('allow'))
})

t.test('health, metrics and description are there', async t => {
  t.equal((await call(api, 'GET', '/livez')).status, 200)
  t.match((await call(api, 'GET', '/readyz')).body, {
    status: 'ready',
    checks: { store: { status: 'up' }, cdr: { status: 'up' } }
  })
  const metrics = await call(api, 'GET', '/metrics')
  t.match(metrics.type, /^text\/plain/)
  t.match(metrics.body, /^gyro_requests_total\{/m)
  t.match((await call(api, 'GET', '/openapi.json')).body, { openapi: '3.1.0' })
})

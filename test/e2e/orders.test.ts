import t from 'tap'
import type { SessionJson } from '../../src/api/views.ts'
import { flags } from '../../src/diameter/codec/header.ts'
import { connectDiameter, type DiameterClient } from '../support/diameter-client.ts'
import { answerOrder, order, orders } from '../support/orders.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { dataRequest, granted, megabyte } from './charging.ts'
import { type GyroServer, portSettings, serve } from './gyro-process.ts'

const redis = await emptyRedis()
const database = await createDatabase()
const settings = { ...portSettings(), GYRO_STORE: redis.url, GYRO_CDR: database.url }
/** The first has the connections of workers, the second one process. */
const [first, second] = await Promise.all([
  serve({ ...settings, GYRO_WORKERS: '2' }),
  serve(settings)
])
t.teardown(async () => {
  await Promise.all([first.stop(), second.stop()])
  await redis.stop()
  await database.drop()
})

let accounts = 0

/** An account with 20.00, and its number. */
async function account(server = first): Promise<{ readonly id: string; readonly msisdn: string }> {
  accounts += 1
  const [id, msisdn] = [`acme-${accounts}`, String(4915100000000 + accounts)]
  t.equal((await openAccount(server.api, id, msisdn, '20.00')).status, 201)
  return { id, msisdn }
}

async function connect(server: GyroServer, host: string): Promise<DiameterClient> {
  const client = await connectDiameter(server.diameterPort)
  await client.cer({ 'Origin-Host': host })
  return client
}

let topUps = 0

async function topUp(server: GyroServer, id: string): Promise<void> {
  topUps += 1
  const headers = { 'idempotency-key': `top-up-${topUps}` }
  const body = { amount: '5.00' }
  const { status } = await call(server.api, 'POST', `/v1/accounts/${id}/top-ups`, body, headers)
  t.equal(status, 201)
}

async function sessionsOf(server: GyroServer, id: string): Promise<number> {
  return (await call(server.api, 'GET', `/v1/sessions?account=${id}`)).body.items.length
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

t.test(
  'RFC 8506 5.5: a top-up at one server re-authorizes at the other, once a session',
  async t => {
    const { id, msisdn } = await account()
    const other = await account()
    const pgw = await connect(second, 'pgw1.example.org')
    const from = { 'Origin-Host': 'pgw1.example.org' }
    await pgw.ccr({ ...dataRequest('pgw1;1', msisdn, 'initial', 0, null), ...from })
    await pgw.ccr({ ...dataRequest('pgw1;2', msisdn, 'initial', 0, null), ...from })
    await pgw.ccr({ ...dataRequest('pgw1;3', other.msisdn, 'initial', 0, null), ...from })
    await topUp(first, id)
    const from0 = performance.now()
    const rar = await order(pgw, 'RAR', 0)
    await order(pgw, 'RAR', 1)
    t.ok(performance.now() - from0 < 3_000, `${performance.now() - from0} ms`)
    t.equal(rar.header.application, 4)
    t.equal(rar.header.flags, flags.request | flags.proxiable)
    t.match(rar.avps, {
      'Origin-Host': second.settings['GYRO_ORIGIN_HOST'] ?? String,
      'Destination-Host': 'pgw1.example.org',
      'Destination-Realm': 'example.org',
      'Auth-Application-Id': 4,
      'Re-Auth-Request-Type': 0,
      'Rating-Group': undefined
    })
    for (const sent of orders(pgw, 'RAR')) answerOrder(pgw, 'RAR', sent, 2002)
    const update = await pgw.ccr({
      ...dataRequest('pgw1;1', msisdn, 'update', 1, megabyte),
      ...from
    })
    t.equal(update.resultCode, 2001)
    await topUp(second, id)
    await order(pgw, 'RAR', 3)
    const named = orders(pgw, 'RAR').map(sent => sent.avps['Session-Id'])
    t.same(named.slice(0, 2).sort(), ['pgw1;1', 'pgw1;2'])
    t.same(named.slice(2).sort(), ['pgw1;1', 'pgw1;2'], 'and again after the next one')
    for (const sent of orders(pgw, 'RAR').slice(2)) answerOrder(pgw, 'RAR', sent, 2001)
    pgw.end()
  }
)

t.test('a client behind an agent is reached by way of the agent', async t => {
  const { id, msisdn } = await account()
  const dra = await connect(first, 'dra.example.net')
  const from = { 'Origin-Host': 'pgw2.example.org' }
  await dra.ccr({ ...dataRequest('pgw2;1', msisdn, 'initial', 0, null), ...from })
  await call(second.api, 'POST', `/v1/accounts/${id}/subscriptions`, { offer: 'data-5gb' })
  const rar = await order(dra, 'RAR')
  t.equal(rar.avps['Destination-Host'], 'pgw2.example.org')
  answerOrder(dra, 'RAR', rar, 2001)
  const elsewhere = await connect(second, 'dra2.example.net')
  await elsewhere.ccr({ ...dataRequest('pgw2;1', msisdn, 'update', 1, megabyte), ...from })
  await topUp(first, id)
  answerOrder(elsewhere, 'RAR', await order(elsewhere, 'RAR'), 2001)
  t.equal(orders(dra, 'RAR').length, 1, 'the way of the last request counts')
  dra.end()
  elsewhere.end()
})

for (const [name, server] of [
  ['one process', second],
  ['workers', first]
] as const) {
  t.test(`with ${name} a session is reached over the connection that it came by`, async t => {
    const { id, msisdn } = await account()
    const host = `pgw-${name.replace(' ', '-')}.example.org`
    const from = { 'Origin-Host': host }
    // Connections are dealt to the workers in turn, so that each worker has one.
    const clients = [await connect(server, host), await connect(server, host)] as const
    await new Promise(resolve => setTimeout(resolve, 200))
    const send = async (client: DiameterClient, number: number, usage: number | null) => {
      const type = number === 0 ? 'initial' : 'update'
      for (const session of [`${host};1`, `${host};2`, `${host};3`]) {
        await client.ccr({ ...dataRequest(session, msisdn, type, number, usage), ...from })
      }
      await topUp(first, id)
    }
    const answer = async (client: DiameterClient, ...numbers: readonly number[]) => {
      for (const nth of numbers) {
        answerOrder(client, 'RAR', await order(client, 'RAR', nth), 2001)
      }
    }
    const counts = () => clients.map(client => orders(client, 'RAR').length)
    await send(clients[0], 0, null)
    await answer(clients[0], 0, 1, 2)
    await send(clients[1], 1, megabyte)
    await answer(clients[1], 0, 1, 2)
    await send(clients[0], 2, megabyte)
    await answer(clients[0], 3, 4, 5)
    await send(clients[1], 3, megabyte)
    await answer(clients[1], 3, 4, 5)
    t.same(counts(), [6, 6])
    clients[1].end()
    await clients[1].closed
    await topUp(first, id)
    await answer(clients[0], 6, 7, 8)
    clients[0].end()
  })
}

t.test('a block aborts the session; the gateway then reports its last usage', async t => {
  const { id, msisdn } = await account()
  const pgw = await connect(first, 'pgw3.example.org')
  const from = { 'Origin-Host': 'pgw3.example.org' }
  t.equal(
    granted(await pgw.ccr({ ...dataRequest('pgw3;1', msisdn, 'initial', 0, null), ...from })),
    10 * megabyte
  )
  await call(second.api, 'POST', `/v1/accounts/${id}/block`, { reason: 'fraud' })
  const asr = await order(pgw, 'ASR')
  t.equal(asr.avps['Session-Id'], 'pgw3;1')
  answerOrder(pgw, 'ASR', asr, 2001)
  const last = { ...dataRequest('pgw3;1', msisdn, 'termination', 1, megabyte), ...from }
  t.equal((await pgw.ccr(last)).resultCode, 2001)
  const { body } = await call(first.api, 'GET', `/v1/accounts/${id}`)
  t.match(body.wallet, { available: '19.990000', reserved: '0.000000' })
  t.equal(orders(pgw, 'ASR').length, 1)
  t.equal(orders(pgw, 'RAR').length, 0)
  pgw.end()
})

t.test(
  'a change of the offer re-authorizes: old units as they were, the next by the new',
  async t => {
    const { id, msisdn } = await account()
    const pgw = await connect(second, 'pgw7.example.org')
    const from = { 'Origin-Host': 'pgw7.example.org' }
    await pgw.ccr({ ...dataRequest('pgw7;1', msisdn, 'initial', 0, null), ...from })
    const path = `/v1/accounts/${id}/subscriptions`
    const body = { offer: 'family-20gb', replaces: 'prepaid-go' }
    t.equal((await call(first.api, 'POST', path, body)).status, 400, 'it needs a key')
    const key = { 'idempotency-key': 'change-1' }
    t.equal((await call(first.api, 'POST', path, { ...body, at: '2026-01-01' }, key)).status, 400)
    t.equal((await call(first.api, 'POST', path, body, key)).status, 201)
    const again = await call(second.api, 'POST', path, body, key)
    t.match([again.status, again.headers.get('idempotent-replayed')], [201, 'true'])
    const rar = await order(pgw, 'RAR')
    t.equal(rar.avps['Session-Id'], 'pgw7;1')
    answerOrder(pgw, 'RAR', rar, 2001)
    await pgw.ccr({ ...dataRequest('pgw7;1', msisdn, 'update', 1, megabyte), ...from })
    await pgw.ccr({ ...dataRequest('pgw7;1', msisdn, 'termination', 2, 2 * megabyte), ...from })
    const now = (await call(first.api, 'GET', `/v1/accounts/${id}`)).body
    t.match(now.wallet, { available: '19.990000' }, 'one megabyte at 0.01, two of the allowance')
    t.match(now.buckets[0], { offer: 'family-20gb', available: 20_000 * megabyte - 2 * megabyte })
    t.match(now.subscriptions, [{ offer: 'family-20gb' }])
    t.equal(orders(pgw, 'RAR').length, 1)
    const end = `${path}/${encodeURIComponent(now.subscriptions[0].id)}`
    const ended = await call(second.api, 'DELETE', end)
    t.match([ended.status, ended.body.subscriptions.length, ended.body.buckets.length], [200, 0, 0])
    t.equal((await call(second.api, 'DELETE', end)).status, 404)
    pgw.end()
  }
)

t.test('a session that the gateway does not know is closed after it was asked twice', async t => {
  const { id, msisdn } = await account()
  const pgw = await connect(second, 'pgw4.example.org')
  const from = { 'Origin-Host': 'pgw4.example.org' }
  await pgw.ccr({ ...dataRequest('pgw4;1', msisdn, 'initial', 0, null), ...from })
  await topUp(first, id)
  const before = await order(pgw, 'RAR')
  answerOrder(pgw, 'RAR', before, 5002)
  const again = await order(pgw, 'RAR', 1)
  t.equal(await sessionsOf(first, id), 1, 'once is not enough')
  t.equal(again.header.endToEnd, before.header.endToEnd)
  t.ok(again.header.flags & flags.retransmitted)
  answerOrder(pgw, 'RAR', again, 5002)
  await eventually('closed', async () => (await sessionsOf(first, id)) === 0)
  const { body } = await call(first.api, 'GET', `/v1/cdrs?account=${id}`)
  t.match(body.items, [
    { sessionId: 'pgw4;1', closingCause: 'abnormalRelease', amount: '0.000000' }
  ])
  const wallet = (await call(first.api, 'GET', `/v1/accounts/${id}`)).body.wallet
  t.match(wallet, { available: '25.000000', reserved: '0.000000' })
  pgw.end()
})

t.test('an operator orders a session or one of its rating groups', async t => {
  const { id, msisdn } = await account()
  const pgw = await connect(first, 'pgw5.example.org')
  const from = { 'Origin-Host': 'pgw5.example.org' }
  const sub = { 'CC-Sub-Session-Id': 7n }
  await pgw.ccr({ ...dataRequest('pgw5/a;1', msisdn, 'initial', 0, null), ...from, ...sub })
  const listed = await call(first.api, 'GET', `/v1/sessions?account=${id}`)
  t.match(listed.body.items, [{ sessionId: 'pgw5/a;1', subSessionId: '7' }])
  const path = `/v1/sessions/${encodeURIComponent('pgw5/a;1')}`
  const to = (action: string) => `${path}/${action}?subSessionId=7`
  const ordered = await call(second.api, 'POST', to('reauthorize'), { ratingGroup: 10 })
  t.equal(ordered.status, 202)
  t.match(ordered.body, { sessionId: 'pgw5/a;1', subSessionId: '7', accountId: id })
  t.match(ordered.body, { action: 'reauthorize', ratingGroup: 10 })
  const rar = await order(pgw, 'RAR')
  t.match(rar.avps, { 'Session-Id': 'pgw5/a;1', 'CC-Sub-Session-Id': 7n, 'Rating-Group': 10 })
  answerOrder(pgw, 'RAR', rar, 5012)
  t.match((await call(first.api, 'POST', '/v1/sessions/reauthorize')).body, { accounts: Number })
  answerOrder(pgw, 'RAR', await order(pgw, 'RAR', 1), 2001)
  t.equal((await call(second.api, 'POST', to('abort'))).status, 202)
  const asr = await order(pgw, 'ASR')
  answerOrder(pgw, 'ASR', asr, 3002)
  const again = await order(pgw, 'ASR', 1)
  t.equal(asr.header.endToEnd, again.header.endToEnd, 'not delivered, so it is sent again')
  answerOrder(pgw, 'ASR', again, 2001)
  const unknown = await call(first.api, 'POST', '/v1/sessions/nothing/abort')
  t.match([unknown.status, unknown.body.type], [404, 'urn:gyro:problem:session-unknown'])
  t.equal((await call(first.api, 'POST', `${path}/abort`)).status, 404, 'the session is none')
  const no = await call(first.api, 'POST', `${path}/abort?subSessionId=seven`)
  t.match([no.status, no.body.errors], [400, [{ member: 'subSessionId' }]])
  const wrong = await call(first.api, 'POST', to('reauthorize'), { ratingGroup: -1 })
  t.equal(wrong.status, 400)
  pgw.end()
})

t.test('RFC 6733 8.8: a Session-Id that ends as sub-sessions are kept is its own', async t => {
  const { id, msisdn } = await account()
  const pgw = await connect(first, 'pgw8.example.org')
  const from = { 'Origin-Host': 'pgw8.example.org' }
  const plain = 'pgw8;927919704;1;sub=7'
  const open = (session: string, more: object = {}) =>
    pgw.ccr({ ...dataRequest(session, msisdn, 'initial', 0, null), ...from, ...more })
  t.match((await open(plain)).avps, { 'Session-Id': plain, 'Result-Code': 2001 })
  await call(first.api, 'POST', `/v1/sessions/${encodeURIComponent(plain)}/reauthorize`)
  const rar = await order(pgw, 'RAR')
  t.match(rar.avps, { 'Session-Id': plain, 'CC-Sub-Session-Id': undefined })
  answerOrder(pgw, 'RAR', rar, 2001)
  const sub = await open('pgw8;927919704;1', { 'CC-Sub-Session-Id': 7n })
  t.match(sub.avps, { 'Session-Id': 'pgw8;927919704;1', 'CC-Sub-Session-Id': 7n })
  const { items } = (await call(first.api, 'GET', `/v1/sessions?account=${id}`)).body
  const names = items.map((each: SessionJson) => [each.sessionId, each.subSessionId])
  t.same(names.sort(), [
    ['pgw8;927919704;1', '7'],
    [plain, undefined]
  ])
  const query = new URLSearchParams({ session: plain })
  const explained = (await call(first.api, 'GET', `/v1/explain?${query}`)).body
  t.match(explained, { sessionId: plain, open: { session: { sessionId: plain } } })
  query.set('session', 'pgw8;927919704;1')
  query.set('subSessionId', '07')
  t.equal((await call(first.api, 'GET', `/v1/explain?${query}`)).body.subSessionId, '7')
  pgw.end()
})

t.test('an order waits for a gateway whose server was killed and that comes back', async t => {
  const third = await serve(settings)
  const { id, msisdn } = await account()
  const from = { 'Origin-Host': 'pgw6.example.org' }
  const before = await connect(third, 'pgw6.example.org')
  await before.ccr({ ...dataRequest('pgw6;1', msisdn, 'initial', 0, null), ...from })
  await third.stop('SIGKILL')
  // The others do not know yet that it is gone: what they leave for it must be found.
  await topUp(first, id)
  await new Promise(resolve => setTimeout(resolve, 500))
  const pgw = await connect(first, 'pgw6.example.org')
  const rar = await order(pgw, 'RAR', 0, 15_000)
  t.equal(rar.avps['Session-Id'], 'pgw6;1')
  answerOrder(pgw, 'RAR', rar, 2001)
  await topUp(second, id)
  answerOrder(pgw, 'RAR', await order(pgw, 'RAR', 1), 2001)
  pgw.end()
})

t.test(
  'workers that fight for one account hand requests to each other, and count exactly',
  async t => {
    const { id, msisdn } = await account()
    const peers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => connect(first, `hot${i}.example.org`))
    )
    const codes = await Promise.all(
      peers.map(async (peer, i) => {
        const from = { 'Origin-Host': `hot${i}.example.org` }
        const session = `hot${i};1`
        const answers = [
          await peer.ccr({ ...dataRequest(session, msisdn, 'initial', 0, null), ...from })
        ]
        for (let number = 1; number <= 40; number++) {
          const update = dataRequest(session, msisdn, 'update', number, 100_000)
          answers.push(await peer.ccr({ ...update, ...from }))
        }
        answers.push(
          await peer.ccr({ ...dataRequest(session, msisdn, 'termination', 41, 0), ...from })
        )
        return answers.map(answer => answer.resultCode)
      })
    )
    t.ok(codes.flat().every(code => code === 2001))
    const { body } = await call(second.api, 'GET', `/v1/accounts/${id}`)
    t.match(body.wallet, { available: '19.760000', reserved: '0.000000' })
    const metrics = await call(first.api, 'GET', '/metrics')
    t.match(metrics.body, /gyro_handed_over [1-9]/)
    for (const peer of peers) peer.end()
  }
)

t.test('what became of orders is counted, and none waits', async t => {
  const texts = await Promise.all(
    [first, second].map(server => call(server.api, 'GET', '/metrics').then(reply => reply.body))
  )
  const all = texts.join('\n')
  const expected = [
    /gyro_orders_total\{action="reauthorize",cause="top-up",result="accepted"\} \d/,
    /gyro_orders_total\{action="reauthorize",cause="top-up",result="unknown-session"\} 1/,
    /gyro_orders_total\{action="reauthorize",cause="operator",result="refused"\} 1/,
    /gyro_orders_total\{action="abort",cause="block",result="accepted"\} 1/,
    /gyro_order_requests_total\{command="ASR"\} \d/
  ]
  for (const pattern of expected) t.match(all, pattern)
  await eventually('none waits', async () =>
    /gyro_orders_waiting 0/.test((await call(first.api, 'GET', '/metrics')).body)
  )
})

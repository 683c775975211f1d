/** Lines that come, change and go: over the HTTP API and the commands, with sessions over Gy, at two servers. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { order } from '../support/orders.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { call } from './api-client.ts'
import { connectPeer, dataRequest, dataSession, granted, megabyte } from './charging.ts'
import { gyro, portSettings, serve, temporaryFolder } from './gyro-process.ts'

const redis = await emptyRedis()
const database = await createDatabase()
const settings = { ...portSettings(), GYRO_STORE: redis.url, GYRO_CDR: database.url }
const [first, second] = await Promise.all([serve(settings), serve(settings)])
const pgw = await connectPeer(second.diameterPort)
t.teardown(async () => {
  pgw.end()
  await Promise.all([first.stop(), second.stop()])
  await redis.stop()
  await database.drop()
})

const number = (account: number, line: number) => `49151800000${account}${line}`
const imsi = (account: number, line: number) => `26201800000${account}${line}`
const line = (account: number, of: number) => ({
  msisdn: number(account, of),
  imsi: imsi(account, of)
})

function post(path: string, body: object, headers: Record<string, string> = {}) {
  return call(first.api, 'POST', path, body, headers)
}

async function open(id: string, account: number, offers = ['family-20gb'], topUp = '20.00') {
  const body = { id, lines: [line(account, 0)], offers, topUp }
  t.equal((await post('/v1/accounts', body)).status, 201)
}

async function begin(session: string, msisdn: string) {
  return pgw.ccr(dataRequest(session, msisdn, 'initial', 0, null))
}

async function linesOf(id: string) {
  const { body } = await call(second.api, 'GET', `/v1/accounts/${id}`)
  return body.lines
}

t.test('a line that was just added gets its grant, and shares what the account has', async t => {
  await open('family', 1)
  t.equal((await begin('before', number(1, 1))).resultCode, 5030)
  const added = [line(1, 1), { ...line(1, 2), offers: ['data-5gb'] }]
  const key = { 'idempotency-key': 'child' }
  const answer = await post('/v1/accounts/family/lines', { lines: added }, key)
  t.equal(answer.status, 201)
  t.same(answer.body, { accountId: 'family', lines: [line(1, 1), line(1, 2)] })
  const again = await post('/v1/accounts/family/lines', { lines: added }, key)
  t.equal(again.status, 201)
  t.equal(again.headers.get('idempotent-replayed'), 'true')
  const other = await post('/v1/accounts/family/lines', { lines: [line(1, 3)] }, key)
  t.match(other, { status: 409, body: { type: 'urn:gyro:problem:key-reused' } })
  const began = await begin('child', number(1, 1))
  t.equal(began.resultCode, 2001)
  t.ok(granted(began) > 0)
  await pgw.ccr(dataRequest('child', number(1, 1), 'termination', 1, 3 * megabyte))
  const { body } = await call(first.api, 'GET', '/v1/accounts/family')
  t.match(body, { wallet: { available: '15.010000' } }, 'one fee of 4.99')
  const pool = body.buckets.find((bucket: { line: unknown }) => bucket.line === null)
  t.equal(pool.available, pool.total - 3 * megabyte)
  const minutes = body.buckets.filter(({ unit }: { unit: string }) => unit === 'seconds')
  t.same(minutes.map((bucket: { line: string }) => bucket.line).sort(), [
    number(1, 0),
    number(1, 1),
    number(1, 2)
  ])
})

t.test('what is wrong is said with its member, and nothing is changed', async t => {
  await open('poor', 2, ['family-20gb'], '1.00')
  for (const [lines, status, member] of [
    [[line(2, 1), { msisdn: number(1, 0) }], 409, 'lines/1/msisdn'],
    [[{ imsi: imsi(1, 1) }], 409, 'lines/0/imsi'],
    [[line(2, 0)], 409, 'lines/0/msisdn'],
    [[line(2, 1), line(2, 1)], 400, 'lines/1/msisdn'],
    [[{ msisdn: '+49' }], 400, 'lines/0/msisdn'],
    [[{ ...line(2, 1), offers: ['data-5gb'] }], 402, undefined],
    [[{ ...line(2, 1), offers: ['nothing'] }], 422, undefined],
    [[], 400, 'lines']
  ] as const) {
    const { status: given, body } = await post('/v1/accounts/poor/lines', { lines })
    t.equal(given, status)
    t.equal(body.errors?.[0]?.member, member)
  }
  t.equal((await post('/v1/accounts/nobody/lines', { lines: [line(2, 1)] })).status, 404)
  t.same(await linesOf('poor'), [{ id: number(2, 0), ...line(2, 0) }])
  t.equal((await post('/v1/accounts/poor/lines', { lines: [line(2, 1)] })).status, 201)
})

t.test('another SIM and another number, while a session goes on', async t => {
  await open('swap', 3)
  await post('/v1/accounts/swap/lines', { lines: [line(3, 1)] })
  t.equal((await begin('swap', number(3, 1))).resultCode, 2001)
  const path = `/v1/accounts/swap/lines/${number(3, 1)}`
  const changed = await call(first.api, 'PATCH', path, { msisdn: number(3, 5), imsi: imsi(3, 5) })
  t.equal(changed.status, 200)
  t.same(changed.body, { accountId: 'swap', line: number(3, 1), ...line(3, 5) })
  const update = await pgw.ccr(dataRequest('swap', number(3, 1), 'update', 1, megabyte))
  t.equal(update.resultCode, 2001)
  t.ok(granted(update) > 0)
  t.equal((await begin('swap-old', number(3, 1))).resultCode, 5030)
  t.equal((await begin('swap-new', number(3, 5))).resultCode, 2001)
  const sessions = await call(first.api, 'GET', '/v1/sessions?account=swap')
  const items = sessions.body.items as { sessionId: string; msisdn: string }[]
  t.same(
    items.map(({ sessionId, msisdn }) => [sessionId.includes('swap-new'), msisdn]).sort(),
    [
      [false, number(3, 1)],
      [true, number(3, 5)]
    ],
    'each has the number that it began with'
  )
  t.match(await linesOf('swap'), [{}, { id: number(3, 1), ...line(3, 5) }])
  const taken = await call(first.api, 'PATCH', `/v1/accounts/swap/lines/${imsi(3, 5)}`, {
    msisdn: number(1, 0)
  })
  t.match(taken, { status: 409, body: { errors: [{ member: 'msisdn' }] } })
  const other = { imsi: imsi(3, 6) }
  t.equal((await call(first.api, 'PATCH', path, other)).status, 404, 'by a number that it had')
  const now = `/v1/accounts/swap/lines/${number(3, 5)}`
  t.equal((await call(first.api, 'PATCH', now, other)).status, 200)
  const nothing = await call(first.api, 'PATCH', path, {})
  t.equal(nothing.status, 400)
  const bought = { offer: 'data-5gb', line: number(3, 5) }
  t.equal((await post('/v1/accounts/swap/subscriptions', bought)).status, 201)
})

t.test('a line ends: its client is asked to end, and its number is free', async t => {
  await open('ending', 4)
  await open('next', 5)
  await post('/v1/accounts/ending/lines', { lines: [{ ...line(4, 1), offers: ['data-5gb'] }] })
  await begin('ending', number(4, 1))
  await begin('staying', number(4, 0))
  const path = `/v1/accounts/ending/lines/${number(4, 1)}`
  const ended = await call(first.api, 'DELETE', path)
  t.equal(ended.status, 200)
  t.same(ended.body, { accountId: 'ending', line: number(4, 1) })
  const asr = await order(pgw, 'ASR', 0)
  t.equal(asr.avps['Session-Id'], 'ending')
  t.equal((await call(first.api, 'DELETE', path)).status, 404)
  t.match(await call(first.api, 'DELETE', `/v1/accounts/ending/lines/${imsi(4, 0)}`), {
    status: 409,
    body: { type: 'urn:gyro:problem:line-last' }
  })
  t.equal((await begin('no', number(4, 1))).resultCode, 5030)
  const moved = await post('/v1/accounts/next/lines', { lines: [line(4, 1)] })
  t.equal(moved.status, 201)
  t.equal((await begin('moved', number(4, 1))).resultCode, 2001)
  const last = dataRequest('ending', number(4, 1), 'termination', 1, 2 * megabyte)
  t.equal((await pgw.ccr(last)).resultCode, 2001)
  const late = dataRequest('ending', number(4, 1), 'update', 7, megabyte)
  t.equal((await pgw.ccr(late)).resultCode, 5002)
  await pgw.ccr(dataRequest('moved', number(4, 1), 'termination', 1, 5 * megabyte))
  t.same(await linesOf('ending'), [{ id: number(4, 0), ...line(4, 0) }])
  const { body } = await call(first.api, 'GET', '/v1/accounts/ending')
  t.equal(body.subscriptions.length, 1)
  const seen = await cdrs('ending', 2)
  t.match(seen, [{ octets: megabyte }, { octets: 2 * megabyte }])
  t.match(await cdrs('next', 1), [{ octets: 5 * megabyte, msisdn: number(4, 1) }])
  t.equal((await gyro(['reconcile'], settings)).status, 0)
  const compared = await gyro(['rebuild', '--compare'], settings)
  t.equal(compared.status, 0, compared.stdout)
})

async function cdrs(account: string, count: number) {
  for (let tries = 0; tries < 100; tries += 1) {
    const { body } = await call(first.api, 'GET', `/v1/cdrs?account=${account}`)
    if (body.items.length === count) return body.items
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`no ${count} CDRs of ${account}`)
}

t.test('the same from the command line', async t => {
  await open('typed', 6)
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'lines.jsonl')
  writeFileSync(file, `${JSON.stringify(line(6, 1))}\n${JSON.stringify(line(6, 2))}\n`)
  const added = await gyro(['accounts', 'add-lines', 'typed', file], settings)
  t.match(added, { status: 0, stderr: '2 lines added to typed\n' })
  const again = await gyro(['accounts', 'add-lines', 'typed', file], settings)
  t.equal(again.status, 1)
  t.match(again.stderr, /lines\/0\/msisdn: msisdn:4915180000061 belongs to another account or line/)
  const changing = ['accounts', 'change-line', 'typed', number(6, 1), '--imsi', imsi(6, 7)]
  t.match(await gyro(changing, settings), { status: 0 })
  t.match(await gyro(['accounts', 'end-line', 'typed', imsi(6, 2)], settings), { status: 0 })
  t.match(await gyro(changing.slice(0, 4), settings), { status: 2 })
  const shown = await gyro(['accounts', 'show', 'typed'], settings)
  t.match(shown.stdout, `line: msisdn ${number(6, 1)}, imsi ${imsi(6, 7)}`)
  t.notMatch(shown.stdout, number(6, 2))
  const listed = await gyro(['accounts', 'list'], settings)
  t.match(listed.stdout, /typed +active +20\.000000 +0\.000000 +2 /)
  t.same(await dataSession(pgw, 'typed', number(6, 1), megabyte, megabyte), [2001, 2001, 2001])
})

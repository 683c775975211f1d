/**
 * Limits, and offers of single lines, over Gy and the HTTP API, on a real Redis and Postgres: what stops, what is told,
 * what is chosen.
 */
import { createHash } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { call } from './api-client.ts'
import { connectPeer, dataRequest, granted, megabyte } from './charging.ts'
import { portSettings, serve, temporaryFolder } from './gyro-process.ts'

const catalogue = join(temporaryFolder(), 'catalogue')
cpSync('conf/catalogue', catalogue, { recursive: true })
writeFileSync(
  join(catalogue, 'offers', 'capped.yaml'),
  `offer: capped
kind: base
name: Data at home up to 0.05 a month for each line
limits:
  - limit: data
    services: [internet]
    zones: [home]
    money: "0.05"
    period: calendar-month
    sharing: line
    settable: true
    passable: true
    thresholds: [{ at: 80 % }, { at: 100 %, status: capped }]
prices-of: prepaid-go
`
)
const policy = join(catalogue, 'catalogue.yaml')
writeFileSync(
  policy,
  readFileSync(policy, 'utf8').replace('quota:\n', 'quota:\n  line-rate: 1 MB\n')
)
const redis = await emptyRedis()
const database = await createDatabase()
const server = await serve({
  ...portSettings(),
  GYRO_STORE: redis.url,
  GYRO_CDR: database.url,
  GYRO_CATALOGUE: catalogue
})
t.teardown(async () => {
  await server.stop()
  await redis.stop()
  await database.drop()
})
const { api } = server
const line = '4915100000001'

t.test(
  'a line stops at its limit, its subscriber is told once, and goes on as he chooses',
  async t => {
    const peer = await connectPeer(server.diameterPort)
    t.teardown(() => peer.end())
    const body = { id: 'a-1', lines: [{ msisdn: line }], offers: ['capped'], topUp: '10.00' }
    t.equal((await call(api, 'POST', '/v1/accounts', body)).status, 201)
    const ask = (number: number, used: number | null = null) => {
      const type = number === 0 ? 'initial' : 'update'
      return peer.ccr(dataRequest('pgw;1', line, type, number, used))
    }
    t.equal(granted(await ask(0)), 5 * megabyte, '0.05')
    t.equal(granted(await ask(1, 5 * megabyte)), 0)
    const path = '/v1/accounts/a-1/limits/data'
    const reached = await call(api, 'GET', '/v1/accounts/a-1')
    t.match(reached.body, {
      wallet: { available: '9.950000', badDebt: '0.000000' },
      limits: [
        { limit: 'data', offer: 'capped', line, amount: '0.050000', used: '0.050000', beyond: 'no' }
      ],
      policyCounters: [{ counter: 'capped/data', line, status: 'capped' }]
    })
    const chosen = await call(api, 'PUT', path, { amount: '0.10', line })
    t.equal(chosen.status, 200)
    t.match(chosen.body, { limits: [{ amount: '0.100000' }], policyCounters: [] })
    t.equal(granted(await ask(2)), 5 * megabyte)
    t.equal((await call(api, 'PUT', path, { beyond: 'period', line })).status, 200)
    t.equal(granted(await ask(3, 5 * megabyte)), 10 * megabyte)
    for (const [wrong, status] of [
      [{}, 400],
      [{ amount: 'much', line }, 400],
      // Money is never a number, which might be meant in cents as well.
      [{ amount: 20, line }, 400],
      [{ beyond: 'ever', line }, 400],
      [{ amount: '1.00' }, 404],
      [{ amount: '1.00', line: '4915100000009' }, 404]
    ] as const) {
      t.equal((await call(api, 'PUT', path, wrong)).status, status, JSON.stringify(wrong))
    }
    t.equal((await call(api, 'PUT', '/v1/accounts/none/limits/data', { amount: '1' })).status, 404)
    const explained = await call(api, 'GET', '/v1/explain?session=pgw%3B1')
    t.match(explained.body, {
      open: {
        limits: [
          { limit: 'capped/data', line, beyond: 'period', used: '0.100000', held: '0.100000' }
        ]
      }
    })
    t.same(await events(4), ['80 %', '100 %', '80 %', '100 %'])
  }
)

t.test('prepaid and postpaid lines of one account, side by side', async t => {
  const [prepaid, postpaid, plain] = ['4915100000011', '4915100000012', '4915100000013']
  const imsi = '262010000000013'
  const body = {
    id: 'hybrid',
    lines: [
      { msisdn: prepaid, offers: ['prepaid-go'] },
      { msisdn: postpaid, offers: ['postpaid-flat'] },
      { msisdn: plain, imsi }
    ],
    topUp: '1.00'
  }
  const opened = await call(api, 'POST', '/v1/accounts', body)
  t.equal(opened.status, 201)
  t.match(opened.body, {
    subscriptions: [
      { offer: 'prepaid-go', line: prepaid },
      { offer: 'postpaid-flat', line: postpaid }
    ]
  })
  const peer = await connectPeer(server.diameterPort)
  t.teardown(() => peer.end())
  const session = async (id: string, line: string) => {
    const first = await peer.ccr(dataRequest(id, line, 'initial', 0, null))
    const used = Math.min(granted(first), 2 * megabyte)
    await peer.ccr(dataRequest(id, line, 'termination', 1, used))
    return used
  }
  const ids = Array.from({ length: 20 }, (_, i) => `pgw;both;${i}`)
  const all = ids.map((id, i) => session(id, i % 2 === 0 ? prepaid : postpaid))
  // What is free for the postpaid line takes nothing; each of the ten others pays what it uses: 0.01 a megabyte.
  const used = (await Promise.all(all)).filter((_, i) => i % 2 === 0)
  const sum = used.reduce((total, octets) => total + octets, 0)
  const left = ((100 * megabyte - sum) / (100 * megabyte)).toFixed(6)
  const after = await call(api, 'GET', '/v1/accounts/hybrid')
  t.match(after.body, { wallet: { available: left, reserved: '0.000000' } })

  const path = '/v1/accounts/hybrid/subscriptions'
  const bought = await call(api, 'POST', path, { offer: 'prepaid-go', line: imsi })
  t.equal(bought.status, 201)
  t.same(bought.body, { accountId: 'hybrid', offer: 'prepaid-go', line: imsi })
  t.equal((await call(api, 'POST', path, { offer: 'capped', line: plain })).status, 409)
  t.equal((await call(api, 'POST', path, { offer: 'capped', line: '4915100000099' })).status, 404)
  t.equal((await call(api, 'POST', path, { offer: 'capped', line: 'him' })).status, 400)
  const replaced = { offer: 'capped', replaces: 'prepaid-go', line: plain }
  const key = { 'idempotency-key': 'change-1' }
  t.equal((await call(api, 'POST', path, replaced, key)).status, 201)
  const repeat = await call(api, 'POST', path, replaced, key)
  t.equal(repeat.status, 201)
  const other = await call(api, 'POST', path, { ...replaced, line: prepaid }, key)
  t.equal(other.status, 409, 'another line is another order')
  const changed = await call(api, 'GET', '/v1/accounts/hybrid')
  t.match(changed.body, {
    subscriptions: [{ line: prepaid }, { line: postpaid }, { offer: 'capped', line: plain }]
  })
  const last = changed.body.subscriptions.at(-1)?.id ?? ''
  const ended = await call(api, 'DELETE', `${path}/${encodeURIComponent(last)}`)
  t.equal(ended.status, 200)
  t.match(ended.body, { subscriptions: [{ line: prepaid }, { line: postpaid }] })
  const plan = await call(api, 'POST', '/v1/simulate', {
    account: 'hybrid',
    steps: [
      { do: 'subscribe', line: prepaid, offer: 'postpaid-flat', replaces: 'prepaid-go' },
      { do: 'use', line: prepaid, service: 'data', units: megabyte }
    ]
  })
  t.equal(plan.status, 200)
  t.match(plan.body, { debited: '0.000000' })
})

t.test(
  'more than a line can carry is an alarm: in the log, in a metric and as an event',
  async t => {
    const metrics = async () => String((await call(api, 'GET', '/metrics')).body)
    t.match(await metrics(), /^gyro_implausible_usage 0$/m)
    const line = '4915100000031'
    const body = { id: 'a-3', lines: [{ msisdn: line }], offers: ['prepaid-go'], topUp: '10.00' }
    t.equal((await call(api, 'POST', '/v1/accounts', body)).status, 201)
    const peer = await connectPeer(server.diameterPort)
    t.teardown(() => peer.end())
    await peer.ccr(dataRequest('pgw;absurd', line, 'initial', 0, null))
    await peer.ccr(dataRequest('pgw;absurd', line, 'termination', 1, 900 * megabyte))
    const message = 'more was reported than the line can carry; the rest is in suspense'
    const said = server
      .log()
      .split('\n')
      .filter(entry => entry.includes(message))
      .map(entry => JSON.parse(entry))
    const about = {
      accountId: 'a-3',
      lineId: '**********031',
      sessionId: 'pgw;absurd',
      traceId: createHash('sha256').update('pgw;absurd').digest('hex').slice(0, 32),
      unit: 'octets'
    }
    t.match(said, [{ ...about, level: 'warn', reported: 900 * megabyte }])
    // A minute and every second that began, at 1 MB each.
    const { plausible } = said[0]
    t.ok(plausible >= 60 * megabyte && plausible < 90 * megabyte, `${plausible} octets`)
    t.match(await metrics(), /^gyro_implausible_usage 1$/m)
    const left = (10 - plausible / (100 * megabyte)).toFixed(6)
    t.match((await call(api, 'GET', '/v1/accounts/a-3')).body, { wallet: { available: left } })
    t.same(await alarms(), [{ account_id: 'a-3', subject: 'pgw;absurd' }])
  }
)

/** The events of implausible usage, once there is one, within five seconds. */
async function alarms(): Promise<readonly object[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    let found: readonly object[] = []
    const deadline = performance.now() + 5_000
    while (found.length === 0 && performance.now() < deadline) {
      const text = `SELECT account_id, subject FROM account_event WHERE type = 'implausible'`
      found = (await client.query<object>(text)).rows
    }
    return found
  } finally {
    await client.end()
  }
}

/** The thresholds that were told, once there are so many, within five seconds. */
async function events(count: number): Promise<string[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    let found: string[] = []
    const deadline = performance.now() + 5_000
    while (found.length < count && performance.now() < deadline) {
      const { rows } = await client.query('SELECT * FROM account_event ORDER BY record')
      found = rows.map(({ threshold }) => String(threshold))
    }
    return found
  } finally {
    await client.end()
  }
}

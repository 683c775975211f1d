/** Limits over Gy and the HTTP API, on a real Redis and Postgres: what stops, what is told, what is chosen. */
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { call } from './api-client.ts'
import { connectPeer, dataRequest, granted, megabyte } from './charging.ts'
import { embeddedSettings, serve, temporaryFolder } from './gyro-process.ts'

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
const redis = await emptyRedis(9)
const database = await createDatabase()
const server = await serve({
  ...embeddedSettings(),
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
        { limit: 'data', offer: 'capped', line, amount: 50_000, used: 50_000, beyond: 'no' }
      ],
      policyCounters: [{ counter: 'capped/data', line, status: 'capped' }]
    })
    const chosen = await call(api, 'PUT', path, { amount: '0.10', line })
    t.equal(chosen.status, 200)
    t.match(chosen.body, { limits: [{ amount: 100_000 }], policyCounters: [] })
    t.equal(granted(await ask(2)), 5 * megabyte)
    t.equal((await call(api, 'PUT', path, { beyond: 'period', line })).status, 200)
    t.equal(granted(await ask(3, 5 * megabyte)), 10 * megabyte)
    for (const [wrong, status] of [
      [{}, 400],
      [{ amount: 'much', line }, 400],
      [{ beyond: 'ever', line }, 400],
      [{ amount: '1.00' }, 404],
      [{ amount: '1.00', line: '4915100000009' }, 404]
    ] as const) {
      t.equal((await call(api, 'PUT', path, wrong)).status, status, JSON.stringify(wrong))
    }
    t.equal((await call(api, 'PUT', '/v1/accounts/none/limits/data', { amount: '1' })).status, 404)
    t.same(await events(4), ['80 %', '100 %', '80 %', '100 %'])
  }
)

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

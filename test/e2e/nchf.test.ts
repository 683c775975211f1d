/** Nchf over a real server on Redis and Postgres, with several workers. */
import { createServer } from 'node:http2'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { ask, base, connectNchf, pduSession, request, used } from '../support/nchf-client.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { call } from './api-client.ts'
import { portSettings, serve, workersOf } from './gyro-process.ts'

const MB = 1_000_000
const redis = await emptyRedis()
const database = await createDatabase()
const server = await serve({
  ...portSettings(),
  GYRO_STORE: redis.url,
  GYRO_CDR: database.url,
  GYRO_WORKERS: '2'
})
t.teardown(async () => {
  await server.stop()
  await redis.stop()
  await database.drop()
})
const { api } = server

async function open(id: string, digits: string) {
  const lines = [{ imsi: `262010000000${digits}`, msisdn: `4915100000${digits}` }]
  const body = { id, lines, offers: ['prepaid-go'], topUp: '20.00' }
  await call(api, 'POST', '/v1/accounts', body)
  return `262010000000${digits}`
}

t.test('a session is charged over any worker, and its CDR is a row', async t => {
  const imsi = await open('acme-1', '001')
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
  const clients = await Promise.all(Array.from({ length: 4 }, () => connectNchf(server.nchfPort)))
  const pdu = pduSession(imsi)
  const creates = await Promise.all(
    clients.map(client => client.post(base, request(pdu, 1, [ask()]), { traceparent }))
  )
  const location = creates[0]?.headers['location'] ?? ''
  t.same(
    creates.map(({ status, headers }) => [status, headers['location']]),
    clients.map(() => [201, location])
  )
  t.match((await call(api, 'GET', '/v1/sessions?account=acme-1')).body.items, [
    { sessionId: location.split('/').at(-1), traceId, msisdn: '4915100000001' }
  ])
  for (const [index, client] of clients.entries()) {
    const { status, body } = await client.post(
      `${location}/update`,
      request(pdu, 2 + index, [used(2 * MB)])
    )
    t.equal(status, 200)
    t.match(body.multipleUnitInformation, [{ resultCode: 'SUCCESS' }])
  }
  const last = request(pdu, 6, [{ ...used(MB), requestedUnit: undefined }])
  const ends = await Promise.all(clients.map(client => client.post(`${location}/release`, last)))
  t.same(
    ends.map(({ status }) => status),
    [204, 204, 204, 204]
  )
  const { body } = await call(api, 'GET', '/v1/accounts/acme-1')
  t.match(body.wallet, { available: '19.910000', reserved: '0.000000' })
  const { rows } = await rowsOf(location.split('/').at(-1) ?? '')
  const closing_cause = 'normalRelease'
  t.match(rows, [
    { account_id: 'acme-1', amount_micros: '90000', closing_cause, trace_id: traceId }
  ])
  t.equal(rows.length, 1)
  const metrics = (await call(api, 'GET', '/metrics')).body
  t.match(metrics, /gyro_requests_total\{type="initial",result_code="201"\} 4\n/)
  t.match(metrics, /gyro_requests_total\{type="termination",result_code="204"\} 4\n/)
  t.match(metrics, /gyro_nchf_connections 4\n/)
  for (const client of clients) client.end()
})

async function rowsOf(sessionId: string) {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    const deadline = performance.now() + 5_000
    for (;;) {
      const found = await client.query('SELECT * FROM cdr WHERE session_id = $1', [sessionId])
      if (found.rows.length > 0 || performance.now() > deadline) return found
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  } finally {
    await client.end()
  }
}

t.test('a consumer is told to ask anew after a top-up, and to end after a block', async t => {
  const notified: unknown[] = []
  const smf = createServer()
  smf.on('stream', (stream, headers) => {
    let text = ''
    stream.on('error', () => {})
    stream.on('data', chunk => {
      text += chunk
    })
    stream.on('end', () => {
      notified.push({ path: headers[':path'], ...JSON.parse(text) })
      stream.respond({ ':status': 204 }, { endStream: true })
    })
  })
  await new Promise<void>(resolve => smf.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void smf.close())
  const imsi = await open('acme-3', '003')
  const client = await connectNchf(server.nchfPort)
  const notifyUri = `http://127.0.0.1:${(smf.address() as AddressInfo).port}/notify/1`
  const pdu = pduSession(imsi, { notifyUri })
  const created = await client.post(base, request(pdu, 1, [ask()]))
  const without = request(pdu, 2, [used(MB)], { notifyUri: undefined })
  await client.post(`${created.headers['location']}/update`, without)
  const told = async (count: number) => {
    const deadline = performance.now() + 8_000
    while (notified.length < count && performance.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const key = { 'idempotency-key': 'n-1' }
  await call(api, 'POST', '/v1/accounts/acme-3/top-ups', { amount: '5.00' }, key)
  await told(1)
  await call(api, 'POST', '/v1/accounts/acme-3/block', { reason: 'fraud' })
  await told(2)
  t.same(notified, [
    { path: '/notify/1', notificationType: 'REAUTHORIZATION' },
    { path: '/notify/1', notificationType: 'ABORT_CHARGING' }
  ])
  client.end()
})

t.test('an event is debited once over two servers, while workers are killed', async t => {
  const imsi = await open('acme-4', '004')
  const other = await serve({
    ...portSettings(),
    GYRO_STORE: redis.url,
    GYRO_CDR: database.url,
    GYRO_WORKERS: '2'
  })
  let kills = 0
  const killing = setInterval(() => {
    const workers = workersOf(other)
    const worker = workers[kills % 2]
    if (kills === 2 || workers.length < 2 || worker === undefined) return
    process.kill(worker, 'SIGKILL')
    kills++
  }, 300)
  const send = async (number: number) => {
    const body = {
      subscriberIdentifier: `imsi-${imsi}`,
      nfConsumerIdentification: { nodeFunctionality: 'SMSF', nFFqdn: 'smsf.example.org' },
      invocationSequenceNumber: number,
      oneTimeEvent: true,
      oneTimeEventType: 'IEC',
      multipleUnitUsage: [{ ratingGroup: 200, requestedUnit: { serviceSpecificUnits: 1 } }],
      sMSChargingInformation: { recipientInfo: [{ recipientGPSI: 'msisdn-4930123456' }] }
    }
    const references = new Set<string>()
    for (let attempt = 0; references.size === 0 || attempt < 4; attempt++) {
      const port = attempt % 2 === 0 ? server.nchfPort : other.nchfPort
      const invocationTimeStamp = new Date().toISOString()
      const repeated = attempt === 0 ? {} : { retransmissionIndicator: true }
      try {
        const client = await connectNchf(port)
        const posted = client.post(base, { ...body, invocationTimeStamp, ...repeated })
        // A connection that the primary gave to a worker in the instant of its death is heard by nobody.
        const answer = await Promise.race([posted, sleep(3_000, null, { ref: false })])
        if (answer?.status === 201) references.add(answer.headers['location']?.slice(-32) ?? '')
        client.end()
      } catch {
        await sleep(20)
      }
    }
    return references.size
  }
  const counts: number[] = []
  while (kills < 1 || counts.length < 12) {
    const from = counts.length
    counts.push(...(await Promise.all(Array.from({ length: 6 }, (_, n) => send(from + n)))))
  }
  clearInterval(killing)
  await other.stop()
  t.same(new Set(counts), new Set([1]), 'each has one reference')
  const { body } = await call(api, 'GET', '/v1/accounts/acme-4')
  t.match(body.wallet, { available: (20 - counts.length * 0.07).toFixed(6), reserved: '0.000000' })
})

t.test('SIGTERM answers what is in flight and ends with status 0', async t => {
  const imsi = await open('acme-2', '002')
  const client = await connectNchf(server.nchfPort)
  let goaway: number | null = null
  client.session.on('goaway', code => {
    goaway = code
  })
  const answers: number[] = []
  let sent = 0
  let stopping = false
  const loop = async () => {
    while (!stopping) {
      sent++
      try {
        const { status } = await client.post(base, request(pduSession(imsi), 1, [ask()]))
        answers.push(status)
      } catch {
        stopping = true
        sent--
      }
    }
  }
  const loops = Array.from({ length: 8 }, loop)
  while (answers.length < 50) await new Promise(resolve => setTimeout(resolve, 5))
  const ended = await server.stop()
  stopping = true
  await Promise.all(loops)
  t.equal(ended.status, 0, server.log())
  t.equal(goaway, 0)
  t.equal(answers.length, sent, 'every request that was taken was answered')
  t.same(new Set(answers), new Set([201]))
  t.notMatch(server.log(), imsi, 'and no identity is in the log')
})

/** Another test's server may have the default address for a while. null: something of this machine keeps it, which is as good. */
async function take(port: number): Promise<Server | null> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const server = createTcpServer()
    const taken = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (taken) return server
    await sleep(50)
  }
  return null
}

t.test('a server that nobody told an Nchf address serves Diameter when 8085 is taken', async t => {
  const other = await take(8085)
  const { GYRO_NCHF_LISTEN: _, ...settings } = portSettings()
  const second = await serve({ ...settings, GYRO_STORE: redis.url, GYRO_CDR: database.url })
  t.equal(second.ready['nchf'], null)
  t.match(second.log(), /Nchf is not served: the address is in use/)
  t.equal((await second.stop()).status, 0)
  other?.close()
})

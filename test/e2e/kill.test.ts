/**
 * The server is killed (SIGKILL) again and again under load. Clients repeat what was not answered over a new
 * connection; others abandon their sessions. At the end every account is exact to the micro-unit.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { makeCdrs } from '../support/cdr-folder.ts'
import { type Answer, connectDiameter, type DiameterClient } from '../support/diameter-client.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis, freePort } from '../support/redis.ts'
import { program } from './gyro-process.ts'

const accounts = 12
const sessionsPerAccount = 6
const killEveryMs = 1_500
const kills = 4
const topUp = 100_000_000n

const folder = mkdtempSync(join(tmpdir(), 'gyro-kill-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** Longer than a killed server is away, also on a machine that has much else to do: a client is not silent so long. */
const validitySeconds = 16
const expiredMs = 120_000

/** The demo catalogue with sessions that expire after 32 seconds of silence. */
function impatientCatalogue(): string {
  const catalogue = join(folder, 'catalogue')
  cpSync('conf/catalogue', catalogue, { recursive: true })
  const file = join(catalogue, 'catalogue.yaml')
  const text = readFileSync(file, 'utf8')
  const changed = text.replace('validity: 3600', `validity: ${validitySeconds}`)
  if (changed === text) throw new Error('the demo catalogue has no validity: 3600')
  writeFileSync(file, changed)
  return catalogue
}

class Server {
  child: ChildProcess | null = null
  readonly env: NodeJS.ProcessEnv
  constructor(env: NodeJS.ProcessEnv) {
    this.env = env
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [...program, 'serve'], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.child = child
    let seen = ''
    await new Promise<void>((resolve, reject) => {
      const look = (chunk: Buffer) => {
        seen += chunk.toString()
        if (seen.includes('"msg":"ready"')) resolve()
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.on('exit', code => reject(new Error(`serve ended with ${code}: ${seen.slice(-1500)}`)))
    })
    child.removeAllListeners('exit')
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child
    if (child === null) return null
    this.child = null
    child.kill(signal)
    const [code] = (await once(child, 'exit')) as [number | null]
    return code
  }
}

/** One client connection that comes back by itself and repeats what was not answered. */
class Client {
  connection: Promise<DiameterClient> | null = null
  readonly port: number
  readonly host: string
  constructor(port: number, host: string) {
    this.port = port
    this.host = host
  }

  async connected(): Promise<DiameterClient> {
    this.connection ??= this.connect()
    return this.connection
  }

  async connect(): Promise<DiameterClient> {
    for (;;) {
      try {
        const client = await connectDiameter(this.port)
        const forget = () => {
          this.connection = null
        }
        void client.closed.then(forget)
        await client.cer({ 'Origin-Host': this.host })
        return client
      } catch {
        await sleep(50)
      }
    }
  }

  async ccr(change: Parameters<DiameterClient['ccr']>[0]): Promise<Answer> {
    for (;;) {
      try {
        const client = await this.connected()
        const answer = await client.ccr({ 'Origin-Host': this.host, ...change })
        if (answer.resultCode !== 3004) return answer
        await sleep(50)
      } catch {
        await sleep(20)
      }
    }
  }
}

interface Outcome {
  readonly used: number
  readonly abandoned: boolean
  readonly codes: number[]
}

async function runSession(
  client: Client,
  msisdn: string,
  id: string,
  seed: number
): Promise<Outcome> {
  const codes: number[] = []
  let used = 0
  const send = async (type: number, number: number, report: number | null): Promise<void> => {
    const answer = await client.ccr({
      'Session-Id': id,
      'CC-Request-Type': type,
      'CC-Request-Number': number,
      'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }],
      'Multiple-Services-Credit-Control': [
        {
          'Rating-Group': 10,
          ...(type === 3 ? {} : { 'Requested-Service-Unit': {} }),
          ...(report === null
            ? {}
            : { 'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(report) }] })
        }
      ]
    } as never)
    codes.push(answer.resultCode ?? 0)
    if (report !== null) used += report
  }
  await send(1, 0, null)
  const updates = 2 + (seed % 4)
  for (let number = 1; number <= updates; number++) {
    await sleep(60 + ((seed * 37 + number * 101) % 200))
    await send(2, number, 10_000 + ((seed * 7919 + number * 104_729) % 3_000_000))
  }
  const abandoned = seed % 5 === 0
  if (!abandoned) await send(3, updates + 1, 1 + (seed % 150_000))
  return { used, abandoned, codes }
}

async function survives(t: Test, store: string, cdr: string, database: string | null) {
  const port = await freePort()
  const api = await freePort()
  const server = new Server({
    ...process.env,
    GYRO_STORE: store,
    GYRO_CDR: cdr,
    GYRO_JOURNAL: join(folder, database === null ? 'journal-embedded' : 'journal'),
    GYRO_SPILL: join(folder, 'spill'),
    GYRO_CATALOGUE: impatientCatalogue(),
    GYRO_DIAMETER_LISTEN: `127.0.0.1:${port}`,
    GYRO_NCHF_LISTEN: '127.0.0.1:0',
    GYRO_API_LISTEN: `127.0.0.1:${api}`,
    GYRO_LOG_LEVEL: 'error'
  })
  t.teardown(() => server.kill('SIGKILL'))
  await server.start()
  const call = async (method: string, path: string, body?: object) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': path }
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(`http://127.0.0.1:${api}${path}`, { method, headers, ...init })
    t.ok(answer.ok, `${method} ${path} ${answer.status}`)
    return answer.json() as Promise<Record<string, unknown>>
  }
  const msisdns = Array.from(
    { length: accounts },
    (_, n) => `49151999${String(n).padStart(5, '0')}`
  )
  for (const msisdn of msisdns) {
    const lines = [{ msisdn }]
    await call('POST', '/v1/accounts', { id: `a${msisdn}`, lines, offers: ['prepaid-go'] })
    await call('POST', `/v1/accounts/a${msisdn}/top-ups`, { amount: '100.00' })
  }
  const clients = [0, 1, 2].map(n => new Client(port, `pgw${n}.example.org`))
  const work = msisdns.map(async (msisdn, index) => {
    const outcomes: Outcome[] = []
    for (let n = 0; n < sessionsPerAccount; n++) {
      const seed = index * 31 + n * 7 + 1
      const client = clients[seed % clients.length]!
      outcomes.push(await runSession(client, msisdn, `pgw;${msisdn};${n}`, seed))
    }
    return outcomes
  })
  const done = Promise.all(work)
  for (let n = 0; n < kills; n++) {
    await sleep(killEveryMs)
    await server.kill('SIGKILL')
    await server.start()
  }
  const outcomes = await done
  t.ok(
    outcomes.flat().every(outcome => outcome.codes.every(code => code === 2001)),
    'every request was answered with success in the end'
  )
  const sold = async (msisdn: string) =>
    (await call('GET', `/v1/cdrs?account=a${msisdn}`))['items'] as {
      amount: string
      sessionId: string
    }[]
  const deadline = performance.now() + expiredMs
  for (const msisdn of msisdns) {
    while ((await sold(msisdn)).length < sessionsPerAccount && performance.now() < deadline) {
      await sleep(500)
    }
  }
  // Time for one too many.
  await sleep(2_000)
  let sessions = 0
  for (const [index, msisdn] of msisdns.entries()) {
    const mine = outcomes[index]!
    sessions += mine.length
    const spent = mine.reduce(
      (sum, outcome) => sum + BigInt(Math.ceil(outcome.used / 100_000)) * 1_000n,
      0n
    )
    const account = await call('GET', `/v1/accounts/a${msisdn}`)
    const left = String(topUp - spent).padStart(7, '0')
    t.match(account['wallet'], {
      available: `${left.slice(0, -6)}.${left.slice(-6)}`,
      reserved: '0.000000'
    })
    const cdrs = await sold(msisdn)
    t.equal(new Set(cdrs.map(cdr => cdr.sessionId)).size, mine.length, 'a CDR for each session')
    t.equal(cdrs.length, mine.length, 'and only one')
    const billed = cdrs.reduce((sum, cdr) => sum + BigInt(cdr.amount.replace('.', '')), 0n)
    t.equal(billed, spent, 'CDRs say what was debited')
  }
  if (database !== null) {
    const client = new pg.Client({ connectionString: database })
    await client.connect()
    const { rows } = await client.query('select count(*)::int as count from cdr')
    t.equal(rows[0].count, sessions)
    await client.end()
  }
  t.equal(await server.kill('SIGTERM'), 0, 'ends in good order')
}

// Most of their time is waiting for sessions to expire.
t.jobs = 2

t.test('on Redis and Postgres', { timeout: 400_000, buffered: true }, async t => {
  const redis = await emptyRedis()
  t.teardown(() => redis.stop())
  const database = await createDatabase()
  t.teardown(() => database.drop())
  await survives(t, redis.url, database.url, database.url)
})

t.test('on the embedded stores', { timeout: 400_000, buffered: true }, async t => {
  makeCdrs(join(folder, 'cdr'))
  await survives(t, `embedded:${join(folder, 'state')}`, `embedded:${join(folder, 'cdr')}`, null)
})

/**
 * Many sessions through Gy and Nchf while the servers, Redis and Postgres are killed at random and started again; then
 * every account is compared with what its clients know that they used.
 *
 *     npm run soak -- --sessions 1000000
 *     npm run soak -- --sessions 20000 --fsync everysec --kill-every 4 --seed 7
 *
 * Status 0: balances, CDRs, ledger and reconciliation all say what was used. Loopback only.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { buildProgram } from '../../scripts/program.ts'
import { runProcess } from '../../src/bench/processes.ts'
import { GyLink } from './gy-link.ts'
import { NchfLink } from './nchf-link.ts'
import {
  type Fsync,
  type GyroPorts,
  gyroVictim,
  postgresVictim,
  redisVictim,
  type Victim
} from './servers.ts'

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '20000' },
    accounts: { type: 'string', default: '2000' },
    window: { type: 'string', default: '256' },
    fsync: { type: 'string', default: 'always' },
    'kill-every': { type: 'string', default: '5' },
    'nchf-every': { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'boolean', default: false }
  }
})
const sessions = Number(values.sessions)
const accounts = Math.min(Number(values.accounts), sessions)
const nchfEvery = Number(values['nchf-every'])
const fsync: Fsync = values.fsync === 'everysec' ? 'everysec' : 'always'
const msisdnBase = '4915100000000'
const imsiBase = 262_010_000_000_000
const topUp = 1_000_000_000n
/** `prepaid-go` at home: 0.01 per MB, per started 100 kB. */
const stepOctets = 100_000
const stepMicros = 1_000

/** Numbers that look like chance and are the same for a seed. */
function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Used {
  readonly micros: Float64Array
  readonly counts: Uint32Array
  readonly refused: Map<string, number>
}

const used: Used = {
  micros: new Float64Array(accounts),
  counts: new Uint32Array(accounts),
  refused: new Map()
}

function note(text: string): void {
  console.error(text)
}

function count(session: number, octets: number, statuses: readonly number[]): void {
  const account = session % accounts
  used.micros[account]! += Math.ceil(octets / stepOctets) * stepMicros
  used.counts[account]! += 1
  for (const status of statuses) {
    if (status === 2001 || status === 200 || status === 201 || status === 204) continue
    used.refused.set(String(status), (used.refused.get(String(status)) ?? 0) + 1)
  }
}

async function gySession(link: GyLink, session: number, reports: readonly number[]): Promise<void> {
  const statuses = []
  const common = { session, account: session % accounts }
  statuses.push(await link.ask({ ...common, type: 1, number: 0, used: 0 }))
  for (const [index, octets] of reports.entries()) {
    const last = index === reports.length - 1
    statuses.push(
      await link.ask({ ...common, type: last ? 3 : 2, number: index + 1, used: octets })
    )
  }
  count(session, sumOf(reports), statuses)
}

async function nchfSession(
  link: NchfLink,
  session: number,
  reports: readonly number[]
): Promise<void> {
  const body = (sequence: number, usage: object) => ({
    subscriberIdentifier: `imsi-${imsiBase + (session % accounts)}`,
    chargingId: session,
    nfConsumerIdentification: { nodeFunctionality: 'SMF', nFName: 'soak' },
    invocationTimeStamp: new Date().toISOString(),
    invocationSequenceNumber: sequence,
    pDUSessionChargingInformation: {
      pduSessionInformation: { pduSessionID: 5, dnnId: 'internet', ratType: 'NR' }
    },
    multipleUnitUsage: [{ ratingGroup: 10, ...usage }]
  })
  const created = await link.post('', body(0, { requestedUnit: {} }))
  const statuses = [created.status]
  const reference = created.location.slice(created.location.lastIndexOf('/') + 1)
  for (const [index, octets] of reports.entries()) {
    const usedUnitContainer = [{ localSequenceNumber: 1, totalVolume: octets }]
    const last = index === reports.length - 1
    const usage = last ? { usedUnitContainer } : { usedUnitContainer, requestedUnit: {} }
    const path = `/${reference}/${last ? 'release' : 'update'}`
    statuses.push((await link.post(path, body(index + 1, usage))).status)
  }
  count(session, sumOf(reports), statuses)
}

const sumOf = (reports: readonly number[]) => reports.reduce((sum, octets) => sum + octets, 0)

async function killer(victims: readonly Victim[], seed: number, over: () => boolean) {
  const random = chance(seed)
  const meanMs = Number(values['kill-every']) * 1_000
  const kills: Record<string, number> = {}
  while (!over()) {
    await sleep(meanMs * (0.5 + random()))
    if (over()) break
    const victim = victims[Math.floor(random() * victims.length)]
    if (victim === undefined) continue
    victim.kill()
    kills[victim.name] = (kills[victim.name] ?? 0) + 1
    await sleep(random() * 1_500)
    await victim.start()
  }
  return kills
}

async function drive(gy: readonly GyLink[], nchf: readonly NchfLink[], seed: number) {
  let next = 0
  const began = performance.now()
  const report = setInterval(() => {
    const rate = Math.round(next / ((performance.now() - began) / 1_000))
    note(`${next} sessions, ${rate}/s`)
  }, 10_000)
  async function slot(index: number): Promise<void> {
    while (next < sessions) {
      const session = next++
      const random = chance(seed * 31 + session)
      const reports = Array.from({ length: random() < 0.5 ? 1 : 2 }, () =>
        Math.floor(random() * 3_000_000)
      )
      if (session % nchfEvery === 0) await nchfSession(nchf[index % nchf.length]!, session, reports)
      else await gySession(gy[index % gy.length]!, session, reports)
    }
  }
  await Promise.all(Array.from({ length: Number(values.window) }, (_, index) => slot(index)))
  clearInterval(report)
  const seconds = (performance.now() - began) / 1_000
  const repeats = [...gy, ...nchf].reduce((sum, link) => sum + link.repeats, 0)
  note(`${sessions} sessions in ${seconds.toFixed(0)} s, ${repeats} requests sent again`)
}

/** What is wrong with balances: each account is shown as it is. */
async function wrongBalances(run: (args: readonly string[]) => Promise<string>): Promise<string[]> {
  const wrong: string[] = []
  let known = 0
  for (const line of (await run(['accounts', 'list', '--json'])).trim().split('\n')) {
    const account = JSON.parse(line) as { id: string; wallet: Record<string, string> }
    const index = Number(account.id.slice(4)) - Number(msisdnBase)
    const left = String(topUp - BigInt(used.micros[index] ?? 0)).padStart(7, '0')
    const wanted = `${left.slice(0, -6)}.${left.slice(-6)}`
    const { available, reserved } = account.wallet
    known += 1
    if (available === wanted && reserved === '0.000000') continue
    wrong.push(`${account.id}: ${available} and ${reserved} reserved, not ${wanted} and none`)
  }
  if (known !== accounts) wrong.push(`${known} accounts, not ${accounts}`)
  return wrong
}

async function wrongRows(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(
      'CREATE TEMP TABLE expected (account_id text PRIMARY KEY, sessions bigint, micros bigint)'
    )
    const ids = Array.from({ length: accounts }, (_, n) => `acc-${Number(msisdnBase) + n}`)
    await client.query(
      'INSERT INTO expected SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])',
      [ids, [...used.counts], [...used.micros]]
    )
    const { rows } = await client.query(
      readFileSync(new URL('verify.sql', import.meta.url), 'utf8')
    )
    return rows.map(
      ({ account_id, what, wanted, found }) => `${account_id} ${what}: ${found}, not ${wanted}`
    )
  } finally {
    await client.end()
  }
}

/** CDRs are on their way for some seconds after the last answer. */
async function untilRecorded(url: string): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      const { rows } = await client.query('SELECT count(*)::int AS count FROM public.cdr')
      if (rows[0].count >= sessions) return
    } catch {
      // It is being recovered.
    } finally {
      await client.end().catch(() => {})
    }
    await sleep(1_000)
  }
}

async function soak(folder: string): Promise<boolean> {
  const program = buildProgram()
  const [redis, redisUrl] = await redisVictim(folder, fsync)
  const [postgres, postgresUrl] = await postgresVictim(folder)
  await redis.start()
  await postgres.start()
  const env = { GYRO_STORE: redisUrl, GYRO_CDR: postgresUrl, GYRO_LOG_LEVEL: 'error' }
  const run = (args: readonly string[]) =>
    runProcess(process.execPath, [program, ...args], { ...process.env, ...env })
  const seed = Number(values.seed)
  note(`${sessions} sessions, ${accounts} accounts, appendfsync ${fsync}, seed ${seed}`)
  const first = ['--msisdn-base', msisdnBase, '--imsi-base', String(imsiBase)]
  const credit = ['--top-up', '1000.00', '--offer', 'prepaid-go']
  await run(['accounts', 'generate', '--count', String(accounts), ...first, ...credit])
  const servers: Victim[] = []
  const ports: GyroPorts[] = []
  for (const index of [0, 1]) {
    const [server, open] = await gyroVictim(program, folder, index, env)
    await server.start()
    servers.push(server)
    ports.push(open)
  }
  const victims = [...servers, redis, postgres]
  const gy = [0, 1, 2, 3].map(
    n =>
      new GyLink(
        `pgw${n}.soak`,
        ports.map(({ diameter }) => diameter),
        n,
        msisdnBase
      )
  )
  const nchf = [0, 1].map(
    n =>
      new NchfLink(
        ports.map(({ nchf: port }) => port),
        n
      )
  )
  try {
    let over = false
    const killing = killer(victims, seed, () => over)
    await drive(gy, nchf, seed)
    over = true
    note(`killed: ${JSON.stringify(await killing)}`)
    await untilRecorded(postgresUrl)
    const wrong = [...(await wrongBalances(run)), ...(await wrongRows(postgresUrl))]
    if (used.refused.size > 0) wrong.push(`answers: ${JSON.stringify([...used.refused])}`)
    for (const text of wrong.slice(0, 20)) console.log(text)
    const report = JSON.parse(await run(['reconcile', '--json'])) as { breaks: unknown[] }
    console.log(`${wrong.length} faults, ${report.breaks.length} breaks`)
    return wrong.length === 0 && report.breaks.length === 0
  } finally {
    for (const link of [...gy, ...nchf]) link.end()
    for (const each of victims) await each.stop()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'gyro-soak-'))
// The user that Postgres runs as passes through it.
chmodSync(folder, 0o711)
try {
  process.exitCode = (await soak(folder)) ? 0 : 1
} finally {
  if (values.keep) note(folder)
  else rmSync(folder, { recursive: true, force: true })
}

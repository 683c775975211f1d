import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { call } from '../e2e/api-client.ts'
import { connectPeer, dataSession, megabyte } from '../e2e/charging.ts'
import {
  embeddedSettings,
  gyro,
  portSettings,
  program,
  serve,
  temporaryFolder
} from '../e2e/gyro-process.ts'
import { openStores } from '../support/stores.ts'

const records = 3_000
/** The embedded Postgres is slow. */
const fewRecords = 600

/** Sessions of ten records of 1 MB each; one line is wrong, one is of nobody, one is there twice. */
function usageFile(records: number, prefix = 'gw'): string {
  const file = join(temporaryFolder(), 'usage.jsonl')
  const startedAt = new Date(Date.now() - 60_000).toISOString()
  const record = (index: number) => ({
    session: `${prefix};${Math.floor(index / 10)}`,
    sequence: index % 10,
    msisdn: String(4915100000000 + (Math.floor(index / 10) % 2)),
    context: '32251',
    ratingGroup: 10,
    startedAt,
    octets: 1_000_000
  })
  const all: object[] = Array.from({ length: records }, (_, index) => record(index))
  all.push({ ...record(0), octets: -1 }, { ...record(1), msisdn: '4915999999999', session: 'gw;x' })
  all.push(record(2))
  writeFileSync(file, all.map(each => JSON.stringify(each)).join('\n'))
  return file
}

t.test('gyro usage load, killed in its middle and run again, charges each record once', async t => {
  const settings = { ...portSettings(), ...(await openStores(t)) }
  await gyro(['accounts', 'generate', '--count', '2', '--top-up', '100.00'], settings)
  const file = usageFile(records)
  const dry = await gyro(['usage', 'load', file, '--dry-run'], settings)
  t.match(
    dry.stdout,
    /^3000 of 3002 records would be charged, for 30\.000000 EUR\nsame session and sequence as another: 1; of nobody: 1; without a price: 0; invalid: 1; nothing was changed\n$/
  )
  t.match(dry.stderr, /usage\.jsonl:3001: octets: must be a whole number/)

  const child = spawn(process.execPath, [...program, 'usage', 'load', file], {
    env: { ...process.env, ...settings },
    cwd: temporaryFolder(),
    stdio: 'ignore'
  })
  const client = new pg.Client({ connectionString: settings.GYRO_CDR })
  await client.connect()
  t.teardown(() => client.end())
  const planned = async () =>
    Number((await client.query('SELECT count(*) AS n FROM usage_record')).rows[0]?.n)
  while ((await planned()) < 1_000) await new Promise(resolve => setTimeout(resolve, 5))
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.ok((await planned()) < records, 'it was killed in its middle')

  const again = await gyro(['usage', 'load', file], settings)
  t.equal(again.status, 0, again.stderr)
  t.match(again.stdout, /^\d+ charged, \d+ were charged before, 2 in suspense\n$/)
  const shown = await gyro(['accounts', 'list', '--json'], settings)
  const wallets = shown.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).wallet.available)
  t.same(wallets, ['85.000000', '85.000000'])
  const list = await gyro(['usage', 'suspense', 'list'], settings)
  t.match(list.stdout, /usage\.jsonl +3002 +msisdn: or imsi is of no line that is known/)
  const base = ['--count', '1', '--msisdn-base', '4915999999999', '--imsi-base', '262019999999999']
  await gyro(['accounts', 'generate', ...base, '--top-up', '1.00'], settings)
  const replayed = await gyro(['usage', 'suspense', 'replay'], settings)
  t.equal(replayed.stdout, '1 charged, 0 were charged before, 1 in suspense\n')
})

t.test('two gyro usage load of the same file at once tell each record as charged once', async t => {
  const settings = { ...portSettings(), ...(await openStores(t)) }
  await gyro(['accounts', 'generate', '--count', '2', '--top-up', '100.00'], settings)
  for (const round of ['one', 'two']) {
    const file = usageFile(1_200, round)
    const load = () => gyro(['usage', 'load', file, '--json'], settings)
    const loads = (await Promise.all([load(), load()])).map(({ stdout }) => JSON.parse(stdout))
    const sum = (name: string) => loads.reduce((total, loaded) => total + loaded[name], 0)
    t.equal(sum('charged'), 1_200, JSON.stringify(loads))
    // One line stands in the file twice.
    t.equal(sum('duplicates'), 1_202, JSON.stringify(loads))
  }
  const shown = await gyro(['accounts', 'list', '--json'], settings)
  const wallets = shown.stdout.trim().split('\n')
  t.same(
    wallets.map(line => JSON.parse(line).wallet.available),
    ['88.000000', '88.000000']
  )
})

t.test('beside a server with embedded stores, gyro usage asks that server', async t => {
  const settings = embeddedSettings()
  const server = await serve(settings)
  t.teardown(() => server.stop())
  await gyro(['accounts', 'generate', '--count', '2', '--top-up', '100.00'], settings)
  const file = usageFile(fewRecords)
  const dry = await gyro(['usage', 'load', file, '--dry-run'], settings)
  t.match(
    dry.stdout,
    /^600 of 602 records would be charged, for 6\.000000 EUR\nsame session and sequence as another: 1; of nobody: 1; without a price: 0; invalid: 1; nothing was changed\n$/
  )
  const loaded = await gyro(['usage', 'load', file], settings)
  t.equal(loaded.stdout, '600 charged, 1 were charged before, 2 in suspense\n', loaded.stderr)
  t.match(loaded.stderr, /usage\.jsonl:601: octets: must be a whole number/)
  t.match(loaded.stderr, /usage\.jsonl:602: msisdn: or imsi is of no line that is known/)
  const again = await gyro(['usage', 'load', file], settings)
  t.equal(again.stdout, '0 charged, 601 were charged before, 2 in suspense\n')
  const list = await gyro(['usage', 'suspense', 'list'], settings)
  t.match(list.stdout, /usage\.jsonl +602 +msisdn: or imsi is of no line that is known/)
  const base = ['--count', '1', '--msisdn-base', '4915999999999', '--imsi-base', '262019999999999']
  await gyro(['accounts', 'generate', ...base, '--top-up', '1.00'], settings)
  const replayed = await gyro(['usage', 'suspense', 'replay'], settings)
  t.equal(replayed.stdout, '1 charged, 0 were charged before, 1 in suspense\n', replayed.stderr)

  // What this server has recorded, in a 3GPP file, is charged already; elsewhere it is not.
  const peer = await connectPeer(server.diameterPort)
  await dataSession(peer, 'pgw;1', '4915100000000', megabyte, megabyte)
  peer.end()
  const out = temporaryFolder()
  await gyro(['cdr', 'export', '--format', '3gpp', '--out', out], settings)
  const cdrs = join(out, readdirSync(out).find(name => name.endsWith('.cdr')) ?? '')
  const known = await gyro(['usage', 'load', cdrs, '--json'], settings)
  t.match(JSON.parse(known.stdout), { charged: 0, suspended: 0, duplicates: /\d/ }, known.stderr)
  t.ok(JSON.parse(known.stdout).duplicates > fewRecords)
  const { body } = await call(server.api, 'GET', '/v1/accounts/acc-4915100000000')
  t.equal(body.wallet.available, '96.980000')

  const record = { msisdn: '4915100000000', context: '32251', ratingGroup: 10, octets: 1_000_000 }
  const line = { record: { ...record, startedAt: new Date(Date.now() - 1_000).toISOString() } }
  const send = async (path: string, text: string) => {
    const headers = { 'content-type': 'application/jsonl' }
    const response = await fetch(new URL(path, server.api), {
      method: 'POST',
      headers,
      body: text
    })
    return { status: response.status, body: await response.json() }
  }
  const bad = { record: { ...record, startedAt: 'now' }, file: 'partner', line: 7 }
  const text = [line, line, bad].map(one => JSON.stringify(one)).join('\n')
  t.match(await send('/v1/usage/dry-run', text), {
    body: { records: 2, duplicates: 1, invalid: 1, amount: '0.010000', refused: [{ line: 7 }] }
  })
  t.match(await send('/v1/usage', text), {
    status: 200,
    body: { charged: 1, duplicates: 1, suspended: 1, refused: [{ file: 'partner', line: 7 }] }
  })
  t.match(await send('/v1/usage?grace=x', text), { status: 400, body: { detail: /^grace/ } })
  t.match(await send('/v1/usage', '{"octets":1}'), { status: 400 })
  t.match(await send('/v1/usage', '{}'), {
    status: 400,
    body: { detail: /^line 1: either record/ }
  })
  t.match(await send('/v1/usage', '{}\n'.repeat(10_001)), { status: 400 })
  const many = `${JSON.stringify(line)}\n`.repeat(10_001)
  t.match(await send('/v1/usage', many), { status: 413, body: { detail: /at most 10000 lines/ } })
  t.match(await call(server.api, 'GET', '/v1/usage/suspense?limit=1'), {
    body: { items: [{ reason: /./, content: /./ }], next: /cursor=/ }
  })
})

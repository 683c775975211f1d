import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { embeddedSettings, gyro, program, temporaryFolder } from '../e2e/gyro-process.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'

const records = 3_000

/** Sessions of ten records of 1 MB each; one line is wrong, one is of nobody, one is there twice. */
function usageFile(): string {
  const file = join(temporaryFolder(), 'usage.jsonl')
  const startedAt = new Date(Date.now() - 60_000).toISOString()
  const record = (index: number) => ({
    session: `gw;${Math.floor(index / 10)}`,
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
  const redis = await emptyRedis(6)
  const database = await createDatabase()
  t.teardown(async () => {
    await redis.stop()
    await database.drop()
  })
  const settings = { ...embeddedSettings(), GYRO_STORE: redis.url, GYRO_CDR: database.url }
  await gyro(['accounts', 'generate', '--count', '2', '--top-up', '100.00'], settings)
  const file = usageFile()
  const dry = await gyro(['usage', 'load', file, '--dry-run'], settings)
  t.match(
    dry.stdout,
    /^3002 records would cost 30\.000000 EUR\n1 are there twice, 1 are invalid, 1 are of/
  )
  t.match(dry.stderr, /usage\.jsonl:3001: octets: must be a whole number/)

  const child = spawn(process.execPath, [...program, 'usage', 'load', file], {
    env: { ...process.env, ...settings },
    cwd: temporaryFolder(),
    stdio: 'ignore'
  })
  const client = new pg.Client({ connectionString: database.url })
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

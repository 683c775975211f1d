import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { postgresBench, sessions } from '../cdr/support.ts'
import { connectPeer, dataSession, megabyte } from '../e2e/charging.ts'
import { embeddedSettings, gyro, program, serve, temporaryFolder } from '../e2e/gyro-process.ts'
import { createDatabase } from '../support/postgres.ts'

const numbersIn = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map(line => (JSON.parse(line) as { recorded: number }).recorded)
const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1)

t.test('an export that is killed again and again puts each CDR into one file', async t => {
  const bench = await postgresBench()
  const store = await bench.open()
  const count = 12_000
  await store.writer.write(sessions(count))
  const folder = join(temporaryFolder(), 'spool')
  const settings = { GYRO_CDR: bench.url }
  const args = ['cdr', 'export', '--out', folder, '--records', '500']
  let killed = 0
  for (let round = 0; round < 3; round += 1) {
    const child: ChildProcess = spawn(process.execPath, [...program, ...args], {
      cwd: temporaryFolder(),
      env: { ...process.env, ...settings },
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const ended = once(child, 'exit')
    // Each round gets further: it is killed after its so-many-th file, wherever it is then.
    let lines = 0
    child.stdout?.on('data', (chunk: Buffer) => {
      lines += chunk.toString().split('\n').length - 1
      if (lines > round) child.kill('SIGKILL')
    })
    const [, signal] = await ended
    if (signal === 'SIGKILL') killed += 1
    // As if its ten seconds were over.
    await bench.query("UPDATE cdr_export SET held_until = now() - interval '1 second'")
  }
  t.ok(killed > 0, `${killed} were killed`)
  const last = await gyro([...args, '--json'], settings)
  t.equal(last.status, 0, last.stderr)
  const files = readdirSync(folder).filter(name => name.endsWith('.jsonl'))
  t.same(
    files.sort(),
    upTo(count / 500).map(n => `jsonl-${String(n).padStart(8, '0')}.jsonl`)
  )
  t.same(
    files.flatMap(name => numbersIn(readFileSync(join(folder, name), 'utf8'))),
    upTo(count)
  )
  t.equal(readdirSync(folder).length, 2 * files.length, 'every file has its manifest')

  const range = await gyro(['cdr', 'export', '--after', '100', '--through', '102'], settings)
  t.same(numbersIn(range.stdout), [101, 102])
  const csv = await gyro(['cdr', 'export', '--format', 'csv', '--through', '2'], settings)
  t.match(csv.stdout, /^recorded,recorded_at,session_id,.*\r\n1,.*\r\n2,.*\r\n$/)
  t.match(csv.stdout, /,0\.010000,normalRelease,,1000000,400000,600000,0,0,1,internet,26201,6,/)
  const parquet = await gyro(['cdr', 'export', '--format', 'parquet', '--through', '2'], settings)
  t.match(parquet, { status: 0, stdout: /^PAR1.*PAR1$/s })
  const none = await gyro(
    ['cdr', 'export', '--from', '2001-01-01', '--until', '2001-01-02'],
    settings
  )
  t.match(none, { status: 0, stdout: '' })
  const wrongs = [
    [['--format', '3gpp'], /needs --out/],
    [['--out', folder, '--after', '1'], /--after is for a range on stdout/],
    [['--out', folder, '--records', '0'], /--records must be/],
    [['--out', folder, '--stream', '../x'], /--stream must be/],
    [['--from', 'yesterday'], /--from must be an instant such as/],
    [['--until', '2026-02-30'], /--until must be an instant such as/],
    [['--format', 'xml'], /jsonl, csv/]
  ] as const
  await Promise.all(
    wrongs.map(async ([wrong, message]) => {
      const refused = await gyro(['cdr', 'export', ...wrong], settings)
      t.match(refused, { status: 2, stderr: message })
    })
  )
  const csvStream = [...args, '--format', 'csv', '--stream', 'jsonl']
  t.match(await gyro(csvStream, settings), { status: 1, stderr: /is of format jsonl/ })
  await store.close()
  await bench.remove()
})

t.test('gyro migrate makes the schema, says when it cannot, and may be run again', async t => {
  const database = await createDatabase()
  for (const _ of [1, 2]) {
    const done = await gyro(['migrate'], { GYRO_CDR: database.url })
    t.match(done, { status: 0, stdout: /^postgres:.* has the schema of this version\n$/ })
  }
  t.match(await gyro(['cdr', 'export'], { GYRO_CDR: database.url }), { status: 0, stdout: '' })
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query('DELETE FROM gyro_migration WHERE version >= 11')
  const twice = await gyro(['migrate'], { GYRO_CDR: database.url })
  t.match(twice, { status: 1, stdout: '' })
  t.match(
    twice.stderr,
    /has what 000011_chain-and-retention\.sql makes, and gyro_migration has no row/
  )
  t.match(twice.stderr, /VALUES \(11, '000011_chain-and-retention\.sql'\)/)
  t.notMatch(twice.stderr, /credentials/)
  const row =
    "INSERT INTO gyro_migration (version, name) VALUES (11, '000011_chain-and-retention.sql')"
  await client.query(row)
  await client.query('DELETE FROM gyro_migration WHERE version = 4')
  const holed = await gyro(['migrate'], { GYRO_CDR: database.url })
  t.match(holed, { status: 1, stderr: /gyro_migration has no row/ })
  t.match(holed.stderr, /VALUES \(4, '000004_rejected-records\.sql'\)/)
  await client.end()
  const away = await gyro(['migrate'], { GYRO_CDR: 'postgres://nobody@127.0.0.1:9/none' })
  t.match(away, { status: 1, stdout: '' })
  await database.drop()
})

t.test('CDRs are exported beside a server with embedded stores, by it, and without it', async t => {
  const spool = join(temporaryFolder(), 'spool')
  const settings = {
    ...embeddedSettings(),
    GYRO_EXPORT_FOLDER: spool,
    GYRO_EXPORT_FORMAT: 'csv-parts',
    GYRO_EXPORT_SECONDS: '1'
  }
  const server = await serve(settings)
  await gyro(['accounts', 'generate', '--count', '2', '--top-up', '5.00'], settings)
  const peer = await connectPeer(server.diameterPort)
  await dataSession(peer, 'pgw;1', '4915100000000', megabyte, megabyte)
  const folder = join(temporaryFolder(), 'files')
  const args = ['cdr', 'export', '--out', folder, '--format', '3gpp']
  const beside = await gyro([...args, '--json'], settings)
  t.equal(beside.status, 0, beside.stderr)
  t.match(JSON.parse(beside.stdout), {
    number: 1,
    records: 1,
    file: /^gyro\.localdomain_-_00000001\..*\.cdr$/,
    sums: { amountMicros: { EUR: '20000' }, octets: '2000000' }
  })
  const printed = await gyro(['cdr', 'export'], settings)
  t.match(JSON.parse(printed.stdout), { recorded: 1, sessionId: 'pgw;1', amount: '0.020000' })
  const manifest = join(spool, 'csv-parts-00000001.csv.manifest.json')
  // The folder comes with the first file.
  for (let n = 0; n < 200 && !existsSync(manifest); n += 1) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  t.match(JSON.parse(readFileSync(manifest, 'utf8')), { stream: 'csv-parts', records: 1 })
  const rows = readFileSync(join(spool, 'csv-parts-00000001.csv'), 'utf8').split('\r\n')
  t.match(
    rows[1],
    /,1,10,,,[^,]+prepaid-go\/data-home,,home,octets,2000000,0\.020000,0,false,,[0-9a-f]{32}$/
  )
  const reconciled = await gyro(['reconcile', '--json'], settings)
  t.match(reconciled, { status: 0 }, reconciled.stderr)
  t.match(JSON.parse(reconciled.stdout), { accounts: 2, cdrs: 1, octets: '2000000', breaks: [] })
  const migrated = await gyro(['migrate'], settings)
  t.match(migrated, { status: 1, stdout: '' })
  t.match(migrated.stderr, /^gyro: "gyro migrate" .* process \d+.*stop it first\n$/)
  t.notMatch(migrated.stderr, /API/)
  const heads = await gyro(['cdr', 'head'], settings)
  t.match(JSON.parse(heads.stdout), { last: 1, head: /^[0-9a-f]{64}$/ })
  const kept = join(temporaryFolder(), 'heads.jsonl')
  writeFileSync(kept, heads.stdout)
  const verified = await gyro(['cdr', 'verify', '--heads', kept], settings)
  t.match(verified, { status: 0, stdout: /^1 CDRs from number 1 to 1 checked/ })
  writeFileSync(kept, heads.stdout.replace(/[0-9a-f]{64}/, '0'.repeat(64)))
  const other = await gyro(['cdr', 'verify', '--heads', kept], settings)
  t.match(other, { status: 1, stdout: /^HEAD: at 1: the chain has another head$/m })
  const retained = await gyro(['cdr', 'retain', '--keep-days', '3'], settings)
  t.match(retained, { status: 0, stdout: 'no day is old enough\n' })
  const metrics = await (await fetch(`${server.api}/metrics`)).text()
  t.match(metrics, /^gyro_export_records 1$/m)
  t.match(metrics, /^gyro_reconciled_accounts 2$/m)
  await dataSession(peer, 'pgw;2', '4915100000001', megabyte, megabyte)
  peer.end()
  t.equal((await server.stop()).status, 0)
  const after = await gyro([...args, '--json'], settings)
  t.match(JSON.parse(after.stdout), { number: 2, firstRecorded: 2, records: 1 })
  t.match(await gyro(args, settings), { status: 0, stdout: '' })
})

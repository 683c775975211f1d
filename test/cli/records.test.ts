import { createHash } from 'node:crypto'
import t from 'tap'
import { connectPeer, dataRequest, dataSession, megabyte } from '../e2e/charging.ts'
import { embeddedSettings, gyro, lockedSettings, serve } from '../e2e/gyro-process.ts'

t.test('accounts are imported line by line, and what is wrong is named', async t => {
  const settings = await lockedSettings(t)
  const good =
    '{"id":"acme-1","lines":[{"msisdn":"4915100000001"}],"offers":["prepaid-go"],"topUp":"5.00"}'
  const first = await gyro(['accounts', 'import'], settings, { input: `${good}\n` })
  t.equal(first.status, 0, first.stderr)
  const bad = `${good}\n\n{"id":"acme-2"}\n{"id":"acme-3","lines":[{"msisdn":"4915100000001"}]}\n`
  const second = await gyro(['accounts', 'import'], settings, { input: bad })
  t.equal(second.status, 1)
  t.match(second.stderr, /line 3: lines: is required/)
  t.match(second.stderr, /line 4 \(acme-3\)/)
  t.match(second.stderr, /1 were there already/)
  const shown = await gyro(['accounts', 'show', 'acme-1'], settings)
  t.match(shown.stdout, /wallet: 5\.000000 EUR/)
  const missing = await gyro(['accounts', 'show', 'acme-9'], settings)
  t.equal(missing.status, 1)
  t.match(missing.stderr, /acme-9/)
  t.equal((await gyro(['accounts', 'import', '/nowhere'], settings)).status, 1)
})

t.test('sessions and CDRs are listed beside the server and without it', async t => {
  const settings = embeddedSettings()
  const server = await serve(settings)
  await gyro(['accounts', 'generate', '--count', '2', '--top-up', '5.00'], settings)
  const peer = await connectPeer(server.diameterPort)
  await peer.ccr(dataRequest('pgw;open', '4915100000000', 'initial', 0, null))
  await dataSession(peer, 'pgw;done', '4915100000001', megabyte, megabyte)
  const trace = createHash('sha256').update('pgw;done').digest('hex').slice(0, 32)
  async function check(): Promise<void> {
    const sessions = await gyro(['sessions', '--json'], settings)
    t.match(JSON.parse(sessions.stdout), {
      sessionId: 'pgw;open',
      msisdn: '4915100000000',
      traceId: createHash('sha256').update('pgw;open').digest('hex').slice(0, 32)
    })
    const cdrs = await gyro(['cdr', 'list', '--json'], settings)
    t.match(JSON.parse(cdrs.stdout), { sessionId: 'pgw;done', amount: '0.020000' })
    const table = await gyro(['cdr', 'list', '--account', 'acc-4915100000001'], settings)
    t.match(table.stdout, /^ENDED .* TRACE .*\n.*0\.020000.*pgw;done\n$/)
    t.match(table.stdout, trace)
    const traced = ['cdr', 'list', '--trace', trace]
    const one = await gyro([...traced, '--account', 'acc-4915100000001'], settings)
    t.equal(one.stdout, table.stdout)
    const other = await gyro([...traced, '--account', 'acc-4915100000000', '--json'], settings)
    t.same([other.status, other.stdout], [0, ''])
    const without = await gyro(traced, settings)
    t.match(without, { status: 2, stderr: /--trace needs --account/ })
    const none = await gyro(['sessions', '--account', 'nobody'], settings)
    t.equal(none.status, 1)
    t.match(none.stderr, /nobody/)
  }
  async function checkExplanation(): Promise<void> {
    const explained = await gyro(['explain', 'pgw;done'], settings)
    t.match(explained.stdout, /CDR pgw;done#1 of acc-4915100000001: 0\.020000 EUR\n/)
    t.match(explained.stdout, `  trace ${trace}\n`)
    t.match(explained.stdout, /2 MB in home, by prepaid-go\/data-home: 0\.020000\n/)
    t.match(explained.stdout, /The amounts agree\.\n/)
  }
  await check()
  await checkExplanation()
  const one = await gyro(['explain', 'pgw;done#1', '--json'], settings)
  t.match(JSON.parse(one.stdout), { open: null, cdrs: [{ agrees: true }] })
  const open = await gyro(['explain', 'pgw;open'], settings)
  t.match(open.stdout, /open session pgw;open of acc-4915100000000: .*\n.*\n.*holds 10 MB\n/)
  t.equal((await gyro(['explain', 'pgw;done#2'], settings)).status, 1)
  const live = ['price', '--account', 'acc-4915100000001', '--count', '2', '--to', '01701234567']
  const priced = await gyro(live, settings)
  t.match(priced.stdout, /wallet {5}4\.980000 -> 4\.840000 EUR\n$/)
  const wrong = await gyro(['price', '--account', 'nobody', '--volume', '1MB'], settings)
  t.match(wrong, { status: 1, stderr: /there is no account "nobody"/ })
  peer.end()
  t.equal((await server.stop()).status, 0)
  await check()
  await checkExplanation()
})

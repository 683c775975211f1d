/**
 * Kamailio's ims_charging against Gyro, with SIPp as caller and callee: a call that is charged, one that
 * is refused for lack of credit, and one that is cut when the credit ends.
 *
 * Run by `npm run interop`, which installs the programs.
 */
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../../scripts/server-process.ts'
import { call, openAccount } from '../../e2e/api-client.ts'
import { temporaryFolder } from '../../e2e/gyro-process.ts'
import { run, serveForPeers, startProgram, writeFilled } from './programs.ts'

const folder = temporaryFolder()
const server = await serveForPeers()
t.teardown(() => server.stop())
const { api } = server

const sipPort = await freePort()
const calleePort = await freePort()
writeFilled('cdp.xml', folder, {
  DIAMETER_PORT: server.diameterPort,
  ACCEPTOR_PORT: await freePort()
})
const config = writeFilled('kamailio.cfg', folder, {
  FOLDER: folder,
  SIP_PORT: sipPort,
  CALLEE_PORT: calleePort
})
const kamailio = await startProgram(
  'kamailio',
  ['-DD', '-E', '-m', '32', '-M', '8', '-Y', folder, '-f', config],
  join(folder, 'kamailio.log'),
  /peer_connect.*connected/
)
t.teardown(() => kamailio.stop())
const callee = await startProgram(
  'sipp',
  [
    ...['-sf', writeFilled('callee.xml', folder), '-i', '127.0.0.1', '-p', `${calleePort}`],
    ...['-cp', `${await freePort()}`, '-nostdin']
  ],
  join(folder, 'callee.log'),
  // It says nothing before it ends; a call that comes too early is repeated.
  /^/
)
t.teardown(() => callee.stop())

/** Asks Kamailio by OPTIONS until it knows Gyro as a peer that serves Ro. */
async function untilReady(): Promise<void> {
  const socket = createSocket('udp4')
  const answers: string[] = []
  socket.on('message', message => void answers.push(message.toString('latin1')))
  await new Promise<void>(resolve => {
    socket.bind(0, '127.0.0.1', resolve)
  })
  for (let n = 1; !answers.some(answer => answer.startsWith('SIP/2.0 200')); n++) {
    if (n > 100) throw new Error(`Kamailio is not ready:\n${kamailio.log()}`)
    const options = [
      `OPTIONS sip:127.0.0.1:${sipPort} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK-ready-${n}`,
      'From: <sip:test@ims.test>;tag=ready',
      `To: <sip:127.0.0.1:${sipPort}>`,
      `Call-ID: ready-${n}`,
      `CSeq: ${n} OPTIONS`,
      'Max-Forwards: 10',
      'Content-Length: 0'
    ]
    socket.send(`${options.join('\r\n')}\r\n\r\n`, sipPort, '127.0.0.1')
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  socket.close()
}

/** SIPp plays a scenario once for this caller; 0 when the call went as it says. */
async function callAs(msisdn: string, scenario: string) {
  const numbers = join(folder, `${scenario}.csv`)
  writeFileSync(numbers, `SEQUENTIAL\n${msisdn}\n`)
  const from = performance.now()
  const { status, output } = await run(
    'sipp',
    [
      ...['-sf', writeFilled(`${scenario}.xml`, folder), '-inf', numbers, '-m', '1', '-nostdin'],
      ...['-i', '127.0.0.1', '-p', `${await freePort()}`, '-cp', `${await freePort()}`],
      `127.0.0.1:${sipPort}`
    ],
    { cwd: folder, timeoutMs: 40_000 }
  )
  return { status, output, seconds: (performance.now() - from) / 1_000 }
}

async function stateOf(account: string) {
  const { wallet } = (await call(api, 'GET', `/v1/accounts/${account}`)).body
  const cdrs = (await call(api, 'GET', `/v1/cdrs?account=${account}`)).body.items
  const sessions = (await call(api, 'GET', `/v1/sessions?account=${account}`)).body.items
  return { wallet, cdrs, sessions }
}

const cents = (seconds: number): string => (seconds / 100).toFixed(6)

await openAccount(api, 'talker', '4915100000001', '5.00', ['per-second'])
await call(api, 'POST', '/v1/accounts', {
  id: 'penniless',
  lines: [{ msisdn: '4915100000002' }],
  offers: ['per-second']
})
await openAccount(api, 'short', '4915100000003', '0.07', ['per-second'])
await untilReady()

t.test('Kamailio and SIPp: three calls', async t => {
  const [charged, refused, cut] = await Promise.all([
    callAs('4915100000001', 'charged'),
    callAs('4915100000002', 'refused'),
    callAs('4915100000003', 'cut')
  ])

  t.test('TS 32.299 6.3: a call of Kamailio is charged by the seconds that it reports', async t => {
    t.equal(charged.status, 0, 'as its scenario says', { output: charged.output })
    const { wallet, cdrs, sessions } = await stateOf('talker')
    t.equal(cdrs.length, 1)
    const [cdr] = cdrs
    t.ok(cdr.seconds >= 6 && cdr.seconds <= 10, `${cdr.seconds} s`)
    t.equal(cdr.amount, cents(cdr.seconds))
    t.equal(wallet.available, cents(500 - cdr.seconds))
    t.equal(wallet.reserved, '0.000000')
    t.same(sessions, [])
    t.match(cdr, { closingCause: 'normalRelease', parts: [{ ratingGroup: 100 }] })
    t.match(kamailio.log(), /initial answer: return 1, result 2001/)
  })

  t.test('RFC 8506 9.1: a call without credit is refused, and costs nothing', async t => {
    t.equal(refused.status, 0, 'as its scenario says', { output: refused.output })
    const { wallet, sessions } = await stateOf('penniless')
    t.equal(wallet.available, '0.000000')
    t.same(sessions, [])
    t.match(kamailio.log(), /initial answer: return -1/)
  })

  t.test('RFC 8506 5.6.1: a call is cut when the credit ends, and not before', async t => {
    t.equal(cut.status, 0, 'as its scenario says', { output: cut.output })
    // The wallet pays seven seconds; Kamailio counts in seconds of its own.
    t.ok(cut.seconds >= 6.5 && cut.seconds <= 15, `${cut.seconds} s`)
    const { wallet, cdrs, sessions } = await stateOf('short')
    t.equal(cdrs.length, 1)
    const [cdr] = cdrs
    t.ok(cdr.seconds >= 7 && cdr.seconds <= 11, `${cdr.seconds} s`)
    t.equal(cdr.amount, cents(cdr.seconds))
    t.equal(wallet.available, cents(7 - cdr.seconds))
    t.equal(wallet.reserved, '0.000000')
    t.same(sessions, [])
  })
})

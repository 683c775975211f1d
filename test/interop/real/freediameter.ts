/**
 * freeDiameter between a client and Gyro, as a relay agent: connection, watchdog, routed requests and
 * disconnection, from either side.
 *
 * Its extensions send no Credit-Control-Request of their own; it routes those of our test client, and
 * decodes and checks every message on the way with its own dictionary.
 *
 * Run by `npm run interop`, which installs the program.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../../scripts/server-process.ts'
import { call, openAccount } from '../../e2e/api-client.ts'
import { granted, megabyte } from '../../e2e/charging.ts'
import { temporaryFolder } from '../../e2e/gyro-process.ts'
import { connectDiameter } from '../../support/diameter-client.ts'
import { type Program, serveForPeers, startProgram, writeFilled } from './programs.ts'

const folder = temporaryFolder()
const server = await serveForPeers()
t.teardown(() => server.stop())
const { api } = server
const agentPort = await freePort()

// Its configuration wants a certificate even where no peer uses TLS.
const made = spawnSync('openssl', [
  ...[
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=agent.example.net'
  ],
  ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
])
if (made.status !== 0) throw new Error(`openssl failed: ${made.error ?? made.stderr}`)
writeFileSync(join(folder, 'allowed.conf'), 'ALLOW_IPSEC pgw.example.org\n')
const config = writeFilled('freediameter.conf', folder, {
  FOLDER: folder,
  AGENT_PORT: agentPort,
  DIAMETER_PORT: server.diameterPort
})
const start = (name: string): Promise<Program> =>
  startProgram(
    'freeDiameterd',
    ['-c', config],
    join(folder, `${name}.log`),
    /'STATE_OPEN'\s+'localhost'/
  )

const request = (type: number, number: number, used: number | null) => ({
  'Session-Id': 'pgw.example.org;relayed;1',
  'Destination-Realm': 'localdomain',
  'CC-Request-Type': type,
  'CC-Request-Number': number,
  'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '4915100000001' }],
  'Multiple-Services-Credit-Control': [
    {
      'Rating-Group': 10,
      ...(type === 3 ? {} : { 'Requested-Service-Unit': {} }),
      ...(used === null ? {} : { 'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(used) }] })
    }
  ]
})

await openAccount(api, 'relayed', '4915100000001', '1.00')

t.test('freeDiameter as a relay agent', async t => {
  const agent = await start('agent')
  t.teardown(() => agent.stop())

  t.test('RFC 6733 5.3: a relay agent and Gyro exchange capabilities', async t => {
    t.match(agent.log(), /RCV from 'localhost':\s.*\n?.*'Capabilities-Exchange-Answer'/)
    t.match(agent.log(), /No TLS protection negotiated with peer 'localhost'/)
  })

  t.test('RFC 6733 6.1: a session through a relay agent is charged', async t => {
    const client = await connectDiameter(agentPort)
    t.teardown(() => client.end())
    t.equal((await client.cer({ 'Inband-Security-Id': [0] })).resultCode, 2001)
    const opened = await client.ccr(request(1, 0, null))
    t.equal(opened.resultCode, 2001)
    t.equal(opened.avps['Origin-Host'], 'localhost')
    t.equal(granted(opened), 10 * megabyte)
    const updated = await client.ccr(request(2, 1, 3 * megabyte))
    t.equal(updated.resultCode, 2001)
    t.equal((await client.ccr(request(3, 2, 2 * megabyte))).resultCode, 2001)
    const { wallet } = (await call(api, 'GET', '/v1/accounts/relayed')).body
    t.match(wallet, { available: '0.950000', reserved: '0.000000' })
    t.notMatch(agent.log(), /ERROR\s+(Unsupported AVP|Invalid|Missing)/, 'its dictionary agrees')
  })

  t.test('RFC 6733 5.5: its watchdog is answered', async t => {
    await agent.logged(/'Device-Watchdog-Answer'/)
    t.match(agent.log(), /'Device-Watchdog-Answer'/)
  })

  t.test('RFC 6733 5.4: it disconnects in order', async t => {
    await agent.stop()
    t.match(agent.log(), /'Disconnect-Peer-Request'/)
    t.match(agent.log(), /RCV from 'localhost':\s.*\n?.*'Disconnect-Peer-Answer'/)
  })
})

t.test('RFC 6733 5.4: Gyro says that it goes, and the agent agrees', async t => {
  const agent = await start('again')
  t.teardown(() => agent.stop())
  const { status } = await server.stop()
  t.equal(status, 0)
  await agent.logged(/RCV from 'localhost':\s.*\n?.*'Disconnect-Peer-Request'/)
  t.match(agent.log(), /SND to 'localhost':\s.*\n?.*'Disconnect-Peer-Answer'/)
})

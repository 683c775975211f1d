import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { encode } from '../../src/diameter/codec/encode.ts'
import { readHeader } from '../../src/diameter/codec/header.ts'
import { clientOf, connectDiameter, type DiameterClient } from '../support/diameter-client.ts'
import { freePort } from '../support/redis.ts'
import {
  type GyroServer,
  gyro,
  portSettings,
  serve,
  sharedSettings,
  temporaryFolder
} from './gyro-process.ts'

const tls = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))

/** The Result-Code of a CEA on a connection of its own, which stays open. */
async function open(t: Test, { diameterPort }: GyroServer, host: string) {
  const client = await connectDiameter(diameterPort)
  t.teardown(() => client.end())
  const { resultCode } = await client.cer({ 'Origin-Host': host })
  return { client, resultCode }
}

async function logged(server: GyroServer, text: string, times = 1): Promise<void> {
  while (server.log().split(text).length <= times) await sleep(20)
}

t.test('SIGHUP reads the peers again; a wrong file leaves those that are', async t => {
  const file = join(temporaryFolder(), 'gyro.yaml')
  const peers = (rows: string) => writeFileSync(file, `diameter:\n  peers: ${rows}\n`)
  peers('[{originHost: pgw}]')
  const port = await freePort()
  const server = await serve({
    ...(await sharedSettings(t)),
    GYRO_CONFIG: file,
    GYRO_DIAMETER_TLS_LISTEN: `127.0.0.1:${port}`,
    GYRO_DIAMETER_TLS_CERTIFICATE: tls('ocs.pem'),
    GYRO_DIAMETER_TLS_KEY: tls('ocs.key')
  })
  t.teardown(() => server.stop())
  const pgw = await open(t, server, 'pgw')
  t.equal(pgw.resultCode, 2001)
  t.equal((await open(t, server, 'smf')).resultCode, 3010)
  peers('[{originHosts: smf}]')
  server.child.kill('SIGHUP')
  await logged(server, 'peers not read again')
  t.match(server.log(), /gyro\.yaml:2: diameter\.peers\[0\]\.originHosts is not a setting/)
  t.equal((await open(t, server, 'smf')).resultCode, 3010)
  t.equal((await pgw.client.dwr()).resultCode, 2001)
  peers('[{originHost: pgw}, {originHost: smf, profile: open5gs}]')
  server.child.kill('SIGHUP')
  await logged(server, 'peers read again')
  t.equal((await open(t, server, 'smf')).resultCode, 2001)
  t.equal((await pgw.client.dwr()).resultCode, 2001, 'and whoever stays is not disturbed')
  const ca = readFileSync(tls('ca.pem'))
  const socket = connectTls({ port, host: '127.0.0.1', ca, servername: 'ocs.gyro.test' })
  t.teardown(() => socket.destroy())
  const secure = clientOf(socket)
  t.equal((await secure.cer({ 'Origin-Host': 'pgw' })).resultCode, 2001, 'TLS')
})

t.test('several workers: one connects to the agent, and all read their peers again', async t => {
  const seen: DiameterClient[] = []
  const agent = createServer(socket => {
    const client = clientOf(socket)
    seen.push(client)
    void client.requestOf(257).then(cer => {
      const { hopByHop, endToEnd } = readHeader(cer)
      const cea = {
        'Result-Code': 2001,
        'Origin-Host': 'dra',
        'Origin-Realm': 'example.org',
        'Host-IP-Address': ['127.0.0.1'],
        'Vendor-Id': 0,
        'Product-Name': 'agent',
        'Auth-Application-Id': [4]
      }
      client.send(encode('CEA', { hopByHop, endToEnd }, cea))
    })
  })
  await new Promise<void>(resolve => agent.listen(0, '127.0.0.1', resolve))
  t.teardown(() => agent.close())
  const { port } = agent.address() as AddressInfo
  const file = join(temporaryFolder(), 'gyro.yaml')
  const connect = `connect: [{address: '127.0.0.1:${port}', originHost: dra}]`
  writeFileSync(file, `diameter:\n  ${connect}\n`)
  const settings = { ...(await sharedSettings(t)), GYRO_CONFIG: file, GYRO_WORKERS: '2' }
  const server = await serve(settings)
  t.teardown(() => server.stop())
  while (seen.length === 0) await sleep(20)
  await sleep(300)
  t.equal(seen.length, 1)
  const [client] = seen
  t.equal((await client?.ccr())?.resultCode, 5030, 'a request over it is answered')
  writeFileSync(file, `diameter:\n  ${connect}\n  peers: [{originHost: pgw}]\n`)
  server.child.kill('SIGHUP')
  await logged(server, 'peers read again', 2)
  for (let i = 0; i < 4; i++) t.equal((await open(t, server, 'smf')).resultCode, 3010)
  t.equal((await client?.dwr())?.resultCode, 2001, 'the agent stays')
})

t.test('an address in use is told before any store is opened', async t => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const busy = `127.0.0.1:${(taken.address() as AddressInfo).port}`
  const files = {
    GYRO_DIAMETER_TLS_CERTIFICATE: tls('ocs.pem'),
    GYRO_DIAMETER_TLS_KEY: tls('ocs.key')
  }
  for (const [change, says] of [
    [{ GYRO_DIAMETER_LISTEN: busy }, `GYRO_DIAMETER_LISTEN: ${busy} is in use; stop what uses it`],
    [{ ...files, GYRO_DIAMETER_TLS_LISTEN: busy }, `GYRO_DIAMETER_TLS_LISTEN: ${busy} is in use`],
    [
      { ...files, GYRO_DIAMETER_TLS_KEY: '/nowhere.key' },
      'GYRO_DIAMETER_TLS_KEY: /nowhere.key cannot be used'
    ],
    [
      { ...files, GYRO_DIAMETER_TLS_KEY: tls('pgw.key') },
      /GYRO_DIAMETER_TLS_KEY \S*pgw\.key do not go together/
    ]
  ] as const) {
    const folder = temporaryFolder()
    const cdr = join(folder, 'no-cdr-yet')
    const stores = { GYRO_STORE: `embedded:${folder}/state`, GYRO_CDR: `embedded:${cdr}` }
    const settings = { ...portSettings(folder), ...stores, ...change }
    const { status, stderr } = await gyro(['serve'], settings)
    t.equal(status, 1)
    t.match(stderr, says)
    t.notOk(existsSync(cdr), 'the CDR store was not made')
    t.notOk(existsSync(join(folder, 'state')))
  }
})

t.test('gyro check shows peers and agents, and what is wrong with them', async t => {
  const file = join(temporaryFolder(), 'gyro.yaml')
  writeFileSync(
    file,
    'diameter:\n  peers: [{originHost: smf*, profile: open5gs}]\n  connect: [{address: dra:3868}]\n'
  )
  const good = await gyro(['check', '--config', file])
  t.equal(good.status, 0, good.stderr)
  t.match(good.stdout, /peers +smf\* \(open5gs\)/)
  t.match(good.stdout, /agent +dra:3868/)
})

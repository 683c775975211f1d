import t from 'tap'
import { loadConfig } from '../../src/ops/config.ts'

type Scope = { testdir(files: Record<string, string>): string }

const load = (t: Scope, text: string, env: Record<string, string> = {}) =>
  loadConfig(env, `${t.testdir({ 'gyro.yaml': text })}/gyro.yaml`)

t.test('peers, profiles and agents of the file', async t => {
  const { diameter } = load(
    t,
    `diameter:
  hosts: ocs2.example.net, *.twin.example
  realms: ''
  peers:
    - originHost: smf*.example.net
      addresses: [10.1.0.0/16, '2001:db8::/32', 192.0.2.1]
      profile: lab
    - originRealm: ims.example.net
      profile: kamailio
  profiles:
    lab:
      base: open5gs
      unknownSession: 2001
      ratingGroup: 10
      thresholds: false
      redirect: true
      failureHandling: continue
      grantMax: {octets: 50000000}
  connect:
    - address: dra1.example.net:3868
    - {address: '[::1]:5658', tls: true, originHost: dra2.example.net, profile: lab}
`
  )
  t.strictSame(diameter.hosts, ['ocs2.example.net', '*.twin.example'])
  t.strictSame(diameter.realms, [])
  t.same(diameter.peers, {
    peers: [
      {
        originHost: 'smf*.example.net',
        originRealm: '*',
        addresses: ['10.1.0.0/16', '2001:db8::/32', '192.0.2.1'],
        profile: 'lab'
      },
      { originHost: '*', originRealm: 'ims.example.net', addresses: [], profile: 'kamailio' }
    ],
    profiles: [
      {
        name: 'lab',
        base: 'open5gs',
        changes: {
          unknownSession: 'success',
          ratingGroup: 10,
          thresholds: false,
          redirect: true,
          failureHandling: 'continue',
          grantMax: { octets: 50_000_000, seconds: null, messages: null }
        }
      }
    ],
    agents: [
      { host: 'dra1.example.net', port: 3868, tls: false, originHost: '*', profile: '3gpp' },
      { host: '::1', port: 5658, tls: true, originHost: 'dra2.example.net', profile: 'lab' }
    ]
  })
})

t.test('what is wrong with them is told with file, line, key, and what is allowed', async t => {
  const cases: [string, RegExp][] = [
    ['peers: all', /yaml:2: diameter\.peers must be a list of peers/],
    ['peers: [7]', /yaml:2: diameter\.peers\[0\] must be a peer: originHost/],
    ['peers:\n    - originHost: a b', /yaml:3: diameter\.peers\[0\]\.originHost must be a name/],
    ['peers:\n    - host: a', /yaml:3: diameter\.peers\[0\]\.host is not a setting/],
    [
      'peers:\n    - {}\n    - addresses: [10.0.0.0/33]',
      /yaml:4: diameter\.peers\[1\]\.addresses\[0\] must be an address or a network/
    ],
    [
      'peers:\n    - profile: labs',
      /yaml:3: diameter\.peers\[0\]\.profile must be one of 3gpp.*"labs"/
    ],
    ['profiles: {lab: {base: cisco}}', /yaml:2: diameter\.profiles\.lab\.base must be one of 3gpp/],
    [
      'profiles: {lab: {thresholds: 1}}',
      /diameter\.profiles\.lab\.thresholds must be true or false/
    ],
    ['profiles: {lab: {unknownSession: 5001}}', /unknownSession must be 2001 or 5002/],
    ['profiles: {lab: {grantMax: {octets: 0}}}', /grantMax\.octets must be a whole number/],
    ['connect:\n    - tls: true', /yaml:3: diameter\.connect\[0\] lacks address/],
    ['connect:\n    - address: dra', /connect\[0\]\.address must be host:port/],
    ['connect:\n    - address: dra:0', /connect\[0\]\.address must be host:port/],
    ['tls:\n    listn: x', /yaml:3: diameter\.tls\.listn is not a setting/]
  ]
  for (const [text, message] of cases) {
    const expected = { code: 'GYRO_CONFIG_INVALID', message }
    t.throws(() => load(t, `diameter:\n  ${text}\n`), expected, text)
  }
})

t.test(
  'everything that is wrong is told at once: file, lists, variables, and conflicts',
  async t => {
    const text = `workers: many
api:
  listen: 0.0.0.0:8080
diameter:
  watchdog: 2
  peers: [{originHost: a b}]
  nonsense: 1
`
    const env = { GYRO_LOG_LEVEL: 'loud', GYRO_DIAMETER_TLS_LISTEN: '127.0.0.1:5658' }
    let message = ''
    try {
      load(t, text, env)
    } catch (error) {
      message = String(error)
    }
    for (const part of [
      /workers must be a whole number/,
      /diameter\.watchdog must be a whole number from 6 to 3600, not "2"/,
      /diameter\.peers\[0\]\.originHost must be/,
      /diameter\.nonsense is not a setting/,
      /GYRO_LOG_LEVEL must be one of/,
      /set GYRO_API_TOKEN/,
      /TLS needs GYRO_DIAMETER_TLS_CERTIFICATE and GYRO_DIAMETER_TLS_KEY/
    ]) {
      t.match(message, part)
    }
    t.equal(message.split('\n').length, 7, message)
  }
)

t.test('a value that is wrong is not in conflict with others', async t => {
  const env = { GYRO_WORKERS: '2', GYRO_STORE: 'redis:/x', GYRO_CDR: 'postgres://db/gyro' }
  t.throws(() => load(t, '', env), { message: /^GYRO_STORE must be [^\n]*$/ })
})

t.test('settings of TLS belong together', async t => {
  const files = { GYRO_DIAMETER_TLS_CERTIFICATE: 'a.pem', GYRO_DIAMETER_TLS_KEY: 'a.key' }
  const listen = { GYRO_DIAMETER_TLS_LISTEN: '[::1]:5658' }
  t.throws(() => load(t, '', { GYRO_DIAMETER_TLS_CERTIFICATE: 'a.pem' }), { message: /TLS needs/ })
  const mutual = { ...files, GYRO_DIAMETER_TLS_CLIENT_CERTIFICATE: 'true' }
  t.throws(() => load(t, '', mutual), { message: /set GYRO_DIAMETER_TLS_CA/ })
  t.same(load(t, '', { ...mutual, ...listen, GYRO_DIAMETER_TLS_CA: 'ca.pem' }).diameter.tls, {
    listen: { host: '::1', port: 5658 },
    certificate: 'a.pem',
    key: 'a.key',
    ca: 'ca.pem',
    clientCertificate: true
  })
  t.equal(load(t, '', files).diameter.tls.listen, null, 'for agents alone')
})

t.test('several workers cannot keep peers to one connection', async t => {
  const env = { GYRO_WORKERS: '2', GYRO_STORE: 'redis://x:1', GYRO_CDR: 'postgres://db/gyro' }
  const message = /GYRO_DIAMETER_DUPLICATES is reject/
  t.throws(() => load(t, 'diameter: {duplicates: reject}', env), { message })
})

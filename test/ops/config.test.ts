import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAddress } from '../../src/ops/address.ts'
import { isLoopback, loadConfig } from '../../src/ops/config.ts'
import { settings } from '../../src/ops/config-schema.ts'

const shipped = 'conf/gyro.yaml'

/** Of the section `diameter`, beside the addresses and names. */
const peerDefaults = {
  hosts: null,
  realms: ['*'],
  duplicates: 'allow',
  watchdog: 30,
  capabilitiesTimeout: 10,
  connectionsPerAddress: 1_024,
  inFlightPerConnection: 16_384,
  messageOctets: 131_072,
  tls: { listen: null, certificate: null, key: null, ca: null, clientCertificate: false },
  peers: {
    peers: [{ originHost: '*', originRealm: '*', addresses: [], profile: '3gpp' }],
    profiles: [],
    agents: []
  }
}

t.test('the defaults are those of the contract', async t => {
  const { warnings, ...config } = loadConfig({}, shipped)
  t.same(warnings, [])
  t.same(config, {
    diameter: {
      listen: { host: '127.0.0.1', port: 3868 },
      originHost: 'gyro.localdomain',
      originRealm: 'localdomain',
      ...peerDefaults
    },
    nchf: {
      listen: { host: '127.0.0.1', port: 8085 },
      wanted: false,
      apiRoot: null,
      profile: 'auto',
      failureHandling: null,
      tls: { certificate: null, key: null, ca: null },
      oauth2: { keys: null, callbackScope: null },
      nrf: {
        uri: null,
        instanceId: null,
        setId: null,
        plmns: [],
        supiRanges: [],
        gpsiRanges: [],
        priority: null,
        capacity: null,
        apiPrefix: 'path'
      }
    },
    api: { listen: { host: '127.0.0.1', port: 8080 }, token: null },
    store: { url: 'embedded:./data/state', partitions: null, strict: false, durable: false },
    cdr: { url: 'embedded:./data/cdr', signingKey: null },
    export: {
      folder: null,
      format: 'jsonl',
      stream: 'jsonl',
      recordsMax: 100_000,
      seconds: 300,
      address: '0.0.0.0'
    },
    catalogue: {
      folder: config.catalogue.folder,
      watch: 0,
      reauthorize: false,
      reauthorizeRate: 200
    },
    journal: { folder: './data/journal' },
    spill: {
      folder: './data/spill',
      recordsMax: 500_000,
      memoryMax: 70,
      octetsMax: 34_359_738_368,
      freeMin: 2_147_483_648
    },
    workers: 1,
    log: { level: 'info', identities: 'masked' }
  })
  t.match(config.catalogue.folder, /conf\/catalogue$/)
})

t.test('the shipped file spells out every setting, its default and its variable', async t => {
  const folder = t.testdir({ 'empty.yaml': '# nothing\n' })
  t.same(loadConfig({}, shipped), loadConfig({}, `${folder}/empty.yaml`))
  const text = readFileSync(shipped, 'utf8')
  for (const { key, variable } of settings) {
    t.match(text, variable)
    t.match(text, new RegExp(`^ *${key.split('.').at(-1)}: `, 'm'))
  }
})

t.test('every setting can be given by its variable, which wins over the file', async t => {
  const folder = t.testdir({ 'gyro.yaml': 'api:\n  listen: 127.0.0.1:9000\nworkers: 3\n' })
  const config = loadConfig(
    {
      GYRO_CONFIG: `${folder}/gyro.yaml`,
      GYRO_DIAMETER_LISTEN: '[::1]:13868',
      GYRO_ORIGIN_HOST: 'ocs1.example.net',
      GYRO_ORIGIN_REALM: 'example.net',
      GYRO_NCHF_LISTEN: '0.0.0.0:8443',
      GYRO_NCHF_API_ROOT: 'https://chf.example.net/gyro',
      GYRO_NCHF_PROFILE: 'free5gc',
      GYRO_NCHF_FAILURE_HANDLING: 'TERMINATE',
      GYRO_NCHF_TLS_KEY: '/etc/gyro/key.pem',
      GYRO_NCHF_TLS_CERTIFICATE: '/etc/gyro/cert.pem',
      GYRO_NCHF_TLS_CA: '/etc/gyro/ca.pem',
      GYRO_NCHF_OAUTH2_KEYS: '/etc/gyro/nrf.pem',
      GYRO_NCHF_OAUTH2_CALLBACK_SCOPE: 'nsmf-callback',
      GYRO_NCHF_NRF_URI: 'http://nrf.example.net:8000',
      GYRO_NCHF_NRF_INSTANCE_ID: '6F1C2A52-59C9-4A5E-9D2F-0D6B6B0C7A11',
      GYRO_NCHF_NRF_SET_ID: 'set1.chfset.5gc.mnc001.mcc262',
      GYRO_NCHF_NRF_PLMNS: '262-01, 001-001',
      GYRO_NCHF_NRF_SUPI_RANGES: '262010000000000-262019999999999',
      GYRO_NCHF_NRF_GPSI_RANGES: '4915100-4915199,4917000-4917099',
      GYRO_NCHF_NRF_PRIORITY: '0',
      GYRO_NCHF_NRF_CAPACITY: '65535',
      GYRO_NCHF_NRF_API_PREFIX: 'root',
      GYRO_API_LISTEN: '0.0.0.0:0',
      GYRO_API_TOKEN: 'secret',
      GYRO_STORE: 'redis-cluster://127.0.0.1:7000,127.0.0.1:7001',
      GYRO_STORE_PARTITIONS: '128',
      GYRO_STORE_STRICT: 'true',
      GYRO_STORE_DURABLE: 'true',
      GYRO_CDR: 'postgres://gyro:pw@db/gyro',
      GYRO_CDR_SIGNING_KEY: '/etc/gyro/cdr.pem',
      GYRO_EXPORT_FOLDER: '/var/spool/cdrs',
      GYRO_EXPORT_FORMAT: '3gpp',
      GYRO_EXPORT_STREAM: 'billing',
      GYRO_EXPORT_RECORDS: '5000',
      GYRO_EXPORT_SECONDS: '60',
      GYRO_EXPORT_ADDRESS: '192.0.2.1',
      GYRO_CATALOGUE: '/etc/gyro/catalogue',
      GYRO_JOURNAL: '/var/lib/gyro/journal',
      GYRO_SPILL: '/var/lib/gyro/spill',
      GYRO_SPILL_RECORDS: '1000',
      GYRO_SPILL_MEMORY: '50',
      GYRO_SPILL_OCTETS: '0',
      GYRO_SPILL_FREE: '1000000',
      GYRO_LOG_LEVEL: 'debug',
      GYRO_LOG_IDENTITIES: 'plain'
    },
    undefined
  )
  t.same(config, {
    diameter: {
      listen: { host: '::1', port: 13_868 },
      originHost: 'ocs1.example.net',
      originRealm: 'example.net',
      ...peerDefaults
    },
    nchf: {
      listen: { host: '0.0.0.0', port: 8443 },
      wanted: true,
      apiRoot: 'https://chf.example.net/gyro',
      profile: 'free5gc',
      failureHandling: 'TERMINATE',
      tls: { certificate: '/etc/gyro/cert.pem', key: '/etc/gyro/key.pem', ca: '/etc/gyro/ca.pem' },
      oauth2: { keys: '/etc/gyro/nrf.pem', callbackScope: 'nsmf-callback' },
      nrf: {
        uri: 'http://nrf.example.net:8000',
        instanceId: '6f1c2a52-59c9-4a5e-9d2f-0d6b6b0c7a11',
        setId: 'set1.chfset.5gc.mnc001.mcc262',
        plmns: [
          { mcc: '262', mnc: '01' },
          { mcc: '001', mnc: '001' }
        ],
        supiRanges: [{ start: '262010000000000', end: '262019999999999' }],
        gpsiRanges: [
          { start: '4915100', end: '4915199' },
          { start: '4917000', end: '4917099' }
        ],
        priority: 0,
        capacity: 65_535,
        apiPrefix: 'root'
      }
    },
    api: { listen: { host: '0.0.0.0', port: 0 }, token: 'secret' },
    store: {
      url: 'redis-cluster://127.0.0.1:7000,127.0.0.1:7001',
      partitions: 128,
      strict: true,
      durable: true
    },
    cdr: { url: 'postgres://gyro:pw@db/gyro', signingKey: '/etc/gyro/cdr.pem' },
    export: {
      folder: '/var/spool/cdrs',
      format: '3gpp',
      stream: 'billing',
      recordsMax: 5_000,
      seconds: 60,
      address: '192.0.2.1'
    },
    catalogue: {
      folder: '/etc/gyro/catalogue',
      watch: 0,
      reauthorize: false,
      reauthorizeRate: 200
    },
    journal: { folder: '/var/lib/gyro/journal' },
    spill: {
      folder: '/var/lib/gyro/spill',
      recordsMax: 1_000,
      memoryMax: 50,
      octetsMax: 0,
      freeMin: 1_000_000
    },
    workers: 3,
    log: { level: 'debug', identities: 'plain' },
    warnings: []
  })
})

t.test('an empty variable counts as unset', async t => {
  t.equal(loadConfig({ GYRO_WORKERS: '', GYRO_API_TOKEN: '' }, shipped).workers, 1)
})

t.test('a wrong variable is named with what is allowed', async t => {
  const wrong: Record<string, [string, RegExp]> = {
    GYRO_DIAMETER_LISTEN: ['3868', /GYRO_DIAMETER_LISTEN must be host:port.*not "3868"/],
    GYRO_API_LISTEN: ['127.0.0.1:70000', /GYRO_API_LISTEN must be host:port/],
    GYRO_NCHF_API_ROOT: ['chf.example', /GYRO_NCHF_API_ROOT must be http:/],
    GYRO_NCHF_PROFILE: ['other', /GYRO_NCHF_PROFILE must be one of auto, 3gpp, free5gc/],
    GYRO_NCHF_FAILURE_HANDLING: ['stop', /GYRO_NCHF_FAILURE_HANDLING must be empty or one of/],
    GYRO_NCHF_NRF_URI: ['nrf.example:8000', /GYRO_NCHF_NRF_URI must be http:/],
    GYRO_NCHF_NRF_INSTANCE_ID: ['chf-1', /GYRO_NCHF_NRF_INSTANCE_ID must be a UUID/],
    GYRO_NCHF_NRF_SET_ID: ['set1', /GYRO_NCHF_NRF_SET_ID must be the id of a CHF set/],
    GYRO_NCHF_NRF_API_PREFIX: ['uri', /GYRO_NCHF_NRF_API_PREFIX must be one of path, root/],
    GYRO_NCHF_NRF_PLMNS: ['26201', /GYRO_NCHF_NRF_PLMNS must be MCC-MNC/],
    GYRO_NCHF_NRF_SUPI_RANGES: ['1-2,3', /GYRO_NCHF_NRF_SUPI_RANGES must be ranges/],
    GYRO_NCHF_OAUTH2_CALLBACK_SCOPE: ['x y', /GYRO_NCHF_OAUTH2_CALLBACK_SCOPE must be the name/],
    GYRO_ORIGIN_HOST: ['a b', /GYRO_ORIGIN_HOST must be a domain name/],
    GYRO_EXPORT_FORMAT: ['xml', /GYRO_EXPORT_FORMAT must be one of jsonl, csv/],
    GYRO_EXPORT_STREAM: ['../x', /GYRO_EXPORT_STREAM must be 1 to 64 characters/],
    GYRO_EXPORT_ADDRESS: ['gyro', /GYRO_EXPORT_ADDRESS must be an IP address/],
    GYRO_STORE: ['mysql://x', /GYRO_STORE must be embedded:<folder>/],
    GYRO_STORE_PARTITIONS: ['-1', /GYRO_STORE_PARTITIONS must be a whole number/],
    GYRO_STORE_STRICT: ['yes', /GYRO_STORE_STRICT must be true or false, not "yes"/],
    GYRO_CDR: ['redis://x', /GYRO_CDR must be embedded:<folder> or postgres/],
    GYRO_WORKERS: ['0', /GYRO_WORKERS must be a whole number from 1 to 256, not "0"/],
    GYRO_LOG_LEVEL: ['loud', /GYRO_LOG_LEVEL must be one of debug, info, warn, error, silent/],
    GYRO_LOG_IDENTITIES: ['some', /GYRO_LOG_IDENTITIES must be one of masked, plain/],
    GYRO_API_TOKEN: ['two words', /GYRO_API_TOKEN must be visible characters/]
  }
  for (const [variable, [value, message]] of Object.entries(wrong)) {
    const expected = { code: 'GYRO_CONFIG_INVALID', message }
    t.throws(() => loadConfig({ [variable]: value }, shipped), expected, variable)
  }
})

t.test('all wrong values are told at once', async t => {
  t.throws(() => loadConfig({ GYRO_WORKERS: 'x', GYRO_LOG_LEVEL: 'y' }, shipped), {
    message: /GYRO_WORKERS must.*\nGYRO_LOG_LEVEL must/
  })
})

t.test('messages do not show passwords', async t => {
  const env = {
    GYRO_STORE: 'mysql://u:hunter2@x',
    GYRO_CDR: 'x:hunter2',
    GYRO_API_TOKEN: 'hunter2 '
  }
  try {
    loadConfig(env, shipped)
    t.fail('accepted')
  } catch (error) {
    t.notMatch(String(error), /hunter2/)
  }
})

t.test('a wrong file is refused with file, line and key', async t => {
  const cases: [string, RegExp][] = [
    ['api:\n  lisen: x:1\n', /gyro\.yaml:2: api\.lisen is not a setting: remove it or correct/],
    ['\n\nworker: 2\n', /gyro\.yaml:3: worker is not a setting/],
    ['workers: many\n', /gyro\.yaml:1: workers must be a whole number from 1 to 256/],
    ['log:\n  level: loud\n', /gyro\.yaml:2: log\.level must be one of debug.*not "loud"/],
    ['diameter:\n  originHost: 12\n', /gyro\.yaml:2: diameter\.originHost must be a domain name/],
    ['store: redis://x:1\n', /gyro\.yaml:1: store must be a section/],
    ['- a\n', /gyro\.yaml:1: the file must be a section/],
    ['api: [\n', /gyro\.yaml:\d: not YAML/],
    ['api:\n  token: a\n  token: b\n', /gyro\.yaml:3: not YAML/]
  ]
  for (const [text, message] of cases) {
    const folder = t.testdir({ 'gyro.yaml': text })
    const load = () => loadConfig({}, `${folder}/gyro.yaml`)
    t.throws(load, { code: 'GYRO_CONFIG_INVALID', message }, text)
  }
})

t.test('a file that is named and missing is refused', async t => {
  const message = /configuration file \/nowhere\.yaml cannot be read.*GYRO_CONFIG/
  t.throws(() => loadConfig({ GYRO_CONFIG: '/nowhere.yaml' }), { message })
})

t.test('an NRF needs an instance id, and an address that consumers can be told', async t => {
  const instance = { GYRO_NCHF_NRF_INSTANCE_ID: '6f1c2a52-59c9-4a5e-9d2f-0d6b6b0c7a11' }
  const nrf = { GYRO_NCHF_NRF_URI: 'http://nrf.example.net:8000' }
  const load = (env: Record<string, string>) => () => loadConfig(env, shipped)
  t.throws(load(nrf), { message: /GYRO_NCHF_NRF_URI needs GYRO_NCHF_NRF_INSTANCE_ID/ })
  t.equal(load({ ...nrf, ...instance })().nchf.wanted, true)
  for (const listen of ['0.0.0.0:8085', '[::]:8085']) {
    const open = { ...nrf, ...instance, GYRO_NCHF_LISTEN: listen }
    t.throws(load(open), { message: /no address that consumers can be told/ })
    t.ok(load({ ...open, GYRO_NCHF_API_ROOT: 'http://192.0.2.10:8085' })())
  }
  t.throws(load({ GYRO_NCHF_OAUTH2_CALLBACK_SCOPE: 'nsmf-callback' }), {
    message: /needs the NRF that gives the tokens: set GYRO_NCHF_NRF_URI/
  })
  for (const [kind, range] of [
    ['SUPI', '20-10'],
    ['GPSI', '9-10']
  ]) {
    t.throws(load({ [`GYRO_NCHF_NRF_${kind}_RANGES`]: range ?? '' }), {
      message: new RegExp(`${kind}_RANGES: ${range} must have two ends of the same length`)
    })
  }
})

t.test('several workers are refused with an embedded store or CDR writer', async t => {
  const message = /GYRO_WORKERS is 2, but embedded:\.\/data\/state and embedded:\.\/data\/cdr/
  t.throws(() => loadConfig({ GYRO_WORKERS: '2' }, shipped), { message })
  const redis = { GYRO_WORKERS: '2', GYRO_STORE: 'redis://127.0.0.1:6379/0' }
  t.throws(() => loadConfig(redis, shipped), {
    message: /embedded:\.\/data\/cdr serves one process/
  })
  t.equal(loadConfig({ ...redis, GYRO_CDR: 'postgres://db/gyro' }, shipped).workers, 2)
})

t.test('an API that others can reach needs a token', async t => {
  for (const host of ['0.0.0.0', '[::]', '10.0.0.1', 'gyro.example.net']) {
    const env = { GYRO_API_LISTEN: `${host}:8080` }
    t.throws(() => loadConfig(env, shipped), { message: /set GYRO_API_TOKEN/ }, host)
    t.equal(loadConfig({ ...env, GYRO_API_TOKEN: 'x' }, shipped).api.token, 'x')
  }
  for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '[::1]']) {
    t.equal(loadConfig({ GYRO_API_LISTEN: `${host}:8080` }, shipped).api.token, null, host)
  }
})

t.test('unknown variables and listeners that are not built give warnings', async t => {
  const { warnings } = loadConfig(
    { GYRO_LISTEN: 'x', GYRO_GRPC_LISTEN: '127.0.0.1:8086', PATH: '/bin' },
    shipped
  )
  t.match(warnings, [
    /GYRO_LISTEN is not a setting and is ignored/,
    /GYRO_GRPC_LISTEN is ignored: this version has no gRPC listener/
  ])
  t.equal(warnings.length, 2)
})

t.test('addresses', async t => {
  t.same(parseAddress('[fe80::1]:1'), { host: 'fe80::1', port: 1 })
  t.same(parseAddress('gyro:65535'), { host: 'gyro', port: 65_535 })
  for (const text of ['', ':80', 'a', 'a:', 'a:65536', 'a:b', '::1:80', 'u@h:1', 'a b:1']) {
    t.equal(parseAddress(text), null, text)
  }
  t.notOk(isLoopback('127.0.0.1.example.net'))
})

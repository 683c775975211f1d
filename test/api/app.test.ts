import { createHash } from 'node:crypto'
import t from 'tap'
import { createApp } from '../../src/api/app.ts'
import type { Readiness } from '../../src/api/operation.ts'
import { GyroError } from '../../src/domain/errors.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import type { ChargingSession } from '../../src/domain/session.ts'
import {
  memoryAccounts,
  memoryCatalogue,
  memoryCdrs,
  memorySimulator,
  noChain,
  noExports,
  noReconciler,
  noUsage
} from './memory-accounts.ts'

const at = Date.parse('2026-11-21T10:00:00Z')

function cdr(number: number): CdrRecord {
  return {
    kind: 'cdr',
    accountId: 'acme-1',
    record: number,
    sessionId: `pgw;${number}`,
    number: 1,
    lineId: '4915100000001',
    msisdn: '4915100000001',
    imsi: null,
    context: '32251',
    originHost: 'pgw.example.org',
    startedAt: at,
    endedAt: at + 1_000,
    amount: 10_000,
    currency: 'EUR',
    catalogue: 'abc',
    offers: ['prepaid-go'],
    cause: 'normalRelease',
    flags: [],
    octets: 1_000_000,
    inputOctets: 0,
    outputOctets: 1_000_000,
    seconds: 0,
    messages: 0,
    parts: [
      {
        ratingGroup: 10,
        serviceIdentifiers: [],
        price: 'abc:prepaid-go/home',
        bucket: '',
        zone: 'home',
        unit: 'octets',
        units: 1_000_000,
        amount: 10_000,
        before: 0,
        suspense: false
      }
    ],
    facts: {}
  }
}

const session: ChargingSession = {
  format: 1,
  id: 'pgw;open',
  accountId: 'acme-1',
  lineId: '4915100000001',
  context: '32251',
  origin: { host: 'pgw.example.org', realm: 'example.org' },
  route: { protocol: 'gy', peer: 'pgw.example.org' },
  startedAt: at,
  lastAt: at,
  expiresAt: at + 7_200_000,
  sweepAt: at + 7_200_000,
  cdrs: 0,
  initial: 0,
  settled: '',
  answers: [],
  services: [],
  positions: [{ price: 'abc:prepaid-go/home', units: 1_000_000, amount: 10_000 }],
  facts: {},
  information: ''
}

const body = {
  id: 'acme-1',
  lines: [{ msisdn: '4915100000001', imsi: '262010000000001' }],
  offers: ['prepaid-go']
}

function setUp(options: { token?: string; readiness?: Readiness; records?: CdrRecord[] } = {}) {
  const memory = memoryAccounts()
  const errors: object[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => errors.push(fields) }
  const app = createApp({
    accounts: memory.accounts,
    cdrs: memoryCdrs(options.records ?? []),
    exports: noExports,
    chain: noChain,
    retain: async () => [],
    reconciler: noReconciler,
    simulator: memorySimulator(),
    catalogue: memoryCatalogue(),
    rerate: async () => ({}),
    usage: noUsage,
    log,
    token: options.token ?? null,
    version: '0.0.0',
    readiness: async () => options.readiness ?? { store: { status: 'up' }, cdr: { status: 'up' } },
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' })
  })
  async function call(method: string, path: string, content?: unknown, headers = {}) {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    const response = await app.request(path, {
      method,
      headers: {
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers
      },
      ...(content === undefined ? {} : { body: text })
    })
    const type = response.headers.get('content-type') ?? ''
    const answer = type.includes('json') ? await response.json() : await response.text()
    // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it
    return { status: response.status, headers: response.headers, type, answer: answer as any }
  }
  return { ...memory, app, call, errors }
}

const key = (value: string) => ({ 'idempotency-key': value })

t.test('an account is opened and read in the shape of the contract', async t => {
  const { call } = setUp()
  const opened = await call('POST', '/v1/accounts', body)
  t.equal(opened.status, 201)
  t.equal(opened.headers.get('location'), '/v1/accounts/acme-1')
  const read = await call('GET', '/v1/accounts/acme-1')
  t.equal(read.status, 200)
  t.same(read.answer, opened.answer)
  t.match(read.answer, {
    id: 'acme-1',
    status: 'active',
    wallet: { available: '0.000000', reserved: '0.000000', currency: 'EUR' },
    lines: [{ msisdn: '4915100000001', imsi: '262010000000001' }],
    subscriptions: [{ offer: 'prepaid-go' }],
    buckets: [
      {
        offer: 'family-20gb',
        unit: 'seconds',
        available: 18_000,
        reserved: 0,
        validUntil: null,
        line: '4915100000001'
      }
    ]
  })
})

t.test('a line may have a tenant for its only identity', async t => {
  const { call, seen } = setUp()
  const lines = [{ tenant: 'tenant-7@factory', offers: ['prepaid-go'] }]
  t.equal((await call('POST', '/v1/accounts', { ...body, lines })).status, 201)
  t.match(seen, [{ kind: 'open-account', lines: [{ tenant: 'tenant-7@factory' }] }])
  const offersAlone = { ...body, lines: [{ offers: ['prepaid-go'] }] }
  t.match((await call('POST', '/v1/accounts', offersAlone)).answer, {
    errors: [{ member: 'lines/0', detail: 'needs an msisdn, an imsi or a tenant' }]
  })
})

t.test('a body that is not as it must be is refused, and the member is named', async t => {
  const { call, seen } = setUp()
  const rows: [unknown, string][] = [
    [{ ...body, id: undefined }, 'id'],
    [{ ...body, id: 'a b' }, 'id'],
    [{ ...body, id: 'a/../b' }, 'id'],
    [{ ...body, id: 7 }, 'id'],
    [{ ...body, lines: undefined }, 'lines'],
    [{ ...body, lines: [] }, 'lines'],
    [{ ...body, lines: [{}] }, 'lines/0'],
    [{ ...body, lines: [{ msisdn: '+4915100000001' }] }, 'lines/0/msisdn'],
    [{ ...body, lines: [{ msisdn: 4915100000001 }] }, 'lines/0/msisdn'],
    [{ ...body, lines: [{ imsi: '1234' }] }, 'lines/0/imsi'],
    [{ ...body, lines: [{ msisdn: '49151', colour: 'red' }] }, 'lines/0/colour'],
    [{ ...body, lines: [{ msisdn: '49151' }, { msisdn: '49151' }] }, 'lines/1/msisdn'],
    [{ ...body, offers: 'prepaid-go' }, 'offers'],
    [{ ...body, topUp: 5 }, 'topUp'],
    [{ ...body, topUp: '0.00' }, 'topUp'],
    [{ ...body, extra: true }, 'extra'],
    ['[]', ''],
    ['null', '']
  ]
  for (const [content, member] of rows) {
    const { status, type, answer } = await call('POST', '/v1/accounts', content)
    t.equal(status, 400, JSON.stringify(content))
    t.equal(type, 'application/problem+json')
    t.match(answer, { status: 400, title: 'Bad Request', detail: /./, type: /^urn:/ })
    t.ok(
      answer.errors.some((error: { member: string }) => error.member === member),
      `${member} is named in ${JSON.stringify(answer.errors)}`
    )
  }
  t.equal(seen.length, 0, 'nothing reached the accounts')
})

t.test('what is not JSON, of another type or too large is refused', async t => {
  const { call, app } = setUp()
  t.equal((await call('POST', '/v1/accounts', '{"id":')).status, 400)
  t.equal((await call('POST', '/v1/accounts', '')).status, 400)
  const typed = await call('POST', '/v1/accounts', '{}', { 'content-type': 'text/plain' })
  t.equal(typed.status, 415)
  const large = await call('POST', '/v1/accounts', `{"id":"${'x'.repeat(1_100_000)}"}`)
  t.equal(large.status, 413)
  t.equal(large.answer.status, 413)
  const announced = await app.request('/v1/accounts', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': '2000000' },
    body: '{}'
  })
  t.equal(announced.status, 413)
})

t.test('a top-up needs a key, happens once, and a repeat gets the same answer', async t => {
  const { call } = setUp()
  await call('POST', '/v1/accounts', body)
  const path = '/v1/accounts/acme-1/top-ups'
  const keyless = await call('POST', path, { amount: '20.00' })
  t.equal(keyless.status, 400)
  t.match(keyless.answer.errors, [{ member: 'Idempotency-Key' }])
  const first = await call('POST', path, { amount: '20.00' }, key('k-1'))
  const second = await call('POST', path, { amount: '20.00' }, key('k-1'))
  t.equal(first.status, 201)
  t.equal(second.status, 201)
  t.same(second.answer, first.answer)
  t.equal(first.answer.amount, '20.000000')
  t.equal((await call('POST', path, { amount: '21.00' }, key('k-1'))).status, 409)
  t.equal((await call('POST', '/v1/accounts/none/top-ups', { amount: '1' }, key('k'))).status, 404)
  const { answer } = await call('GET', '/v1/accounts/acme-1')
  t.equal(answer.wallet.available, '20.000000')
})

t.test('an amount is a positive decimal string with at most six decimals', async t => {
  const { call } = setUp()
  await call('POST', '/v1/accounts', body)
  const path = '/v1/accounts/acme-1/top-ups'
  const wrong = [
    20,
    '0',
    '0.000000',
    '-1',
    '+1',
    '1.0000001',
    '1e3',
    '1,5',
    '',
    ' 1',
    '1 ',
    '.5',
    '5.',
    'NaN',
    '9999999999.999999',
    '10000000000',
    null,
    true,
    ['1'],
    '١'
  ]
  for (const amount of wrong) {
    const { status } = await call('POST', path, { amount }, key('wrong'))
    t.equal(status, 400, JSON.stringify(amount))
  }
  for (const [index, amount] of ['1', '0.000001', '20.00', '007.5'].entries()) {
    const { status } = await call('POST', path, { amount }, key(`right-${index}`))
    t.equal(status, 201, amount)
  }
  const { answer } = await call('GET', '/v1/accounts/acme-1')
  t.equal(answer.wallet.available, '28.500001')
})

t.test('a subscription honours a key when there is one', async t => {
  const { call } = setUp()
  await call('POST', '/v1/accounts', { ...body, topUp: '10.00' })
  const path = '/v1/accounts/acme-1/subscriptions'
  t.equal((await call('POST', path, { offer: 'data-5gb' })).status, 201)
  const first = await call('POST', path, { offer: 'data-5gb' }, key('s-1'))
  const second = await call('POST', path, { offer: 'data-5gb' }, key('s-1'))
  t.same([first.status, second.status], [201, 201])
  t.equal(second.headers.get('idempotent-replayed'), 'true')
  t.equal((await call('POST', path, { offer: 'other' }, key('s-1'))).status, 409)
  t.equal((await call('POST', path, { offer: '' })).status, 400)
  const later = { offer: 'data-5gb', replaces: 'prepaid-go', at: '2026-12-01T00:00:00Z' }
  t.equal((await call('POST', path, later, key('s-2'))).status, 400, 'it is always now')
})

t.test('refusals of the engine have their status', async t => {
  const { call } = setUp()
  await call('POST', '/v1/accounts', body)
  t.equal((await call('POST', '/v1/accounts', body)).status, 409)
  t.equal(
    (await call('POST', '/v1/accounts', { ...body, id: 'x', offers: ['nothing'] })).status,
    422
  )
  const path = '/v1/accounts/acme-1/subscriptions'
  const poor = await call('POST', path, { offer: 'data-5gb' })
  t.equal(poor.status, 402)
  t.match(poor.answer, { title: 'Payment Required', detail: /4\.99/ })
})

t.test('an account is blocked with a reason and unblocked', async t => {
  const { call } = setUp()
  await call('POST', '/v1/accounts', body)
  t.equal((await call('POST', '/v1/accounts/acme-1/block', {})).status, 400)
  const blocked = await call('POST', '/v1/accounts/acme-1/block', { reason: 'fraud' })
  t.equal(blocked.status, 200)
  t.match(blocked.answer, { status: 'blocked', blockReason: 'fraud' })
  const unblocked = await call('POST', '/v1/accounts/acme-1/unblock')
  t.match(unblocked.answer, { status: 'active', blockReason: null })
  t.equal((await call('POST', '/v1/accounts/none/unblock')).status, 404)
})

t.test('sessions and CDRs have their shape and follow pages', async t => {
  const records = [cdr(1), cdr(2), cdr(3)]
  const { call, sessions } = setUp({ records })
  await call('POST', '/v1/accounts', body)
  sessions.push(session)
  const open = await call('GET', '/v1/sessions?account=acme-1')
  t.equal(open.answer.next, null)
  t.match(open.answer.items, [
    {
      sessionId: 'pgw;open',
      accountId: 'acme-1',
      msisdn: '4915100000001',
      startedAt: '2026-11-21T10:00:00.000Z',
      amount: '0.010000'
    }
  ])
  t.equal((await call('GET', '/v1/sessions')).answer.items.length, 1)
  t.equal((await call('GET', '/v1/sessions?account=none')).status, 404)
  t.equal((await call('GET', '/v1/cdrs?account=none')).status, 404)

  const first = await call('GET', '/v1/cdrs?account=acme-1&limit=2')
  t.match(first.answer.items[0], {
    sessionId: 'pgw;1',
    accountId: 'acme-1',
    msisdn: '4915100000001',
    startedAt: '2026-11-21T10:00:00.000Z',
    endedAt: '2026-11-21T10:00:01.000Z',
    amount: '0.010000',
    closingCause: 'normalRelease',
    parts: [{ ratingGroup: 10, amount: '0.010000', bucket: null }]
  })
  t.equal(first.answer.items.length, 2)
  t.equal(first.answer.next, '/v1/cdrs?account=acme-1&limit=2&cursor=2')
  const last = await call('GET', first.answer.next)
  t.equal(last.answer.items.length, 1)
  t.equal(last.answer.next, null)
  for (const limit of ['0', '1001', 'x', '', '1.5', '-1']) {
    t.equal((await call('GET', `/v1/cdrs?limit=${limit}`)).status, 400, limit)
  }
})

t.test('CDRs and sessions name their trace, and CDRs of an account are found by it', async t => {
  const given = '4bf92f3577b34da6a3ce929d0e0e4736'
  const derived = createHash('sha256').update('pgw;1').digest('hex').slice(0, 32)
  const { call, sessions } = setUp({ records: [cdr(1), { ...cdr(2), traceId: given }] })
  await call('POST', '/v1/accounts', body)
  sessions.push(session)
  const { items } = (await call('GET', '/v1/cdrs?account=acme-1')).answer
  t.match(items, [{ sessionId: 'pgw;1', traceId: derived }, { traceId: given }])
  const found = await call('GET', `/v1/cdrs?account=acme-1&traceId=${given}`)
  t.match(found.answer, { items: [{ sessionId: 'pgw;2' }], next: null })
  const alone = await call('GET', `/v1/cdrs?traceId=${given}`)
  t.match(alone, { status: 400, answer: { detail: 'traceId: needs `account` beside it' } })
  for (const wrong of ['', 'abc', given.toUpperCase(), `${given}0`]) {
    const path = `/v1/cdrs?account=acme-1&traceId=${wrong}`
    t.match(await call('GET', path), { status: 400, answer: { detail: /32 digits/ } }, wrong)
  }
  const open = (await call('GET', '/v1/sessions?account=acme-1')).answer.items
  t.match(open, [{ traceId: createHash('sha256').update(session.id).digest('hex').slice(0, 32) }])
})

t.test('many accounts are opened in one request, line by line', async t => {
  const { app } = setUp()
  const lines = Array.from({ length: 1_500 }, (_, index) =>
    JSON.stringify({ id: `bulk-${index}`, lines: [{ msisdn: String(4915100000000 + index) }] })
  )
  const response = await app.request('/v1/bulk/accounts', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n')
  })
  t.equal(response.status, 200)
  const results = (await response.text())
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.equal(results.length, 1_500)
  t.ok(results.every((result, index) => result.line === index + 1 && result.status === 201))
  const listed = await app.request('/v1/accounts?limit=1000')
  const { items, next } = (await listed.json()) as { items: unknown[]; next: string }
  t.equal(items.length, 1_000)
  t.equal(next, '/v1/accounts?limit=1000&cursor=1000')
})

t.test('bulk results say the line, the id and the status', async t => {
  const { app } = setUp()
  const lines = [
    '{"id":"a","lines":[{"msisdn":"49151"}]}',
    'nonsense',
    '',
    '{"id":"b"}',
    '{"id":"a","lines":[{"msisdn":"49151"}]}'
  ]
  const response = await app.request('/v1/bulk/accounts', {
    method: 'POST',
    headers: { 'content-type': 'application/jsonl' },
    body: lines.join('\r\n')
  })
  const results = (await response.text())
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.match(results, [
    { line: 1, id: 'a', status: 201 },
    { line: 2, id: null, status: 400, detail: /JSON/ },
    { line: 4, status: 400, detail: /lines: is required/ },
    { line: 5, id: 'a', status: 409 }
  ])
  t.equal(results.length, 4)
  const json = await app.request('/v1/bulk/accounts', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}'
  })
  t.equal(json.status, 415)
})

t.test('unknown paths are 404, other methods 405 with Allow', async t => {
  const { call } = setUp()
  const unknown = await call('GET', '/v2/accounts')
  t.equal(unknown.status, 404)
  t.equal(unknown.type, 'application/problem+json')
  const wrong = await call('DELETE', '/v1/accounts/acme-1')
  t.equal(wrong.status, 405)
  t.equal(wrong.headers.get('allow'), 'GET, HEAD')
  t.equal((await call('GET', '/v1/accounts/acme-1/top-ups')).headers.get('allow'), 'POST')
  t.equal((await call('PUT', '/v1/accounts')).headers.get('allow'), 'POST, GET, HEAD')
  t.equal((await call('GET', '/v1/accounts/a%20b')).status, 404)
  t.equal((await call('GET', '/v1/accounts/%zz')).status, 404)
})

t.test('with a token, /v1 is closed to everybody else', async t => {
  const { call } = setUp({ token: 'secret' })
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  for (const headers of [{}, bearer('wrong'), bearer('secret2'), { authorization: 'secret' }]) {
    const { status, headers: answered } = await call('GET', '/v1/accounts', undefined, headers)
    t.equal(status, 401)
    t.match(answered.get('www-authenticate'), /^Bearer/)
  }
  t.equal((await call('GET', '/v1/accounts', undefined, bearer('secret'))).status, 200)
  t.equal((await call('GET', '/v1/nothing')).status, 401)
  t.equal((await call('GET', '/livez')).status, 200)
  t.equal((await call('GET', '/metrics')).answer, 'up 1\n')
})

t.test('readiness depends on the store and mentions the CDR database', async t => {
  const up = { status: 'up' } as const
  const down = { status: 'down', detail: 'it does not answer' } as const
  const ready = await setUp().call('GET', '/readyz')
  t.match(ready, { status: 200, answer: { status: 'ready' } })
  const degraded = await setUp({ readiness: { store: up, cdr: down } }).call('GET', '/readyz')
  t.match(degraded, { status: 200, answer: { status: 'degraded', checks: { cdr: down } } })
  const away = await setUp({ readiness: { store: down, cdr: up } }).call('GET', '/readyz')
  t.match(away, { status: 503, answer: { status: 'not-ready' } })
})

t.test('a store that is away is 503, and a bug is 500 without its inside', async t => {
  const { call, fail, errors } = setUp()
  fail(new GyroError('GYRO_STORE_UNAVAILABLE', 'the store does not answer'))
  const away = await call('GET', '/v1/accounts/acme-1')
  t.equal(away.status, 503)
  t.equal(away.headers.get('retry-after'), '1')
  fail(new Error('secret inside'))
  const bug = await call('GET', '/v1/accounts/acme-1')
  t.equal(bug.status, 500)
  t.notMatch(JSON.stringify(bug.answer), /secret/)
  t.equal(errors.length, 1)
})

t.test('/openapi.json lists the routes that there are, and every reference resolves', async t => {
  const { call, app } = setUp({ token: 'secret' })
  const { answer } = await call('GET', '/openapi.json')
  t.equal(answer.openapi, '3.1.0')
  const routes = new Set(
    app.routes
      .filter(route => route.method !== 'ALL')
      .map(route => `${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`)
  )
  const documented = new Set<string>()
  for (const [path, methods] of Object.entries<object>(answer.paths)) {
    for (const method of Object.keys(methods)) documented.add(`${method.toUpperCase()} ${path}`)
  }
  t.same(documented, routes)
  for (const path of [
    '/v1/accounts',
    '/v1/accounts/{id}',
    '/v1/accounts/{id}/top-ups',
    '/v1/accounts/{id}/subscriptions',
    '/v1/accounts/{id}/block',
    '/v1/accounts/{id}/unblock',
    '/v1/sessions',
    '/v1/cdrs',
    '/v1/simulate',
    '/v1/explain',
    '/livez',
    '/readyz',
    '/metrics',
    '/openapi.json'
  ]) {
    t.ok(answer.paths[path], path)
  }
  for (const [, name] of JSON.stringify(answer).matchAll(/"#\/components\/([^"]+)"/g)) {
    const [kind = '', member = ''] = (name ?? '').split('/')
    t.ok(answer.components[kind][member], `${name} is there`)
  }
})

/** What every store must do, as a function of how to open one. */
import type { Test } from 'tap'
import type {
  AccountKey,
  Commit,
  DirectoryKey,
  DocumentKeys,
  Store,
  Write
} from '../../src/balance/store.ts'
import { runWorkload } from '../support/store-workload.ts'
import { keyOf, nextVersion, nothing, writeOf } from '../support/store-writes.ts'
import { exchanges } from './exchange-conformance.ts'

export interface StoreFactory {
  /** A store over the same data each time, as another process would open it. */
  open(): Promise<Store>
  /** False when only one store may be open at a time. */
  readonly shared: boolean
}

function commitOf(
  key: AccountKey,
  expected: string,
  write: Write | null,
  wanted: DocumentKeys = nothing
): Commit {
  return { key, expected, wanted, write }
}

/** Commits a write that must succeed, and gives its version. */
async function put(store: Store, key: AccountKey, expected: string, changes: Partial<Write> = {}) {
  const write = writeOf(changes)
  const [result] = await store.commit([commitOf(key, expected, write)])
  if (result?.ok !== true) throw new Error('a commit that had to succeed met a conflict')
  return write.version
}

const open = (id: string, sweepAt: number | null, document = `{"s":${JSON.stringify(id)}}`) => ({
  id,
  document,
  sweepAt,
  directory: null
})

const close = (id: string, receipt: string, hour: number) => ({
  id,
  receipt,
  hour,
  directory: null
})

const oddIds = [
  'a{b}c',
  '{}',
  '{p0001}x',
  'line\nbreak',
  'nul\u0000inside',
  'größe-😀-\uffff',
  'host;1;2;with spaces "and" quotes',
  `${'☃'.repeat(170)}xx`
]

export async function storeConformance(t: Test, factory: StoreFactory): Promise<void> {
  const store = await factory.open()
  t.teardown(() => store.close())
  await commits(t, store)
  await documents(t, store)
  await directory(t, store, factory)
  await indexes(t, store)
  await receipts(t, store)
  await outbox(t, store, factory)
  await listings(t, store)
  const other = factory.shared ? await factory.open() : store
  await exchanges(t, store, other)
  if (other !== store) await other.close()
  await t.test('catalogues are kept by their version', async t => {
    const { catalogues } = store
    await catalogues.save('c1', 'first: "ü"')
    await catalogues.save('c2', 'second')
    t.equal(await catalogues.load('c1'), 'first: "ü"')
    t.equal(await catalogues.load('c3'), null)
    t.same([...(await catalogues.versions())].sort(), ['c1', 'c2'])
    await catalogues.drop('c2')
    t.equal(await catalogues.load('c2'), null)
    t.same(await catalogues.versions(), ['c1'])
  })
  await t.test('the last plan of versions is kept, and a task claimed once', async t => {
    const { catalogues } = store
    t.equal(await catalogues.plan(), null)
    await catalogues.publish('first')
    await catalogues.publish('second')
    t.equal(await catalogues.plan(), 'second')
    t.same(
      [await catalogues.claim('a'), await catalogues.claim('a'), await catalogues.claim('b')],
      [true, false, true]
    )
  })
  await t.test('a store answers a ping', async () => {
    await store.ping()
  })
  await t.test('a random workload gives what the model gives, step by step', async t => {
    const seed = Number(process.env['GYRO_TEST_SEED'] ?? Date.now() % 1_000_000_000)
    t.comment(`seed ${seed} (GYRO_TEST_SEED)`)
    await runWorkload(t, store, seed, 150)
  })
}

async function commits(t: Test, store: Store): Promise<void> {
  await t.test('an account is created once, and the loser gets what stands', async t => {
    const key = keyOf(store, 'create')
    const version = await put(store, key, '', { account: 'A' })
    const results = await store.commit([commitOf(key, '', writeOf({ account: 'B' }))])
    t.strictSame(results, [
      { ok: false, documents: { version, account: 'A', lines: [], sessions: [] } }
    ])
  })

  await t.test('a check confirms a version and writes nothing', async t => {
    const key = keyOf(store, 'check')
    t.strictSame(await store.commit([commitOf(key, '', null)]), [{ ok: true }])
    const version = await put(store, key, '', { account: 'A' })
    t.strictSame(await store.commit([commitOf(key, version, null)]), [{ ok: true }])
    const [lost] = await store.commit([commitOf(key, '', null)])
    t.match(lost, { ok: false, documents: { version, account: 'A' } })
    const [documents] = await store.load([{ key, wanted: nothing }])
    t.equal(documents?.version, version)
  })

  await t.test('a commit against an account that does not exist is a conflict', async t => {
    const key = keyOf(store, 'absent')
    const [lost] = await store.commit([commitOf(key, nextVersion(), writeOf())])
    t.strictSame(lost, {
      ok: false,
      documents: { version: '', account: null, lines: [], sessions: [] }
    })
  })

  await t.test('the same content under another version does not match', async t => {
    const key = keyOf(store, 'rolled-back')
    const first = await put(store, key, '', { account: 'A' })
    const second = await put(store, key, first, { account: 'B' })
    const third = await put(store, key, second, { account: 'A' })
    const [lost] = await store.commit([commitOf(key, first, writeOf({ account: 'C' }))])
    t.match(lost, { ok: false, documents: { version: third, account: 'A' } })
  })

  await t.test('a conflict in a group leaves the others applied, and writes nothing', async t => {
    const names = ['group-1', 'group-2', 'group-3', 'group-4']
    const keys = names.map(name => keyOf(store, name))
    const stale = nextVersion()
    const wanted = { lines: ['l', 'none'], sessions: ['s'] }
    const current = await put(store, keys[1]!, '', {
      lines: [{ id: 'l', document: 'L', added: true, feesAt: null }],
      sessions: [open('s', 50, 'S')]
    })
    const depth = await store.outbox.depth()
    const results = await store.commit([
      commitOf(keys[0]!, '', writeOf({ account: 'one', records: ['r1'] }), wanted),
      commitOf(
        keys[1]!,
        stale,
        writeOf({
          lines: [{ id: 'l', document: 'X', added: false, feesAt: null }],
          sessions: [open('s', 10, 'X'), open('s2', 10)],
          closed: [close('s', 'R', 7)],
          operations: [{ key: 'op', value: 'X', ttlSeconds: 60 }],
          sweepAt: 10,
          records: ['lost']
        }),
        wanted
      ),
      commitOf(keys[2]!, stale, null, wanted),
      commitOf(keys[3]!, '', writeOf({ account: 'four', records: ['r4a', 'r4b'] }), wanted)
    ])
    t.strictSame(results, [
      { ok: true },
      {
        ok: false,
        documents: {
          version: current,
          account: '{"format":1}',
          lines: ['L', null],
          sessions: ['S']
        }
      },
      {
        ok: false,
        documents: { version: '', account: null, lines: [null, null], sessions: [null] }
      },
      { ok: true }
    ])
    t.equal(await store.outbox.depth(), depth + 3)
    t.equal(await store.operation(keys[1]!, 'op'), null)
    t.equal(await store.closedSession(keys[1]!, 's', [7]), null)
    t.strictSame(await store.dueSessions(keys[1]!, 100, 10), { sessions: ['s'], next: 0 })
    t.notOk((await store.dueAccounts(10, 100)).includes('group-2'))
  })

  await t.test('the same account twice in a group: the second meets the first', async t => {
    const key = keyOf(store, 'twice')
    const first = writeOf({ account: 'A' })
    const second = writeOf({ account: 'B' })
    const results = await store.commit([
      commitOf(key, '', first),
      commitOf(key, first.version, second),
      commitOf(key, first.version, null)
    ])
    t.match(results, [{ ok: true }, { ok: true }, { ok: false, documents: { account: 'B' } }])
  })

  await t.test('an empty group is no commit', async t => {
    t.strictSame(await store.commit([]), [])
    t.strictSame(await store.load([]), [])
    t.strictSame(await store.resolve([]), [])
    t.strictSame(await store.claim([]), [])
  })

  await t.test('of many racing commits of one version one succeeds', async t => {
    const key = keyOf(store, 'race')
    const version = await put(store, key, '')
    const groups = Array.from({ length: 20 }, (_, i) =>
      store.commit([
        commitOf(key, version, writeOf({ account: `racer ${i}`, records: [`race ${i}`] })),
        commitOf(keyOf(store, `race-${i}`), '', writeOf())
      ])
    )
    const results = await Promise.all(groups)
    t.equal(results.filter(([race]) => race?.ok).length, 1)
    t.equal(results.filter(([, other]) => other?.ok).length, 20)
  })
}

async function documents(t: Test, store: Store): Promise<void> {
  await t.test('documents are read as they were written, in the order asked for', async t => {
    const key = keyOf(store, 'documents')
    const other = keyOf(store, 'documents-2')
    const version = await put(store, key, '', {
      account: '{"name":"Zoë\n😀"}',
      lines: [
        { id: 'l1', document: '{"l":1}', added: true, feesAt: null },
        { id: 'l2', document: '{"l":2}', added: true, feesAt: null }
      ],
      sessions: [open('s1', 100)]
    })
    const wanted = { lines: ['l2', 'x', 'l1'], sessions: ['y', 's1'] }
    const found = await store.load([
      { key: other, wanted },
      { key, wanted },
      { key, wanted: nothing }
    ])
    t.strictSame(found, [
      { version: '', account: null, lines: [null, null, null], sessions: [null, null] },
      {
        version,
        account: '{"name":"Zoë\n😀"}',
        lines: ['{"l":2}', null, '{"l":1}'],
        sessions: [null, '{"s":"s1"}']
      },
      { version, account: '{"name":"Zoë\n😀"}', lines: [], sessions: [] }
    ])
  })

  await t.test('documents of 300 KB are kept whole', async t => {
    const key = keyOf(store, 'large')
    const text = (letter: string) => `{"${letter}":"${letter.repeat(300_000)}ü"}`
    const version = await put(store, key, '', {
      account: text('a'),
      lines: [{ id: 'l', document: text('l'), added: true, feesAt: null }],
      sessions: [open('s', 5, text('s'))],
      records: [text('r')]
    })
    const wanted = { lines: ['l'], sessions: ['s'] }
    const expected = {
      version,
      account: text('a'),
      lines: [text('l')],
      sessions: [text('s')]
    }
    const [found] = await store.load([{ key, wanted }])
    t.ok(found?.account === expected.account && found.lines[0] === expected.lines[0])
    t.equal(found?.sessions[0] === text('s'), true)
    const [lost] = await store.commit([commitOf(key, '', null, wanted)])
    t.ok(lost?.ok === false && lost.documents.account === text('a'))
  })

  await t.test('an account of thousands of lines is written and listed', async t => {
    const key = keyOf(store, 'fleet')
    const ids = Array.from({ length: 3_000 }, (_, i) => `line-${String(i).padStart(5, '0')}`)
    const version = await put(store, key, '', {
      lines: ids.map(id => ({ id, document: `{"id":"${id}"}`, added: true, feesAt: null }))
    })
    t.strictSame(await store.listLines(key), ids)
    const wanted = { lines: ids, sessions: [] }
    const [lost] = await store.commit([commitOf(key, '', null, wanted)])
    t.ok(lost?.ok === false && lost.documents.lines[2_999] === '{"id":"line-02999"}')
    const write = writeOf({
      lines: ids.map(id => ({ id, document: 'new', added: false, feesAt: null }))
    })
    t.strictSame(await store.commit([commitOf(key, version, write, wanted)]), [{ ok: true }])
    const [found] = await store.load([{ key, wanted }])
    t.ok(found?.lines.every(line => line === 'new'))
  })

  await t.test('session ids may be any text of 512 octets', async t => {
    const key = keyOf(store, 'odd')
    t.equal(Buffer.byteLength(oddIds[7]!), 512)
    const sessions = oddIds.map((id, i) => ({
      ...open(id, 100 + i),
      directory: { value: `odd\nline ${i}`, ttlSeconds: 60 }
    }))
    const version = await put(store, key, '', { sessions })
    const wanted = { lines: [], sessions: oddIds }
    const [found] = await store.load([{ key, wanted }])
    t.strictSame(
      found?.sessions,
      oddIds.map(id => `{"s":${JSON.stringify(id)}}`)
    )
    t.strictSame((await store.dueSessions(key, 200, 20)).sessions, oddIds)
    const entries = oddIds.map((value): DirectoryKey => ({ kind: 'session', value }))
    t.strictSame(
      await store.resolve(entries),
      oddIds.map((_, i) => `odd\nline ${i}`)
    )
    const closed = oddIds.map((id, i) => close(id, `receipt ${i}`, 12))
    await put(store, key, version, { closed })
    for (const [i, id] of oddIds.entries()) {
      t.equal(await store.closedSession(key, id, [11, 12]), `receipt ${i}`)
    }
    t.strictSame(await store.dueSessions(key, 200, 20), { sessions: [], next: 0 })
  })
}

async function directory(t: Test, store: Store, factory: StoreFactory): Promise<void> {
  const identity = (value: string): DirectoryKey => ({ kind: 'identity', value })

  await t.test('an identity is claimed once; a repeated claim finds itself', async t => {
    const entries = [
      { key: identity('msisdn:491'), value: 'a\nl1' },
      { key: identity('imsi:262'), value: 'a\nl1' }
    ]
    t.strictSame(await store.claim(entries), ['a\nl1', 'a\nl1'])
    t.strictSame(await store.claim(entries), ['a\nl1', 'a\nl1'])
    t.strictSame(
      await store.claim([
        { key: identity('imsi:262'), value: 'b\nl1' },
        { key: identity('imsi:263'), value: 'b\nl1' }
      ]),
      ['a\nl1', 'b\nl1']
    )
    t.strictSame(
      await store.resolve([identity('msisdn:491'), identity('none'), identity('imsi:263')]),
      ['a\nl1', null, 'b\nl1']
    )
  })

  await t.test('a claim takes the place of the value that gives way, and of no other', async t => {
    const key = identity('msisdn:moved')
    t.strictSame(await store.claim([{ key, value: 'a\nl1' }]), ['a\nl1'])
    const group = [
      { key: identity('msisdn:fresh'), value: 'b\nl2' },
      { key, value: 'b\nl2', replaces: 'a\nl9' },
      { key: identity('msisdn:empty'), value: 'b\nl2', replaces: 'a\nl1' },
      { key: identity('msisdn:fresh'), value: 'c\nl3' }
    ]
    t.strictSame(await store.claim(group), ['b\nl2', 'a\nl1', 'b\nl2', 'b\nl2'])
    const second = factory.shared ? await factory.open() : store
    const race = (value: string) => [{ key, value, replaces: 'a\nl1' }]
    const [one, two] = await Promise.all([
      store.claim(race('b\nl2')),
      second.claim(race('c\nl3\n1'))
    ])
    t.strictSame(one, two, 'one of two gets it')
    t.strictSame(await store.resolve([key]), one)
    if (second !== store) await second.close()
  })

  await t.test('claims raced by two stores have one winner each', async t => {
    const second = factory.shared ? await factory.open() : store
    const claims = (value: string) =>
      Array.from({ length: 50 }, (_, i) => ({ key: identity(`raced:${i}`), value }))
    const [one, two] = await Promise.all([store.claim(claims('one')), second.claim(claims('two'))])
    t.strictSame(one, two)
    if (second !== store) await second.close()
  })

  await t.test('a session is found until its entry has ended', async t => {
    const key = keyOf(store, 'directory')
    const entry = (id: string, ttlSeconds: number) => ({
      ...open(id, 9),
      directory: { value: 'directory\nl', ttlSeconds }
    })
    await put(store, key, '', { sessions: [entry('short', 1), entry('long', 60)] })
    const entries: DirectoryKey[] = [
      { kind: 'session', value: 'short' },
      { kind: 'session', value: 'long' }
    ]
    t.strictSame(await store.resolve(entries), ['directory\nl', 'directory\nl'])
    await new Promise(resolve => setTimeout(resolve, 1_200))
    t.strictSame(await store.resolve(entries), [null, 'directory\nl'])
  })
}

async function indexes(t: Test, store: Store): Promise<void> {
  await t.test(
    'lines with fees that are due come earliest first, and stay until they are moved',
    async t => {
      const key = keyOf(store, 'fees')
      const line = (id: string, feesAt: number | null) => ({
        id,
        document: id,
        added: true,
        feesAt
      })
      const none = { lines: [], next: 0 }
      t.strictSame(await store.dueLines(key, 99, 9), none)
      const lines = [line('c', 30), line('b', 20), line('a', 20), line('x', null), line('y', 0)]
      let version = await put(store, key, '', { lines })
      t.strictSame(await store.dueLines(key, 5, 9), { lines: [], next: 20 })
      t.strictSame(await store.dueLines(key, 20, 9), {
        lines: [
          ['a', 20],
          ['b', 20]
        ],
        next: 30
      })
      t.strictSame(await store.dueLines(key, 99, 1), { lines: [['a', 20]], next: 20 })
      const lost = writeOf({ lines: [line('c', 1)] })
      t.match(await store.commit([commitOf(key, '', lost)]), [{ ok: false }])
      version = await put(store, key, version, { lines: [line('a', 40), line('b', null)] })
      t.strictSame(await store.dueLines(key, 99, 9), {
        lines: [
          ['b', 20],
          ['c', 30],
          ['a', 40]
        ],
        next: 0
      })
      await put(store, key, version, { lines: [line('b', 0), line('c', 0), line('x', 50)] })
      t.strictSame(await store.dueLines(key, 99, 9), {
        lines: [
          ['a', 40],
          ['x', 50]
        ],
        next: 0
      })
      t.strictSame((await store.listLines(key)).length, 5)
      t.strictSame(await store.dueSessions(key, 99, 9), { sessions: [], next: 0 })
    }
  )

  await t.test('due sessions come earliest first, up to the limit', async t => {
    const key = keyOf(store, 'due')
    const sessions = [open('c', 30), open('a', 10), open('b2', 20), open('b1', 20), open('d', 40)]
    let version = await put(store, key, '', { sessions })
    t.strictSame(await store.dueSessions(key, 5, 9), { sessions: [], next: 10 })
    t.strictSame(await store.dueSessions(key, 20, 9), { sessions: ['a', 'b1', 'b2'], next: 30 })
    t.strictSame(await store.dueSessions(key, 35, 2), { sessions: ['a', 'b1'], next: 20 })
    t.strictSame(await store.dueSessions(key, 99, 9), {
      sessions: ['a', 'b1', 'b2', 'c', 'd'],
      next: 0
    })
    version = await put(store, key, version, {
      sessions: [open('a', 50), open('c', null, 'kept')],
      closed: [close('b1', 'x', 1)]
    })
    t.strictSame(await store.dueSessions(key, 99, 9), {
      sessions: ['b2', 'c', 'd', 'a'],
      next: 0
    })
    const [found] = await store.load([{ key, wanted: { lines: [], sessions: ['c', 'b1'] } }])
    t.strictSame(found?.sessions, ['kept', null])
  })

  await t.test('due accounts of all partitions come earliest first', async t => {
    const names = Array.from({ length: 12 }, (_, i) => `sweep-${i}`)
    const made = new Map<string, string>()
    for (const [i, name] of names.entries()) {
      made.set(name, await put(store, keyOf(store, name), '', { sweepAt: 1_000 + i }))
    }
    const due = async (now: number, limit: number) =>
      (await store.dueAccounts(now, limit)).filter(name => name.startsWith('sweep-'))
    t.strictSame(await due(999, 100), [])
    t.strictSame(await due(1_004, 100), names.slice(0, 5))
    t.strictSame(await store.dueAccounts(1_004, 2), names.slice(0, 2))
    const [first = '', second = '', third = ''] = names
    await put(store, keyOf(store, first), made.get(first) ?? '', { sweepAt: 0 })
    await put(store, keyOf(store, second), made.get(second) ?? '', { sweepAt: 1_100 })
    await put(store, keyOf(store, third), made.get(third) ?? '', { sweepAt: null })
    t.strictSame(await due(1_004, 100), names.slice(2, 5))
    t.equal((await due(2_000, 100)).at(-1), second)
  })
}

async function receipts(t: Test, store: Store): Promise<void> {
  await t.test('receipts are found in the hours asked for, until these are dropped', async t => {
    const key = keyOf(store, 'receipts')
    const hour = 500_000
    await put(store, key, '', {
      closed: [
        close('early', 'E', hour - 2),
        { ...close('late', 'L', hour), directory: { value: 'receipts\nl', ttlSeconds: 60 } }
      ]
    })
    t.strictSame(await store.resolve([{ kind: 'session', value: 'late' }]), ['receipts\nl'])
    t.equal(await store.closedSession(key, 'early', [hour, hour - 1, hour - 2]), 'E')
    t.equal(await store.closedSession(key, 'early', [hour, hour - 1]), null)
    t.equal(await store.closedSession(key, 'late', [hour, hour - 1]), 'L')
    t.equal(await store.closedSession(key, 'never', [hour, hour - 1]), null)
    t.equal(await store.closedSession(keyOf(store, 'another'), 'late', [hour]), null)
    t.equal(await store.closedSession(key, 'late', []), null)
    await store.dropReceipts(hour - 1)
    t.equal(await store.closedSession(key, 'early', [hour - 2]), null)
    t.equal(await store.closedSession(key, 'late', [hour]), 'L')
  })

  await t.test('receipts of operations are found by their key until they have ended', async t => {
    const key = keyOf(store, 'operations')
    const operation = (name: string, ttlSeconds: number) => ({
      key: name,
      value: `did ${name}`,
      ttlSeconds
    })
    await put(store, key, '', { operations: [operation('k{1}', 60), operation('brief', 1)] })
    t.equal(await store.operation(key, 'k{1}'), 'did k{1}')
    t.equal(await store.operation(key, 'other'), null)
    t.equal(await store.operation(keyOf(store, 'else'), 'k{1}'), null)
    await new Promise(resolve => setTimeout(resolve, 1_200))
    t.equal(await store.operation(key, 'brief'), null)
    t.equal(await store.operation(key, 'k{1}'), 'did k{1}')
  })
}

async function outbox(t: Test, store: Store, factory: StoreFactory): Promise<void> {
  const drain = async () => {
    for (const [partition, entries] of await store.outbox.read(10_000)) {
      await store.outbox.acknowledge(new Map([[partition, entries.map(entry => entry.id)]]))
    }
  }

  await t.test('records wait in their order until they are acknowledged', async t => {
    await drain()
    t.equal(await store.outbox.depth(), 0)
    const key = keyOf(store, 'outbox')
    const other = keyOf(store, 'outbox-other')
    t.not(key.partition, other.partition)
    const version = await put(store, key, '', { records: ['{"n":1}', '{"n":2}'] })
    await put(store, other, '', { records: ['{"o":1}'] })
    await put(store, key, version, { records: ['{"n":3}'] })
    const head = await store.outbox.read(2)
    t.strictSame(
      head.get(key.partition)?.map(entry => entry.value),
      ['{"n":1}', '{"n":2}']
    )
    t.strictSame(
      head.get(other.partition)?.map(entry => entry.value),
      ['{"o":1}']
    )
    t.equal(head.size, 2)
    t.equal(await store.outbox.depth(), 4)
    const [first] = head.get(key.partition) ?? []
    await store.outbox.acknowledge(new Map([[key.partition, [first?.id ?? '']]]))
    await store.outbox.acknowledge(new Map([[key.partition, [first?.id ?? '']]]))
    await store.outbox.acknowledge(new Map([[key.partition, []]]))
    await store.outbox.acknowledge(new Map())
    const rest = await store.outbox.read(10)
    t.strictSame(
      rest.get(key.partition)?.map(entry => entry.value),
      ['{"n":2}', '{"n":3}']
    )
    t.equal(await store.outbox.depth(), 3)
    await drain()
    t.equal((await store.outbox.read(10)).size, 0)
  })

  await t.test('orders wait beside the records, in an outbox of their own', async t => {
    const key = keyOf(store, 'ordered')
    await put(store, key, '', { records: ['{"r":1}'], orders: ['{"o":1}', '{"o":2}'] })
    const waiting = (await store.orders.read(10)).get(key.partition) ?? []
    t.strictSame(
      waiting.map(entry => entry.value),
      ['{"o":1}', '{"o":2}']
    )
    t.equal(await store.orders.depth(), 2)
    t.equal(await store.outbox.depth(), 1)
    t.equal(await store.orders.lease(300), true, 'with a lease of their own')
    await store.orders.acknowledge(new Map([[key.partition, waiting.map(entry => entry.id)]]))
    t.equal((await store.orders.read(10)).size, 0)
    await drain()
  })

  await t.test('two readers see the same records, and one holds the lease', async t => {
    const second = factory.shared ? await factory.open() : store
    const key = keyOf(store, 'readers')
    await put(store, key, '', { records: ['1', '2', '3'] })
    t.strictSame(await store.outbox.read(10), await second.outbox.read(10))
    t.equal(await store.outbox.lease(300), true)
    t.equal(await store.outbox.lease(300), true)
    if (second !== store) {
      t.equal(await second.outbox.lease(300), false)
      await new Promise(resolve => setTimeout(resolve, 400))
      t.equal(await second.outbox.lease(200), true)
      t.equal(await store.outbox.lease(200), false)
      await second.close()
    }
    await drain()
  })
}

async function listings(t: Test, store: Store): Promise<void> {
  const pages = async (
    read: (cursor: string | null) => Promise<{
      readonly ids: readonly string[]
      readonly next: string | null
    }>,
    limit: number
  ) => {
    const all: string[] = []
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const page: { readonly ids: readonly string[]; readonly next: string | null } =
        await read(cursor)
      if (page.ids.length > limit) throw new Error('a page is longer than its limit')
      all.push(...page.ids)
      cursor = page.next
    }
    return all
  }

  await t.test('pages of accounts list each account once', async t => {
    const names = Array.from({ length: 150 }, (_, i) => `listed:${i}`)
    await store.commit(names.map(name => commitOf(keyOf(store, name), '', writeOf())))
    const listed = await pages(cursor => store.listAccounts(cursor, 7), 7)
    t.equal(new Set(listed).size, listed.length)
    t.strictSame(listed.filter(name => name.startsWith('listed:')).sort(), [...names].sort())
  })

  await t.test('pages of sessions list each open session once', async t => {
    const key = keyOf(store, 'many-sessions')
    const ids = Array.from({ length: 40 }, (_, i) => `session-${String(i).padStart(2, '0')}`)
    const version = await put(store, key, '', {
      sessions: ids.map((id, i) => open(id, 100 + Math.floor(i / 9)))
    })
    for (const limit of [1, 4, 9, 40, 100]) {
      const listed = await pages(cursor => store.listSessions(key, cursor, limit), limit)
      t.strictSame(listed.sort(), ids)
    }
    await put(store, key, version, {
      closed: ids.slice(1).map(id => close(id, '', 3))
    })
    t.strictSame(await store.listSessions(key, null, 10), { ids: ['session-00'], next: null })
    t.strictSame(await store.listSessions(keyOf(store, 'nobody'), null, 10), {
      ids: [],
      next: null
    })
    t.strictSame(await store.listLines(keyOf(store, 'nobody')), [])
    const lined = keyOf(store, 'with-lines')
    const lines = ['l1', 'l2', 'l3', 'l4'].map(id => ({
      id,
      document: '[]',
      added: true,
      feesAt: null
    }))
    await put(store, lined, '', { lines })
    const some = await store.listLines(lined, 3)
    t.equal(new Set(some).size, 3)
    t.ok(some.every(id => lines.some(line => line.id === id)))
    t.equal((await store.listLines(lined, 9)).length, 4)
  })
}

/** What both databases must do; run by postgres.test.ts and embedded.test.ts. */
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import type { Test } from 'tap'
import { createDrain } from '../../src/cdr/drain.ts'
import type { CdrStore } from '../../src/cdr/open-cdr.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import { derivedTraceId } from '../../src/trace/trace-id.ts'
import {
  type Bench,
  cdr,
  clock,
  gate,
  memoryLog,
  memoryOutbox,
  movement,
  noon,
  reverse,
  scheduler,
  sessions
} from './support.ts'

const migrations = readdirSync(new URL('../../src/cdr/migrations/', import.meta.url))

/** The first half of SHA-256 of the session id. */
function derived(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex').slice(0, 32)
}

/** As it is read. */
function stored(record: CdrRecord): CdrRecord {
  return { ...record, traceId: record.traceId ?? derived(record.sessionId) }
}

export async function conformance(t: Test, bench: Bench): Promise<void> {
  let store: CdrStore | null = null
  const log = memoryLog()
  const open = async () => {
    store ??= await bench.open(log)
    return store
  }
  const look = async (sql: string) => {
    await open()
    return bench.query(sql)
  }
  const count = async (where: string) =>
    Number((await look(`SELECT count(*) AS n FROM ${where}`))[0]?.['n'])
  t.teardown(() => store?.close())

  await t.test('an empty database is migrated, with partitions for eight days', async t => {
    await open()
    t.equal(await count('public.gyro_migration'), migrations.length)
    const today = new Date()
    const days = Array.from({ length: 8 }, (_, ahead) =>
      new Date(today.getTime() + ahead * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
    )
    const found = await look(
      `SELECT relname FROM pg_class WHERE relname ~ '^cdr_\\d{8}$' AND relkind = 'r' ORDER BY 1`
    )
    t.same(
      found.map(row => row['relname']),
      days.map(day => `cdr_${day}`)
    )
  })

  await t.test('a CDR comes back as it was written', async t => {
    const { writer, reader } = await open()
    const record = cdr({
      accountId: 'same',
      amount: 123_456_789_012_345,
      octets: Number.MAX_SAFE_INTEGER,
      flags: ['late', 'overdraft'],
      cause: 'abnormalRelease'
    })
    const event = cdr({
      accountId: 'same',
      record: 2,
      sessionId: 'event',
      msisdn: null,
      imsi: null,
      amount: -5_000_000_000,
      startedAt: noon - 1,
      parts: [],
      facts: {},
      information: '{"roamingQBCInformation": {"a": [1, "ü\\\\"]}}'
    })
    const further = cdr({
      accountId: 'same',
      record: 3,
      number: 2,
      startedAt: noon - 2,
      openedAt: noon + 60_123,
      endedAt: noon + 120_001,
      cause: 'sGSNPLMNIDChange'
    })
    const values = [record, event, further].map(each => JSON.stringify(each))
    const result = await writer.write(values)
    t.same(result, { written: 3, duplicates: 0, rejected: 0, conflicts: 0, reversals: [] })
    t.same(await reader.list('same', null, 10), {
      items: [record, event, further].map(stored),
      next: null
    })
    t.same(await reader.ofSession(record.sessionId), [record, further].map(stored))
    t.same(await reader.ofSession('none'), [])
  })

  await t.test('the columns are those that users rely on', async t => {
    const rows = await look(`SELECT session_id, account_id, msisdn, started_at, ended_at,
      amount_micros::text AS amount, closing_cause FROM cdr WHERE account_id = 'same' AND flags <> '{}'`)
    t.same(rows, [
      {
        session_id: 'pgw.example.org;1;2',
        account_id: 'same',
        msisdn: '4915100000001',
        started_at: new Date(noon),
        ended_at: new Date(noon + 60_123),
        amount: '123456789012345',
        closing_cause: 'abnormalRelease'
      }
    ])
  })

  await t.test('movements become ledger entries', async t => {
    const { writer } = await open()
    const values = [
      movement({ accountId: 'moved', amount: 20_000_000_000 }),
      movement({
        accountId: 'moved',
        record: 2,
        type: 'fee',
        amount: -4_990_000,
        reference: 'ü\t\\'
      })
    ].map(value => JSON.stringify(value))
    t.match(await writer.write(values), { written: 2, duplicates: 0 })
    t.match(await writer.write(values), { written: 0, duplicates: 2 })
    const rows = await look(`SELECT record::text, at, type, amount::text, target, unit, reference
      FROM ledger_entry WHERE account_id = 'moved' ORDER BY record`)
    t.same(rows, [
      {
        record: '1',
        at: new Date(noon),
        type: 'top-up',
        amount: '20000000000',
        target: 'wallet',
        unit: 'EUR',
        reference: 'key-1'
      },
      {
        record: '2',
        at: new Date(noon),
        type: 'fee',
        amount: '-4990000',
        target: 'wallet',
        unit: 'EUR',
        reference: 'ü\t\\'
      }
    ])
  })

  await t.test('every character survives in every text, but NUL and half pairs', async t => {
    const { writer, reader } = await open()
    const odd = 'tab\t nl\n cr\r back\\slash \\N \\. "quote\' {a,b} €ü漢😀 \u2028 \u0001 \u007f'
    const record = cdr({
      accountId: odd,
      sessionId: odd,
      lineId: odd,
      msisdn: odd,
      imsi: '\\N',
      context: odd,
      originHost: '',
      currency: odd,
      parts: [{ ...cdr().parts[0]!, price: odd, zone: '\u001f' }],
      facts: { apn: odd, location: '\\u0041' }
    })
    t.match(await writer.write([JSON.stringify(record)]), { written: 1, rejected: 0 })
    t.same((await reader.list(odd, null, 10)).items, [stored(record)])

    const bad = cdr({
      accountId: 'nul',
      sessionId: 'a\0b',
      msisdn: 'x\uD800y',
      parts: [{ ...cdr().parts[0]!, zone: 'a\0\\u0000\uDC00b' }],
      facts: { apn: '\0' }
    })
    t.match(await writer.write([JSON.stringify(bad)]), { written: 1, rejected: 0 })
    t.match((await reader.list('nul', null, 10)).items, [
      {
        sessionId: 'a\uFFFDb',
        msisdn: 'x\uFFFDy',
        parts: [{ zone: 'a\uFFFD\\u0000\uFFFDb' }],
        facts: { apn: '\uFFFD' }
      }
    ])
    t.equal((await reader.list('a\0', null, 1)).items.length, 0)
  })

  await t.test(
    'a batch of 10,000 with repeats and bad records stores each good one once',
    async t => {
      const { writer } = await open()
      const good = sessions(9_000, 100, { context: 'batch' })
      const repeats = good.slice(0, 500)
      const bad = Array.from({ length: 500 }, (_, n) => `{"kind":"cdr","bad":${n}}`)
      const values = [...good.slice(0, 5_000), ...bad, ...repeats, ...good.slice(5_000)]
      t.same(await writer.write(values), {
        written: 9_000,
        duplicates: 500,
        rejected: 500,
        conflicts: 0,
        reversals: []
      })
      t.same(await writer.write(values), {
        written: 0,
        duplicates: 9_500,
        rejected: 500,
        conflicts: 0,
        reversals: []
      })
      t.equal(await count("cdr WHERE context = 'batch'"), 9_000)
      t.equal(await count(`outbox_rejected WHERE value LIKE '{"kind":"cdr","bad":%'`), 500)
    }
  )

  await t.test('records wait for those that come before them', async t => {
    const { writer } = await open()
    const many = (context: string, from: number) => sessions(50, from, { context })
    const earlier = gate()
    const waiting = writer.write(many('second', 90_100), earlier.passed)
    t.match(
      await writer.write(many('first', 90_000)),
      { written: 50 },
      'what waits holds up nothing'
    )
    t.equal(await count("cdr WHERE context = 'second'"), 0)
    earlier.pass(true)
    t.match(await waiting, { written: 50 })
    const [row] = await look(`SELECT (SELECT max(recorded) FROM cdr WHERE context = 'first')
      < (SELECT min(recorded) FROM cdr WHERE context = 'second') AS ordered`)
    t.same(row, { ordered: true })
    const third = many('third', 90_200)
    await t.rejects(writer.write(third, Promise.resolve(false)), /before these could not be stored/)
    t.equal(await count("cdr WHERE context = 'third'"), 0)
    t.match(await writer.write(third), { written: 50, duplicates: 0 })
  })

  await t.test('a row that only the database refuses does not hold up the others', async t => {
    const { writer } = await open()
    // Too long for an index entry, and not compressible.
    let long = ''
    for (let n = 0; n < 30_000; n += 1)
      long += String.fromCodePoint(0x4e00 + ((n * n * 7919) % 20_000))
    const values = sessions(100, 20_000, { context: 'long' })
    values[41] = JSON.stringify(cdr({ sessionId: long, context: 'long' }))
    t.match(await writer.write(values), { written: 99, rejected: 1, conflicts: 0 })
    t.equal(await count("cdr WHERE context = 'long'"), 99)
    const [row] = await look("SELECT value, reason FROM outbox_rejected WHERE value LIKE '%long%'")
    t.equal(row?.['value'], values[41])
    t.match(row?.['reason'], /index/)
  })

  await t.test('a CDR that meets the key of another is an alarm, and to be reversed', async t => {
    const { writer, reader } = await open()
    const first = cdr({ accountId: 'twice', sessionId: 'twice' })
    const again = { ...first, record: 2, amount: 20_000 }
    const other = { ...first, record: 1, accountId: 'other' }
    await writer.write([JSON.stringify(first)])
    const values = [first, again, other].map(value => JSON.stringify(value))
    const result = await writer.write(values)
    t.match(result, { written: 0, duplicates: 1, rejected: 2, conflicts: 2 })
    t.same(
      result.reversals.map(reversal => reversal.cdr),
      [other, again]
    )
    t.match(log.lines.at(-1), {
      level: 'error',
      fields: { alarm: 'cdr-conflict', conflicts: 2, reversals: 2 }
    })
    t.same((await reader.list('twice', null, 10)).items, [stored(first)])
    t.same(await writer.write(values), result, 'delivered again, the same is to be reversed')
    const rows = await look(`SELECT account_id, record::integer AS record FROM outbox_rejected
      WHERE reason LIKE '%given back' ORDER BY 1`)
    t.same(rows, [
      { account_id: 'other', record: 1 },
      { account_id: 'twice', record: 2 }
    ])
    const moved = movement({ accountId: 'twice', record: 9 })
    t.match(await writer.write([JSON.stringify(moved), JSON.stringify({ ...moved, amount: 1 })]), {
      written: 1,
      duplicates: 0,
      conflicts: 1,
      reversals: []
    })
    t.equal(await count(`outbox_rejected WHERE value LIKE '%"accountId":"twice"%'`), 2)
  })

  await t.test('a CDR that the state store has lost, and makes anew, is not reversed', async t => {
    const { writer } = await open()
    // Each account closed a session as its record 5, lost it, and closed that session again.
    const stored = (accountId: string) => cdr({ accountId, sessionId: accountId, record: 5 })
    const write = (...records: readonly object[]) =>
      writer.write(records.map(record => JSON.stringify(record)))
    const lost = { conflicts: 1, reversals: [] }
    const ids = ['same', 'lower', 'moved', 'other', 'dead', 'batch']
    await write(...ids.map(id => stored(`lost-${id}`)))
    const again = (id: string, record: number) => ({
      ...stored(`lost-${id}`),
      record,
      amount: 9_000
    })
    t.match(await write(again('same', 5)), lost, 'its number is that of the stored one')
    t.match(await write(again('lower', 4)), lost, 'the account has not come to that number yet')
    await write(movement({ accountId: 'lost-moved', record: 5 }))
    t.match(await write(again('moved', 6)), lost, 'a movement has its number')
    await write(cdr({ accountId: 'lost-other', sessionId: 'else', record: 5 }))
    t.match(await write(again('other', 6)), lost, 'another CDR has its number')
    await write(cdr({ accountId: 'lost-dead', sessionId: 'dead', record: 6 }))
    await write(cdr({ accountId: 'lost-dead', sessionId: 'dead', record: 5, amount: 1 }))
    t.match(await write(again('dead', 6)), lost, 'a dead letter has its number')
    await write(cdr({ accountId: 'lost-batch', sessionId: 'batch', record: 6 }))
    const both = [
      again('batch', 6),
      cdr({ accountId: 'lost-batch', sessionId: 'batch', record: 5, amount: 1 })
    ]
    t.match(await write(...both), { conflicts: 2, reversals: [] }, 'all in one batch')
  })

  await t.test(
    'CDRs are numbered as they are recorded, without gaps, whatever is delivered again',
    async t => {
      const { writer, exports } = await open()
      const first = await exports.last()
      t.equal(first, await count('cdr'), 'as many as there are, for all that was repeated above')
      const values = sessions(50, 500_000, { context: 'order' })
      await writer.write(values.slice(0, 20))
      await writer.write([...values.slice(10, 30), ...values.slice(25, 50)])
      await writer.write(values)
      t.equal(await exports.last(), first + 50)
      const records = await exports.recorded(first, first + 50, 100)
      t.same(
        records.map(({ recorded }) => recorded),
        Array.from({ length: 50 }, (_, n) => first + 1 + n)
      )
      t.equal(new Set(records.map(({ cdr }) => cdr.sessionId)).size, 50)
      const [numbers] = await look(
        'SELECT count(DISTINCT recorded) AS n, max(recorded) AS last, count(*) AS rows FROM cdr'
      )
      t.equal(Number(numbers?.['n']), Number(numbers?.['rows']))
      t.equal(Number(numbers?.['last']), first + 50)
    }
  )

  await t.test(
    'usage is in the ledger once for each CDR and bucket, with both its sides',
    async t => {
      const { writer } = await open()
      const [part] = cdr().parts
      if (part === undefined) throw new Error('no part')
      const drawn = (bucket: string, units: number) => ({
        ...part,
        price: '',
        bucket,
        units,
        amount: 0
      })
      const of = (record: number, over: Partial<CdrRecord>) =>
        JSON.stringify(cdr({ accountId: 'books', sessionId: `books;${record}`, record, ...over }))
      const values = [
        of(1, { parts: [part, drawn('b/1', 700), drawn('b/2', 5), drawn('b/1', 300)] }),
        of(2, { amount: 0, parts: [{ ...part, amount: 0 }] }),
        of(3, { amount: -4_000, flags: ['refund'], parts: [drawn('b/1', -200), drawn('b/2', 0)] }),
        JSON.stringify(movement({ accountId: 'books', record: 4 }))
      ]
      t.match(await writer.write(values), { written: 4, duplicates: 0, rejected: 0, conflicts: 0 })
      t.match(await writer.write(values), { written: 0, duplicates: 4, rejected: 0, conflicts: 0 })
      const entries =
        await look(`SELECT record::text, line, at, type, amount::text, target, unit, reference, counter
      FROM ledger_entry WHERE account_id = 'books' ORDER BY record, line`)
      const at = new Date(noon + 60_123)
      const entry = (
        record: string,
        line: number,
        type: string,
        amount: string,
        target: string
      ) => ({
        record,
        line,
        at,
        type,
        amount,
        target,
        unit: target === 'wallet' ? 'EUR' : 'octets',
        reference: `books;${record}`,
        counter: target === 'wallet' ? 'revenue' : 'consumed'
      })
      t.same(entries.slice(0, 5), [
        entry('1', 0, 'usage', '-10000', 'wallet'),
        entry('1', 1, 'consumption', '-1000', 'b/1'),
        entry('1', 2, 'consumption', '-5', 'b/2'),
        entry('3', 0, 'refund', '4000', 'wallet'),
        entry('3', 1, 'return', '200', 'b/1')
      ])
      t.match(entries[5], { record: '4', line: 0, type: 'top-up', counter: 'funding' })
      t.equal(entries.length, 6)
      const sums =
        await look(`SELECT ledger_account, sum(amount)::text AS amount FROM ledger_posting
      WHERE account_id = 'books' AND unit = 'EUR' GROUP BY 1 ORDER BY 1`)
      t.same(sums, [
        { ledger_account: 'funding', amount: '-20000000' },
        { ledger_account: 'revenue', amount: '6000' },
        { ledger_account: 'wallet', amount: '19994000' }
      ])
      await t.rejects(
        look("UPDATE ledger_entry SET amount = 0 WHERE account_id = 'books'"),
        /append-only/
      )
      await t.rejects(look("DELETE FROM ledger_entry WHERE account_id = 'books'"), /append-only/)
      // Another session under a number that is taken: the store forgot what it had numbered.
      const stranger = of(1, { sessionId: 'stranger' })
      t.match(await writer.write([stranger]), { written: 1, rejected: 1, conflicts: 0 })
      t.equal(await count("ledger_entry WHERE account_id = 'books'"), 6)
    }
  )

  await t.test('what each service used comes back where a CDR has several', async t => {
    const { writer, reader } = await open()
    const totals = { octets: 5, inputOctets: 2, outputOctets: 3, seconds: 0, messages: 0 }
    const services = [
      { ratingGroup: 10, serviceIdentifiers: [1], ...totals },
      { ratingGroup: 20, serviceIdentifiers: [], upf: 'upf-1', ...totals }
    ]
    const record = cdr({ sessionId: 'services', services })
    await writer.write([JSON.stringify(record)])
    t.same(await reader.ofSession('services'), [stored(record)])
  })

  await t.test(
    'every CDR has a trace id: the one that was given, or that of its session',
    async t => {
      const { writer, reader, snapshots } = await open()
      const given = '4bf92f3577b34da6a3ce929d0e0e4736'
      const accountId = 'traced'
      const records = [
        cdr({ accountId, sessionId: 'given', traceId: given, cause: 'volumeLimit' }),
        cdr({ accountId, record: 2, sessionId: 'smf;ü漢😀' }),
        cdr({ accountId, record: 3, sessionId: 'n\0ul' }),
        cdr({ accountId, record: 4, sessionId: 'old' }),
        cdr({ accountId: 'else', sessionId: 'also given', traceId: given })
      ]
      const result = await writer.write(records.map(record => JSON.stringify(record)))
      t.match(result, { written: 5, rejected: 0 })
      // As CDRs of before there were trace ids.
      await look("UPDATE cdr SET trace_id = NULL WHERE session_id = 'old'")
      const rows = await look(`SELECT session_id, trace_id FROM cdr WHERE account_id = 'traced'`)
      t.same(Object.fromEntries(rows.map(row => [row['session_id'], row['trace_id']])), {
        given,
        'smf;ü漢😀': derived('smf;ü漢😀'),
        'n\uFFFDul': derived('n\uFFFDul'),
        old: null
      })
      t.equal(derived('n\uFFFDul'), derivedTraceId('n\0ul'))
      t.equal(derived('smf;ü漢😀'), derivedTraceId('smf;ü漢😀'))
      const found = async (account: string | null, traceId: string) =>
        (await reader.list(account, null, 10, traceId)).items.map(({ sessionId }) => sessionId)
      t.same(await found('traced', given), ['given'])
      t.same(await found('traced', derived('old')), ['old'])
      t.same(await found('traced', '0'.repeat(32)), [])
      // A store that is made again goes on with it.
      const known = await snapshots.sessions(['traced'], 0)
      t.same(known.find(({ sessionId }) => sessionId === 'given')?.traceId, given)
      t.same(known.find(({ sessionId }) => sessionId === 'old')?.traceId, null)
      const wrong = { ...cdr({ accountId, record: 5 }), traceId: given.toUpperCase() }
      t.match(await writer.write([JSON.stringify(wrong)]), { written: 0, rejected: 1 })
    }
  )

  await t.test('days without a partition, and midnight, find their place', async t => {
    const { writer } = await open()
    const midnight = Date.UTC(2031, 2, 1)
    const starts = [midnight - 1, midnight, midnight + 86_399_999, midnight + 86_400_000, 0]
    const values = starts.map((startedAt, n) =>
      JSON.stringify(
        cdr({
          accountId: 'days',
          record: n + 1,
          sessionId: `day-${n}`,
          startedAt,
          endedAt: startedAt
        })
      )
    )
    t.match(await writer.write(values), { written: 5, rejected: 0 })
    const rows = await look(`SELECT tableoid::regclass::text AS name FROM cdr
      WHERE session_id LIKE 'day-%' ORDER BY session_id`)
    t.same(
      rows.map(row => String(row['name'])),
      ['cdr_20310228', 'cdr_20310301', 'cdr_20310301', 'cdr_20310302', 'cdr_19700101']
    )
  })

  await t.test('pages go on where the one before ended, newest first', async t => {
    const { writer, reader } = await open()
    const records = Array.from({ length: 25 }, (_, n) =>
      cdr({
        accountId: 'paged',
        record: n + 1,
        sessionId: `s-${n % 3}`,
        number: n + 1,
        // Several start at the same instant, and the days differ.
        startedAt: noon - 86_400_000 * Math.floor(n / 10) - (n % 2)
      })
    )
    await writer.write(records.map(record => JSON.stringify(record)))
    const newestFirst = (a: CdrRecord, b: CdrRecord) =>
      b.startedAt - a.startedAt ||
      (a.sessionId === b.sessionId ? b.number - a.number : a.sessionId < b.sessionId ? 1 : -1)
    const seen: CdrRecord[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const page: { items: readonly CdrRecord[]; next: string | null } = await reader.list(
        'paged',
        cursor,
        4
      )
      seen.push(...page.items)
      cursor = page.next
      pages += 1
    } while (cursor !== null)
    t.equal(pages, 7)
    t.same(seen, records.toSorted(newestFirst).map(stored))
    t.same(await reader.list('nobody', null, 10), { items: [], next: null })

    const all = new Set<string>()
    cursor = null
    let rows = 0
    do {
      const page: { items: readonly CdrRecord[]; next: string | null } = await reader.list(
        null,
        cursor,
        1_000
      )
      for (const item of page.items) all.add(`${item.sessionId} ${item.number}`)
      rows += page.items.length
      cursor = page.next
    } while (cursor !== null)
    t.equal(all.size, rows)
    t.equal(rows, await count('cdr'))
    const { reader: again } = await open()
    for (const bad of ['', '!', 'W10', Buffer.from('[1,2,3]').toString('base64url')]) {
      await t.rejects(again.list(null, bad, 1), { code: 'GYRO_INPUT_INVALID' })
    }
  })

  await t.test('lost acknowledgements deliver again and store nothing twice', async t => {
    const { writer } = await open()
    const outbox = memoryOutbox()
    const values = sessions(3_000, 30_000, { context: 'again' })
    for (const [n, value] of values.entries()) outbox.add(n % 16, value)
    let lost = 2
    outbox.onAcknowledge = () => {
      if (lost > 0) {
        lost -= 1
        throw new Error('the store is away')
      }
    }
    const drain = createDrain({
      outbox,
      writer,
      reverse,
      scheduler,
      clock,
      logger: log,
      batchMax: 1_000
    })
    await drain.flush(30_000)
    await drain.close()
    t.equal(outbox.waiting(), 0)
    t.match(drain.stats(), { depth: 0, rejected: 0, conflicts: 0, failing: false })
    t.equal(await count("cdr WHERE context = 'again'"), 3_000)
  })

  await t.test('two drains of one outbox at once store each record once', async t => {
    const { writer } = await open()
    const other = bench.url.startsWith('embedded') ? { writer, close() {} } : await bench.open(log)
    const outbox = memoryOutbox()
    const days = [noon, noon + 40 * 86_400_000, noon + 41 * 86_400_000]
    const values = sessions(4_000, 40_000).map((value, n) =>
      JSON.stringify({ ...JSON.parse(value), context: 'both', startedAt: days[n % 3] })
    )
    for (const [n, value] of values.entries()) outbox.add(n % 16, value)
    const drains = [writer, other.writer].map(each =>
      createDrain({ outbox, writer: each, reverse, scheduler, clock, logger: log, batchMax: 700 })
    )
    await Promise.all(drains.map(drain => drain.flush(30_000)))
    await Promise.all(drains.map(drain => drain.close()))
    await other.close()
    t.equal(outbox.waiting(), 0)
    t.equal(await count("cdr WHERE context = 'both'"), 4_000)
    const written = drains.reduce((sum, drain) => sum + drain.stats().written, 0)
    t.equal(written, 4_000)
  })

  await t.test('after closing, nothing is stored and nothing hangs', async t => {
    const closed = await open()
    store = null
    await closed.close()
    await closed.close()
    await t.rejects(closed.writer.write(sessions(1)))
    await t.rejects(closed.reader.list(null, null, 1), { code: 'GYRO_CDR_UNAVAILABLE' })
    await t.rejects(closed.ping())
  })

  await t.test('a database that a newer version migrated is refused', async t => {
    await look("INSERT INTO gyro_migration (version, name) VALUES (999, 'future')")
    await store?.close()
    store = null
    await t.rejects(open(), { code: 'GYRO_STORE_UNFIT', message: /version 999/ })
  })
}

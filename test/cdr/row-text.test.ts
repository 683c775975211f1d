import t from 'tap'
import { chunksOf, stage, stagedRows, type TextChunks } from '../../src/cdr/row-text.ts'
import { cdr, movement, noon } from './support.ts'

function staged(...values: string[]) {
  const rows = stagedRows()
  for (const [ord, value] of values.entries()) stage(rows, value, ord)
  return rows
}

const textOf = (chunks: TextChunks) => Buffer.concat(chunksOf(chunks)).toString()

t.test('a CDR becomes one row with its day', async t => {
  const rows = staged(JSON.stringify(cdr({ flags: ['late', 'overdraft'], msisdn: null })))
  const text = textOf(rows.cdrs)
  t.equal(text.split('\n').length, 2)
  const columns = text.trimEnd().split('\t')
  t.equal(columns.length, 30)
  t.equal(columns[1], 'pgw.example.org;1;2')
  t.equal(columns[3], String(noon))
  t.equal(columns[8], '\\N')
  t.equal(columns[15], '{late,overdraft}')
  t.same(columns.slice(24, 26), ['1a2b3c4d', '{"prepaid-go"}'])
  t.equal(columns[27], '\\N', 'it began with its session')
  t.equal(columns[29], '\\N', 'the database makes its trace id')
  t.same([...rows.days], [Math.floor(noon / 86_400_000)])
  t.same(rows.rejected, [])
})

t.test('what COPY gives a meaning to is escaped', async t => {
  const rows = staged(JSON.stringify(cdr({ sessionId: 'a\tb\\c\nd\re\0f' })))
  const columns = textOf(rows.cdrs).trimEnd().split('\t')
  t.equal(columns[1], 'a\\tb\\\\c\\nd\\re\uFFFDf')
  t.equal(columns.length, 30)
})

t.test('rows are cut into pieces at row ends', async t => {
  const values = Array.from({ length: 500 }, (_, n) => JSON.stringify(cdr({ number: n + 1 })))
  const chunks = chunksOf(staged(...values).cdrs).map(chunk => Buffer.from(chunk).toString())
  t.ok(chunks.length > 2)
  for (const chunk of chunks) t.ok(chunk.endsWith('\n') && chunk.length < 34_000)
  t.equal(chunks.join('').split('\n').length, 501)
})

t.test('what no table takes is rejected with its reason, word for word', async t => {
  const bad: [string, RegExp][] = [
    ['{"kind":"cdr"', /not JSON/],
    ['null', /kind/],
    ['[]', /kind/],
    ['{"kind":"invoice"}', /kind/],
    ['{"kind":"cdr"}', /sessionId/],
    [JSON.stringify({ ...cdr(), amount: 1.5 }), /amount/],
    [JSON.stringify({ ...cdr(), amount: 2 ** 53 }), /amount/],
    [JSON.stringify({ ...cdr(), octets: '1' }), /octets/],
    [JSON.stringify({ ...cdr(), msisdn: 7 }), /msisdn/],
    [JSON.stringify({ ...cdr(), imsi: undefined }), /imsi/],
    [JSON.stringify({ ...cdr(), number: 2 ** 31 }), /number/],
    [JSON.stringify({ ...cdr(), startedAt: -1 }), /startedAt/],
    [JSON.stringify({ ...cdr(), endedAt: 253_402_300_800_000 }), /endedAt/],
    [JSON.stringify({ ...cdr(), openedAt: null }), /openedAt/],
    [JSON.stringify({ ...cdr(), traceId: '' }), /traceId/],
    [JSON.stringify({ ...cdr(), traceId: `${'a'.repeat(31)}G` }), /traceId/],
    [JSON.stringify({ ...cdr(), flags: ['a,b'] }), /flags/],
    [JSON.stringify({ ...cdr(), parts: {} }), /parts/],
    [JSON.stringify({ ...cdr(), facts: null }), /facts/],
    [JSON.stringify(cdr({ information: '{' })), /information/],
    [JSON.stringify(cdr({ information: '[]' })), /information/],
    [JSON.stringify({ ...movement(), reference: null }), /reference/],
    [JSON.stringify({ ...movement(), amount: 0.1 }), /amount/],
    [JSON.stringify({ ...movement(), record: null }), /record/],
    [JSON.stringify({ ...movement(), at: 'now' }), /at /]
  ]
  const rows = staged(...bad.map(([value]) => value))
  t.equal(rows.cdrs.rows + rows.movements.rows, 0)
  t.same(
    rows.rejected.map(({ value }) => value),
    bad.map(([value]) => value)
  )
  for (const [index, [, reason]] of bad.entries()) t.match(rows.rejected[index]!.reason, reason)
})

t.test('charging information is stored as it is, without what jsonb cannot hold', async t => {
  const information = JSON.stringify({
    a: { 'na\0me': 'x\0\ud800y', pair: '😀', slash: '\\u0000', list: [1.5] }
  })
  const columns = textOf(staged(JSON.stringify(cdr({ information }))).cdrs)
    .trimEnd()
    .split('\t')
  const stored = (columns[26] ?? '').replaceAll('\\\\', '\\')
  t.same(JSON.parse(stored), {
    a: { 'na\uFFFDme': 'x\uFFFD\uFFFDy', pair: '😀', slash: '\\u0000', list: [1.5] }
  })
})

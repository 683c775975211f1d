import t from 'tap'
import {
  citationsIn,
  pageOf,
  parseStandard,
  problemsOf,
  settled
} from '../scripts/compliance-page.ts'

const rows = (...lines: string[]) =>
  parseStandard({ path: 'x.tsv', text: ['# RFC 1: Something', ...lines].join('\n') })
const titled = (...titles: string[]) => [
  {
    path: 'test/a.test.ts',
    text: titles.map(title => `t.test(${title}, async t => {})`).join('\n')
  }
]
// Not written in one piece: this file is looked through for titles, too.
const cite = (clauses: string, says: string, quote = "'") =>
  `${quote}${'RFC'} 1 ${clauses}: ${says}${quote}`

t.test('titles cite clauses by number, list and range', async t => {
  const standard = rows('1\tother\ta', '2\tother\tb', '3\tother\tc', '3.1\tother\td', '4\tother\te')
  const found = (title: string) =>
    citationsIn(titled(title), [standard]).map(({ clause, says }) => `${clause} ${says}`)
  t.same(found(cite('2', 'it holds: always')), ['2 it holds: always'])
  t.same(found(cite('1, 3.1', 'x')), ['1 x', '3.1 x'])
  t.same(found(cite('2 to 3.1', 'x')), ['2 x', '3 x', '3.1 x'])
  t.same(found(cite('1', '$' + '{client.name} is served', '`')), ['1 … is served'])
  t.same(found("'no clause at all'"), [])
})

t.test('rows and tests that disagree are problems', async t => {
  const problems = (row: string, ...titles: string[]) => {
    const standards = [rows(row)]
    return problemsOf(standards, citationsIn(titled(...titles), standards))
  }
  t.same(problems('1\tsupported\ta', cite('1', 'x')), [])
  t.match(problems('1\tsupported\ta'), [/supported, but no test/])
  t.match(problems('1\tother\ta', cite('2', 'x')), [/cites RFC 1 2, which is not in the table/])
  t.match(problems('1\tnot\ta'), [/say in the note/])
  t.match(problems('1\tpartly\ta'), [/say in the note/])
  t.match(problems('1\tnot\ta\tnothing', cite('1', 'x')), [/said not to be supported, but a test/])
})

t.test('a row that cannot be read says where it stands', async t => {
  t.throws(() => rows('1\tperhaps\ta'), /x\.tsv:2: status "perhaps"/)
  t.throws(() => rows('one\tnot\ta'), /x\.tsv:2: "one" is no clause/)
  t.throws(() => rows('1\tnot'), /x\.tsv:2/)
  t.throws(() => rows('1\tnot\ta\tb', '1\tnot\ta\tb'), /x\.tsv:3: 1 again/)
  t.throws(() => parseStandard({ path: 'x.tsv', text: '1\tnot\ta\tb' }), /first line/)
})

t.test('the page has every clause with its tests', async t => {
  const standards = [rows('1\tsupported\ta | b', '2\tnot\tc\tNot yet.')]
  const page = pageOf(standards, citationsIn(titled(cite('1', 'x'), cite('1', 'y')), standards))
  t.match(page, '| 1 | supported | a \\| b | ✓ x [1]<br>✓ y [1] |')
  t.match(page, '| 2 | not | c | Not yet. |')
  t.match(page, '1. [test/a.test.ts](../test/a.test.ts)')
})

t.test('a row that waits for its test is supported from then on', async t => {
  const standards = [rows('1\tnot?\ta\tNot yet.', '2\tpartly?\tb\tHalf of it.')]
  const citations = citationsIn(titled(cite('1', 'x')), standards)
  const after = settled(standards, citations)
  t.same(problemsOf(after, citations), [])
  const page = pageOf(after, citations)
  t.match(page, '| 1 | supported | a | ✓ x [1] |')
  t.match(page, '| 2 | partly | b | Half of it. |')
})

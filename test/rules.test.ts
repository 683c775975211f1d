import t from 'tap'
import { problemsOf, sentencesOf, titlesIn } from '../scripts/rules-map.ts'

const page = [
  'Before the sections nothing is a rule.',
  '## 1. Amounts',
  '',
  'Money is an integer (see §2). An octet',
  'is one, too, as RFC 8506 8.13 says.',
  '- A `limit` holds. `now` does not go back.',
  '',
  '  | model | total |',
  '  |---|---|',
  '  | flat | the amount |',
  '',
  '### Rest',
  '1. What is left?',
  '2. Nothing',
  '',
  '## 12. Price',
  'A price is one.'
].join('\n')

const problems = (map: string, path = 'test/rules/12-price.yaml') =>
  problemsOf(
    { path: 'page.md', text: page },
    [
      { path: 'test/rules/01-amounts.yaml', text: entriesFor(1) },
      { path, text: map }
    ],
    [{ path: 'test/a.test.ts', text: "t.test('it is one', f)\nt.test('it is one of two', f)" }]
  )
const entry = (says: string, name = 'it is one', file = 'test/a.test.ts') =>
  `- says: ${JSON.stringify(says)}\n  tests:\n    - file: ${file}\n      name: ${name}\n`
const entriesFor = (section: number) =>
  sentencesOf(page)
    .filter(sentence => sentence.section === section)
    .map(({ text }) => entry(text))
    .join('')

t.test('sentences stand in paragraphs, items and rows below a heading', async t => {
  t.same(
    sentencesOf(page).map(({ section, line, text }) => `${section}:${line} ${text}`),
    [
      '1:4 Money is an integer (see §2).',
      '1:4 An octet is one, too, as RFC 8506 8.13 says.',
      '1:6 A `limit` holds.',
      '1:6 `now` does not go back.',
      '1:10 flat | the amount',
      '1:13 What is left?',
      '1:14 Nothing',
      '12:17 A price is one.'
    ]
  )
})

t.test('titles of tests are those of calls of test', async t => {
  const file = [
    "t.test('one: it\\'s', async t => {})",
    't.test(\n  "two",\n  async t => {})',
    'test(`three $' + '{name} is`, async t => {})',
    "if (/x/.test('four') || my.test('five')) latest('six')"
  ]
  t.same(titlesIn(file.join('\n')), ["one: it's", 'two', 'three … is'])
})

t.test('a sentence is shown by an entry with its beginning and a test that exists', async t => {
  t.same(problems(entry('A price is')), [])
  t.same(problems(entry('A  price is one.', 'of two')), [])
  t.match(problems('[]'), [/^page.md:17: no test is named for "A price is one."$/])
})

t.test('an entry that fits no sentence, or several, or one that has one, is found', async t => {
  t.match(problems(entry('A price') + entry('Money is an')), [/begins no sentence of section 12/])
  t.match(problems(entry('A price') + entry('A price is')), [/has another entry/])
  const all = problems(entry(''), 'test/rules/01-again.yaml')
  t.match(all.join('\n'), /"" begins 7 sentences: say more of it/)
  t.match(problems(entry('A price'), 'test/rules/13-no.yaml').join('\n'), /no such section/)
})

t.test('a test that is not there is found', async t => {
  const found = (name: string, file?: string) => problems(entry('A price', name, file))
  t.match(found('it is', 'test/b.test.ts'), [/names test\/b.test.ts, which is not there/])
  t.match(found('it is three'), [/the title of no test in test\/a.test.ts/])
  t.match(found('is one'), [/fits 2 tests/])
})

t.test('a list that cannot be read says where it stands', async t => {
  t.throws(() => problems('says: x'), /12-price.yaml: must be a list/)
  t.throws(() => problems('- says: A price'), /12-price.yaml: each must have/)
  t.throws(() => problems('- says: A price\n  tests: []'), /each must have/)
  t.throws(() => problems('- says: A price\n  tests: [{ file: a }]'), /each must have/)
})

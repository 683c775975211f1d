/** Longest prefixes, against the plain way to look for them. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { classify } from '../../src/rating/classify.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { createPrefixTable } from '../../src/rating/prefix-table.ts'

const digits = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength })

t.test('the longest prefix that fits decides', async t => {
  const names = fc.constantFrom('a', 'b', 'c')
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(digits(6), names), { selector: ([prefix]) => prefix }),
      fc.array(digits(9)),
      (entries, numbers) => {
        const table = createPrefixTable(entries)
        const longest = entries.toSorted(([a], [b]) => b.length - a.length)
        return numbers.every(number => {
          const expected = longest.find(([prefix]) => number.startsWith(prefix))?.[1]
          return table.find(number) === expected
        })
      }
    ),
    { numRuns: 1_000 }
  )
  const table = createPrefixTable([['49', 'germany']])
  t.equal(table.find('4'), undefined)
  t.equal(table.find(''), undefined)
  t.equal(table.find('49*1#'), 'germany', 'what is no digit ends the search')
  t.equal(table.find('4*9'), undefined)
})

t.test('a table of 60,000 rows is loaded and found in, each number where it belongs', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'gyro-prefixes-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  cpSync('conf/catalogue', folder, { recursive: true })
  const rows = Array.from({ length: 60_000 }, (_, i) => {
    return `${50_000_000 + i * 7},${i % 2 === 0 ? 'germany' : 'elsewhere'}`
  })
  writeFileSync(join(folder, 'destinations.csv'), `prefix,destination\n${rows.join('\n')}\n`)
  const from = performance.now()
  const catalogue = await loadCatalogue(folder)
  t.comment(`loaded in ${Math.round(performance.now() - from)} ms`)
  const wrong = rows.filter(row => {
    const [prefix, destination] = row.split(',')
    const facts = { calledParty: `+${prefix}4711` }
    return classify(catalogue, '32260', 100, facts)?.destination !== destination
  })
  t.same(wrong, [])
})

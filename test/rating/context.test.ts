/** Service contexts: whole names before patterns, longer patterns before shorter ones. */
import t from 'tap'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { contextPatterns, defaultGroupOf, serviceIdOf } from '../../src/rating/context.ts'
import { catalogue as standard } from '../support/catalogue.ts'

const contexts = new Map([
  ['32251', 10],
  ['*@games.example', 1],
  ['chess*@games.example', 2],
  ['chess@games.example', 3],
  ['*.v1.*@example', 4]
])
const catalogue: Catalogue = {
  ...standard,
  contexts,
  contextPatterns: contextPatterns(contexts.keys()),
  contextServices: new Map([['chess*@games.example', new Map([[10, 'sms']])]])
}

t.test(
  'RFC 8506 8.42: a context is found by its name or by the longest pattern that fits',
  async t => {
    const group = (context: string) => defaultGroupOf(catalogue, context)
    t.equal(group('32251'), 10)
    t.equal(group('chess@games.example'), 3)
    t.equal(group('chess2@games.example'), 2)
    t.equal(group('go@games.example'), 1)
    t.equal(group('@games.example'), 1)
    t.equal(group('a.v1.b@example'), 4)
    t.equal(group('.v1.@example'), 4)
    t.equal(group('a.v2.b@example'), undefined)
    t.equal(group('chess@games.example.org'), undefined)
    t.equal(group('32260'), undefined)
  }
)

t.test('a rating group means what its context says, or else what it means everywhere', async t => {
  t.equal(serviceIdOf(catalogue, 'chess9@games.example', 10), 'sms')
  t.equal(serviceIdOf(catalogue, 'chess@games.example', 10), 'internet', 'another key')
  t.equal(serviceIdOf(catalogue, 'chess9@games.example', 100), 'voice')
  t.equal(serviceIdOf(catalogue, '32251', 10), 'internet')
  t.equal(serviceIdOf(catalogue, '32251', 12), undefined)
})

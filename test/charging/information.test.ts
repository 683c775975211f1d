import t from 'tap'
import { isIncomplete, mergeInformation } from '../../src/charging/information.ts'
import { limits } from '../../src/domain/limits.ts'

const text = (blocks: object) => JSON.stringify(blocks)
const merged = (kept: object, said: object) =>
  JSON.parse(mergeInformation(mergeInformation('', text(kept)), text(said)))
const block = 'pDUSessionChargingInformation'

t.test('what is said again, or not at all, leaves the same text', async t => {
  const kept = text({ [block]: { a: 1, b: [1, 2] } })
  t.equal(mergeInformation('', undefined), '')
  t.equal(mergeInformation('', kept), kept)
  t.equal(mergeInformation(kept, undefined), kept)
  t.equal(mergeInformation(kept, `${kept}`), kept)
  t.equal(mergeInformation(kept, text({ [block]: { b: [1, 2] } })), kept, 'a part of it')
  t.notOk(isIncomplete(kept))
})

t.test('the last word counts, and what only the first message had stays', async t => {
  const first = {
    [block]: {
      chargingId: 7,
      userLocationinfo: { nrLocation: { tai: 1 } },
      pduSessionInformation: { dnnId: 'internet', ratType: 'NR', startTime: 'then' },
      list: [1, 2]
    },
    other: { x: 1 }
  }
  const last = {
    [block]: {
      userLocationinfo: { eutraLocation: { tai: 2 } },
      pduSessionInformation: { dnnId: 'internet', ratType: 'EUTRA' },
      list: [3]
    },
    third: { y: 1 }
  }
  t.same(merged(first, last), {
    [block]: {
      chargingId: 7,
      userLocationinfo: { eutraLocation: { tai: 2 } },
      pduSessionInformation: { dnnId: 'internet', ratType: 'EUTRA', startTime: 'then' },
      list: [3]
    },
    other: { x: 1 },
    third: { y: 1 }
  })
})

t.test('a member with a name of its own kind is only a member', async t => {
  const odd = '{"b":{"__proto__":{"polluted":true},"constructor":1}}'
  const kept = mergeInformation('{"b":{"a":1}}', odd)
  t.equal(kept, '{"b":{"a":1,"__proto__":{"polluted":true},"constructor":1}}')
  t.notOk('polluted' in {})
})

t.test('a block that is too large is left out, and the text says so', async t => {
  const large = 'x'.repeat(limits.informationCharacters)
  const said = { small: { a: 1 }, large: { a: large } }
  const kept = mergeInformation('', text(said))
  t.ok(isIncomplete(kept))
  t.same(JSON.parse(kept), { leftOut: ['large'], small: { a: 1 } })
  const later = mergeInformation(kept, text({ small: { a: 2 }, more: { b: large } }))
  t.same(JSON.parse(later), { leftOut: ['large', 'more'], small: { a: 2 } })
  t.notOk(isIncomplete(text({ small: { leftOut: ['x'] } })), 'a member of a block says nothing')
})

t.test('what grows too large over many messages loses its largest block', async t => {
  let kept = ''
  for (let n = 0; n < 40; n++) {
    kept = mergeInformation(kept, text({ a: { [`m${n}`]: 'x'.repeat(1_000) }, b: { n } }))
    t.ok(kept.length <= limits.informationCharacters)
  }
  t.match(JSON.parse(kept), { leftOut: ['a'], b: { n: 39 } })
})

t.test('a block of absurd depth is left out', async t => {
  const deep = `{"a":${'['.repeat(2_000)}${']'.repeat(2_000)},"b":{"text":"[[[[\\"{{"}}`
  t.same(JSON.parse(mergeInformation('', deep)), { leftOut: ['a'], b: { text: '[[[["{{' } })
})

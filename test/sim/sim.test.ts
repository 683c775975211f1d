import t from 'tap'
import type { Bug } from './planted-bugs.ts'
import { simulate } from './simulation.ts'

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
const actions = 300

let handedOver = 0

for (const seed of seeds) {
  t.test(`seed ${seed}: no money is lost or made whatever fails`, async t => {
    const result = await simulate({ seed, actions })
    t.ok(result.sessions > 20, 'sessions were charged')
    t.equal(result.partialCdrs > 20, seed % 2 === 0, `${result.partialCdrs} CDRs were cut`)
    handedOver += result.handedOver
    t.ok(result.conflicts > 0 && result.storeFailures > 0, 'and there were races and failures')
    t.ok(result.givenUp > 0 && result.replayed > 0, 'and usage that only the journal had')
  })
}

t.test('some requests were handed from one server to the other', async t => {
  t.ok(handedOver > 0, `${handedOver} batches`)
})

t.test('a seed that nobody has chosen', async t => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  t.comment(`replay with: SEED=${seed} STEPS=${actions} npm run sim`)
  await simulate({ seed, actions })
})

t.test('a seed replays exactly', async t => {
  const once = await simulate({ seed: 42, actions: 100 })
  const again = await simulate({ seed: 42, actions: 100 })
  t.same(again, once)
})

const bugs: readonly Bug[] = ['no-receipts', 'versions-ignored', 'double-release', 'no-journal']
for (const bug of bugs) {
  t.test(`the planted bug ${bug} is found by every seed`, async t => {
    for (const seed of [1, 2, 3])
      await t.rejects(simulate({ seed, actions, bug }), { message: /^seed \d+: / })
  })
}

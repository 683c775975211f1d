import t from 'tap'
import { inTurn } from '../../src/cdr/in-turn.ts'
import { gate } from './support.ts'

t.test('two are at work, and each knows when those before it have ended', async t => {
  const log: string[] = []
  let atWork = 0
  await inTurn([1, 2, 3, 4, 5], async (n, earlier) => {
    atWork += 1
    log.push(`begin ${n}`)
    t.ok(atWork <= 2)
    t.equal(await earlier, true)
    await new Promise(resolve => setImmediate(resolve))
    log.push(`do ${n}`)
    atWork -= 1
  })
  t.same(
    log.filter(line => line.startsWith('do')),
    [1, 2, 3, 4, 5].map(n => `do ${n}`)
  )
  t.ok(log.indexOf('begin 2') < log.indexOf('do 1'), 'the second is made ready beside the first')
  t.ok(log.indexOf('begin 3') < log.indexOf('do 2'))
})

t.test(
  'after a fault nothing begins, what waits is told, and the first fault is what it ends with',
  async t => {
    const seen: string[] = []
    const first = gate()
    const all = inTurn([1, 2, 3, 4], async (n, earlier) => {
      seen.push(`${n} ${await earlier}`)
      if (n === 1) {
        await first.passed
        throw new Error('the first')
      }
      if (!(await earlier)) throw new Error(`${n} in vain`)
    })
    first.pass(true)
    await t.rejects(all, { message: 'the first' })
    t.same(seen, ['1 true', '2 false'])
  }
)

t.test('the last one is waited for, also when the one before it fails', async t => {
  let ended = false
  await t.rejects(
    inTurn([1, 2], async n => {
      if (n === 1) throw new Error('the first')
      await new Promise(resolve => setTimeout(resolve, 20))
      ended = true
    }),
    { message: 'the first' }
  )
  t.ok(ended)
  await inTurn([], async () => void t.fail('nothing to do'))
})

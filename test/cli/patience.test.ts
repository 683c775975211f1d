import t from 'tap'
import { patiently } from '../../src/cli/patience.ts'
import { GyroError } from '../../src/domain/errors.ts'

/** Tries until there is a result; what was noted, and how many tries it took. */
async function patience(conflict: (tries: number) => string | null) {
  const notes: string[] = []
  let tries = 0
  const work = async () => {
    tries += 1
    const message = conflict(tries)
    if (message !== null) throw new GyroError('GYRO_CONFLICT', message)
    return 'done'
  }
  const ports = { pause: async () => {}, note: (line: string) => void notes.push(line) }
  const result = await patiently(work, ports).catch((error: unknown) => error)
  return { result, notes, tries }
}

t.test('an exporter that moves is waited for, however long it takes', async t => {
  const found = await patience(tries => (tries > 200 ? null : `at work, ${tries}`))
  t.same(found, { result: 'done', notes: ['waiting: at work, 1'], tries: 201 })
})

t.test(
  'one that does not move is not waited for longer than a killed one holds its stream',
  async t => {
    const found = await patience(tries => (tries < 10 ? `at work, ${tries}` : 'idle'))
    t.match(found, { result: { code: 'GYRO_CONFLICT', message: 'idle' }, tries: 9 + 15 })
  }
)

t.test('other errors are told at once', async t => {
  const fails = async () => {
    throw new GyroError('GYRO_INPUT_INVALID', 'wrong')
  }
  const ports = { pause: async () => {}, note: () => {} }
  await t.rejects(patiently(fails, ports), { code: 'GYRO_INPUT_INVALID' })
})

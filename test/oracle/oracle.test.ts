/**
 * The engine against a rater that shares no code with it: whole sessions over random catalogues, split into 1 to 100
 * reports, must come to the same bill to the millionth, in the CDR, in the balances, and when rated again.
 *
 * GYRO_ORACLE_USAGES asks for more than 100,000 usages, GYRO_ORACLE_SEED for other ones; run this file by node then.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { createEngine } from '../../src/charging/engine.ts'
import { compileCatalogue } from '../../src/rating/load/load.ts'
import { compareLife, type Engine } from './compare.ts'

const wanted = Number(process.env['GYRO_ORACLE_USAGES'] ?? 100_000)
const firstSeed = Number(process.env['GYRO_ORACLE_SEED'] ?? 1)

// The runner ends what takes too long; a longer run that was asked for may take its time.
t.setTimeout(0)

t.test('the engine and a naive rater agree to the millionth', { timeout: 0 }, async t => {
  let usages = 0
  let requests = 0
  let seed = firstSeed
  while (usages < wanted) {
    const life = compareLife({ createEngine, compileCatalogue }, seed++)
    usages += life.usages
    requests += life.requests
  }
  t.ok(usages >= wanted, `${usages} usages in ${requests} requests, ${seed - firstSeed} catalogues`)
})

interface Bug {
  readonly name: string
  readonly file: string
  readonly text: string
  readonly bug: string
}

const bugs: readonly Bug[] = [
  {
    name: 'a fraction of a millionth is rounded down',
    file: 'rating/price.ts',
    text: '(rest === 0 ? 0 : 1)',
    bug: '0'
  },
  {
    name: 'set-up is charged twice',
    file: 'rating/price.ts',
    text: 'const total = setUp + (product',
    bug: 'const total = setUp + setUp + (product'
  },
  {
    name: 'burn order is reversed',
    file: 'charging/burn-order.ts',
    text: 'a.bucket.priority - b.bucket.priority',
    bug: 'b.bucket.priority - a.bucket.priority'
  },
  {
    name: 'each report is priced by itself',
    file: 'charging/draft.ts',
    text: 'const amount = chargeFor(price, total)',
    bug: 'const amount = (before?.amount ?? 0) + chargeFor(price, units)'
  },
  {
    name: 'usage abroad is priced where it is reported',
    file: 'charging/session.ts',
    text: '  const ended = settleAll(context, session, request)\n  session.facts = mergeFacts(session.facts, request.facts)\n',
    bug: '  session.facts = mergeFacts(session.facts, request.facts)\n  for (const service of session.services) release(context, session, service)\n  const ended = settleAll(context, session, request)\n'
  }
]

for (const bug of bugs) {
  t.test(`the comparison finds it when ${bug.name}`, async t => {
    const engine = await engineWith(t, bug)
    t.throws(
      () => {
        for (let seed = firstSeed; seed < firstSeed + 50; seed++) compareLife(engine, seed)
      },
      { message: /^seed \d+: the bill is .*, the CDR says / }
    )
  })
}

/** A copy of the core with the bug written into it. */
async function engineWith(t: Test, { file, text, bug }: Bug): Promise<Engine> {
  const folder = t.testdir()
  for (const part of ['domain', 'rating', 'charging']) {
    cpSync(join('src', part), join(folder, part), { recursive: true })
  }
  const path = join(folder, file)
  const before = readFileSync(path, 'utf8')
  if (!before.includes(text)) throw new Error(`${file} has no "${text}": plant the bug anew`)
  writeFileSync(path, before.replace(text, bug))
  const load = (name: string) => import(pathToFileURL(join(folder, name)).href)
  const { createEngine } = await load('charging/engine.ts')
  const { compileCatalogue } = await load('rating/load/load.ts')
  return { createEngine, compileCatalogue }
}

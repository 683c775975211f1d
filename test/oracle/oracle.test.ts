/**
 * The engine against a rater that shares no code with it: whole sessions over random catalogues, split into 1 to 100
 * reports, must come to the same bill to the millionth, in the CDR, in the balances, and when rated again.
 *
 * GYRO_ORACLE_USAGES asks for more than 100,000 usages, GYRO_ORACLE_SEED for other ones; run this file by node then.
 */
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { transpile } from '../../scripts/compile-tests.ts'
import { createEngine } from '../../src/charging/engine.ts'
import { compileCatalogue } from '../../src/rating/load/load.ts'
import { suffix } from '../support/suffix.ts'
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
    file: 'rating/prices/per-unit.ts',
    text: '(rest === 0 ? 0 : 1)',
    bug: '0'
  },
  {
    name: 'set-up is charged twice',
    file: 'rating/prices/per-unit.ts',
    text: 'return setUp + (product',
    bug: 'return setUp + setUp + (product'
  },
  {
    name: 'a tier takes one unit too many',
    file: 'rating/prices/graduated.ts',
    text: 'weight += (end - from) * BigInt(amount)',
    bug: 'weight += (end - from + 1n) * BigInt(amount)'
  },
  {
    name: 'a volume tier is passed at its bound instead of at its last step',
    file: 'rating/prices/volume.ts',
    text: 'here ? counted : wholeWithin(price, BigInt(upTo))',
    bug: 'here ? counted : BigInt(upTo)'
  },
  {
    name: 'a package that is begun is not counted',
    file: 'rating/prices/package.ts',
    text: '(rest === 0 ? 0 : 1)',
    bug: '0'
  },
  {
    name: 'a stair begins a unit too soon',
    file: 'rating/prices/stairs.ts',
    text: 'if (units <= stair.upTo) break',
    bug: 'if (units < stair.upTo) break'
  },
  {
    name: 'a mark-up is rounded down',
    file: 'rating/prices/mark-up.ts',
    text: '(rest === 0 ? 0 : 1)',
    bug: '0'
  },
  {
    name: 'a period goes on counting on the next day',
    file: 'rating/counting-period.ts',
    text: "if (period === 'day') return dayAt(timeZone, at)",
    bug: "if (period === 'day') return dayAt(timeZone, 0)"
  },
  {
    name: 'a table prefers the row for any value',
    file: 'rating/table.ts',
    text: '[value, anyValue]',
    bug: '[anyValue, value]'
  },
  {
    name: 'radio access is not looked at',
    file: 'rating/conditions.ts',
    text: "if (rats !== undefined && !has(rats, facts.rat)) return 'rat'",
    bug: ''
  },
  {
    name: 'priorities are not looked at',
    file: 'rating/load/mark-ups.ts',
    text: 'drafts.toSorted((a, b) => a.priority - b.priority)',
    bug: 'drafts'
  },
  {
    name: 'a mark-up on any price is only on what no other one is on',
    file: 'rating/load/mark-ups.ts',
    text: 'if (isOf(base, rule.service)) made.set(base, onTopOf(rule, base, share))',
    bug: "if (isOf(base, rule.service) && base.price.model !== 'mark-up') made.set(base, onTopOf(rule, base, share))"
  },
  {
    name: 'the last one of several mark-ups on any price holds',
    file: 'rating/match.ts',
    text: 'markUp ??= rule',
    bug: 'markUp = rule'
  },
  {
    name: 'the limits of the offer that prices come of are forgotten',
    file: 'rating/load/compile-allowances.ts',
    text: 'limits.push({ ...limit, of: offer })',
    bug: '{}'
  },
  {
    name: 'an inherited limit takes the place of a nearer one of its name',
    file: 'rating/load/compile-allowances.ts',
    text: 'if (!limits.some(({ id }) => id === limit.id)) limits.push({ ...limit, of: offer })',
    bug: 'limits.splice(0, Infinity, ...limits.filter(({ id }) => id !== limit.id), { ...limit, of: offer })'
  },
  {
    name: 'a limit of lines is counted for the account',
    file: 'charging/counters.ts',
    text: 'return line === undefined ? sharing === source : line === lineId',
    bug: "return line === undefined ? source === 'account' : line === lineId"
  },
  {
    name: 'an event may pass a limit of money',
    file: 'charging/limits.ts',
    text: "if (counter.unit === 'money') money = Math.min(money, left)",
    bug: "if (counter.unit === 'money') money = unitsMax"
  },
  {
    name: 'burn order is reversed',
    file: 'charging/burn-order.ts',
    text: 'a.priority - b.priority',
    bug: 'b.priority - a.priority'
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
    text: '  const ended = settleAll(context, session, request)\n',
    bug: '  session.facts = mergeFacts(session.facts, request.facts)\n  for (const service of session.services) release(context, session, service)\n  const ended = settleAll(context, session, request)\n'
  }
]

for (const bug of bugs) {
  t.test(`the comparison finds it when ${bug.name}`, async t => {
    const engine = await engineWith(t, bug)
    t.throws(
      () => {
        for (let seed = firstSeed; seed < firstSeed + 200; seed++) compareLife(engine, seed)
      },
      { message: /^seed \d+: the bill is .*, (the CDR says|limits say) / }
    )
  })
}

/** Links are files of their own to Node.js, which loads each by its path, and made far sooner than copies. */
function linkModules(core: string, folder: string, part: string, without: string): void {
  for (const name of readdirSync(join(core, part), { recursive: true, encoding: 'utf8' })) {
    const path = join(part, name)
    if (!path.endsWith(suffix)) continue
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    if (path !== without) linkSync(realpathSync(join(core, path)), join(folder, path))
  }
}

/** A copy of the core with the bug written into it. */
async function engineWith(t: Test, { file, text: right, bug }: Bug): Promise<Engine> {
  const folder = t.testdir()
  const core = fileURLToPath(new URL('../../src/', import.meta.url))
  const built = file.replace(/\.ts$/, suffix)
  for (const part of ['domain', 'rating', 'charging']) linkModules(core, folder, part, built)
  const before = readFileSync(join('src', file), 'utf8')
  if (!before.includes(right)) throw new Error(`${file} has no "${right}": plant the bug anew`)
  const after = before.replace(right, bug)
  const text = suffix === '.js' ? transpile(after) : after
  // Never through a link into the program itself.
  writeFileSync(join(folder, built), text, { flag: 'wx' })
  const load = (name: string) => import(pathToFileURL(join(folder, `${name}${suffix}`)).href)
  const { createEngine } = await load('charging/engine')
  const { compileCatalogue } = await load('rating/load/load')
  return { createEngine, compileCatalogue }
}

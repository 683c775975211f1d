/**
 * Several servers on one Redis spill and deliver at the same time, and are killed at any step. Whatever happens, the
 * database gets every record, and the records of an account for the first time in their order.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import t from 'tap'
import { openStore } from '../../src/balance/open-store.ts'
import { createMover } from '../../src/cdr/drain-round.ts'
import { openSpill } from '../../src/cdr/spill/spill.ts'
import { createSpillMove } from '../../src/cdr/spill/spiller.ts'
import type { CdrWriter } from '../../src/cdr/writer.ts'
import type { SpillBoard } from '../../src/domain/spill.ts'
import { systemRandom } from '../../src/ops/clock.ts'
import { emptyRedis } from '../support/redis.ts'
import { memoryLog } from './support.ts'

const partitions = 3
/** Of seconds that pass quickly. */
const clock = { now: () => Date.now(), monotonic: () => performance.now() * 100 }
const given = await emptyRedis()
const redis = new Redis(given.url)
const store = await openStore(given.url, {
  partitions,
  logger: memoryLog(),
  clock,
  random: systemRandom
})
t.teardown(async () => {
  await store.close()
  redis.disconnect()
  await given.stop()
})

/** What is called so many times, and then is a process that was killed. */
class Mortal {
  left = Number.POSITIVE_INFINITY
  of<T extends object>(inner: T): T {
    return new Proxy(inner, {
      get: (target, name) => {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          this.live()
          const result = await Reflect.apply(value, target, args)
          this.live()
          return result
        }
      }
    })
  }
  live(): void {
    this.left -= 1
    if (this.left < 0) throw new Error('killed')
  }
}

interface Server {
  readonly mortal: Mortal
  spill(): Promise<unknown>
  drain(): Promise<unknown>
}

async function openServer(folder: string, database: Database): Promise<Server> {
  const mortal = new Mortal()
  const outbox = mortal.of(store.outbox)
  const spill = await openSpill({
    folder,
    board: mortal.of<SpillBoard>(store.spills as SpillBoard),
    host: 'test',
    octetsMax: 1e9,
    freeMin: 0,
    segmentOctets: 300,
    clock,
    random: systemRandom,
    logger: memoryLog()
  })
  const mover = createMover({
    outbox,
    spill,
    writer: mortal.of<CdrWriter>(database.writer),
    clock,
    reverse: async () => {},
    batchMax: 5
  })
  return { mortal, spill: createSpillMove({ outbox, spill }, 4), drain: () => mover.round(false) }
}

/** Locks of a process that was killed name it, and it is not there any more. */
function bury(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    if (!name.endsWith('gyro.lock')) continue
    const path = join(folder, name)
    writeFileSync(
      path,
      JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), started: 'then' })
    )
  }
}

class Database {
  readonly seen = new Map<string, number[]>()
  readonly faults: string[] = []
  away = false
  readonly writer: CdrWriter = {
    ping: () => this.writer.prepare(),
    prepare: async () => {
      if (this.away) throw new Error('the database is away')
    },
    write: async (values, earlier) => {
      await this.writer.prepare()
      if (!((await earlier) ?? true)) throw new Error('what comes before is not stored')
      for (const value of values) this.take(value)
      return { written: values.length, duplicates: 0, rejected: 0, conflicts: 0, reversals: [] }
    }
  }
  take(value: string): void {
    const [account = '', number] = JSON.parse(value) as [string, number]
    const numbers = this.seen.get(account) ?? []
    this.seen.set(account, numbers)
    if (numbers.includes(number)) return
    if (number !== numbers.length + 1)
      this.faults.push(`${account}: ${number} after ${numbers.length}`)
    numbers.push(number)
  }
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      count: fc.integer({ min: 1, max: 25 })
    })
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      work: fc.uniqueArray(
        fc.record({
          server: fc.integer({ min: 0, max: 2 }),
          spills: fc.boolean(),
          killedAfter: fc.oneof(
            { weight: 3, arbitrary: fc.constant(null) },
            fc.integer({ min: 0, max: 14 })
          )
        }),
        { minLength: 1, maxLength: 4, selector: ({ server, spills }) => `${server} ${spills}` }
      )
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('database' as const), away: fc.boolean() })
  }
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function play(steps: readonly Step[]): Promise<string[]> {
  await redis.del('gyro:spills', ...Array.from({ length: partitions }, (_, n) => `{p000${n}}o`))
  const folders = [0, 1, 2].map(() => mkdtempSync(join(tmpdir(), 'gyro-spill-')))
  const database = new Database()
  const servers: Server[] = []
  for (const n of [0, 1, 2]) servers.push(await openServer(folders[n] ?? '', database))
  const numbers = [0, 0, 0, 0, 0]
  try {
    for (const one of steps) {
      if (one.kind === 'add') await add(numbers, one.count)
      else if (one.kind === 'database') database.away = one.away
      else await runAll(one, servers, folders, database)
    }
    database.away = false
    for (let n = 0; n < 150 && !(await isEmpty()); n++) {
      for (const server of servers) {
        await server.drain()
      }
      if (n > 100) await new Promise(resolve => setTimeout(resolve, 25))
    }
    return await findingsOf(database, numbers, folders)
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  }
}

async function runAll(
  { work }: Extract<Step, { kind: 'run' }>,
  servers: Server[],
  folders: readonly string[],
  database: Database
): Promise<void> {
  const killed = new Set<number>()
  await Promise.all(
    work.map(async ({ server, spills, killedAfter }) => {
      const one = servers[server]
      if (one === undefined) return
      if (killedAfter !== null) {
        one.mortal.left = killedAfter
        killed.add(server)
      }
      await (spills ? one.spill() : one.drain()).catch(() => {})
    })
  )
  for (const server of killed) {
    const one = servers[server]
    if (one !== undefined) one.mortal.left = -1
    bury(folders[server] ?? '')
    servers[server] = await openServer(folders[server] ?? '', database)
  }
}

async function add(numbers: number[], count: number): Promise<void> {
  const adding = redis.pipeline()
  for (let n = 0; n < count; n++) {
    const account = n % numbers.length
    const number = (numbers[account] ?? 0) + 1
    numbers[account] = number
    const value = JSON.stringify([`account-${account}`, number])
    adding.xadd(`{p000${account % partitions}}o`, '*', 'r', value)
  }
  await adding.exec()
}

async function isEmpty(): Promise<boolean> {
  return (await store.outbox.depth()) === 0 && (await redis.hlen('gyro:spills')) === 0
}

async function findingsOf(
  { seen, faults }: Database,
  numbers: readonly number[],
  folders: readonly string[]
): Promise<string[]> {
  const found = [...faults]
  for (const [account, last] of numbers.entries()) {
    const { length } = seen.get(`account-${account}`) ?? []
    if (length !== last) found.push(`account-${account}: ${length} of ${last}`)
  }
  if (!(await isEmpty())) found.push('something is left in the store')
  for (const folder of folders) {
    const left = (readdirSync(folder, { recursive: true }) as string[]).filter(name =>
      name.endsWith('.spill')
    )
    found.push(...left.map(name => `${name} is left`))
  }
  return found
}

t.test('nothing is lost and nothing overtakes', { timeout: 200_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async steps => {
      const findings = await play(steps)
      if (findings.length > 0) throw new Error(findings.join('; '))
    }),
    {
      endOnFailure: process.env['SPILL_SEED'] !== undefined,
      numRuns: Number(process.env['SPILL_RUNS'] ?? 60)
    }
  )
})

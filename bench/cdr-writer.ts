/**
 * CDRs into Postgres: how many a second the writer stores, with their ledger entries, in batches as the drain makes them, two
 * under way at a time.
 *
 *     npx tsx bench/cdr-writer.ts [CDRs]       a Postgres of its own, or DATABASE_URL
 */
import { readdirSync, readFileSync } from 'node:fs'
import { inTurn } from '../src/cdr/in-turn.ts'
import { openCdr } from '../src/cdr/open-cdr.ts'
import { systemClock, systemScheduler } from '../src/ops/clock.ts'
import { cdr, memoryLog } from '../test/cdr/support.ts'
import { createDatabase } from '../test/support/postgres.ts'

const total = Number(process.argv[2] ?? 200_000)
const batch = 2_000
const database = await createDatabase()
const ports = { logger: memoryLog(), clock: systemClock, scheduler: systemScheduler }
const store = await openCdr(database.url, ports)
const now = Date.now()

/** Every fourth draws a bucket beside the wallet. */
function record(n: number): string {
  const [part] = cdr().parts
  if (part === undefined) return ''
  const drawn = { ...part, price: '', bucket: 'family-20gb#1/data/rfz1k0', amount: 0 }
  return JSON.stringify(
    cdr({
      sessionId: `pgw.epc.mnc001.mcc262.3gppnetwork.org;${1_700_000_000 + (n % 977)};${n}`,
      accountId: `acc-${4_915_100_000_000 + ((n * 7919) % 100_000)}`,
      record: Math.floor(n / 100_000) + 1,
      startedAt: now - 60_000,
      endedAt: now,
      parts: n % 4 === 0 ? [drawn, part] : [part]
    })
  )
}

/** Milliseconds of the processor that the server has spent on this database so far. Linux only. */
function serverMs(): number {
  const name = new URL(database.url).pathname.slice(1)
  let ticks = 0
  for (const pid of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name)) continue
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // A process that has just ended.
    }
  }
  return ticks * 10
}

const atOnce = 25 * batch
let stored = 0
let busyMs = 0
let ownMs = 0
for (let from = 0; from < total; from += atOnce) {
  const batches: (readonly string[])[] = []
  const end = Math.min(total, from + atOnce)
  for (let at = from; at < end; at += batch) {
    batches.push(Array.from({ length: Math.min(batch, end - at) }, (_, n) => record(at + n)))
  }
  const started = performance.now()
  const cpu = process.cpuUsage()
  await inTurn(batches, async (values, earlier) => {
    const { written } = await store.writer.write(values, earlier)
    stored += written
  })
  const took = performance.now() - started
  busyMs += took
  const { user, system } = process.cpuUsage(cpu)
  ownMs += (user + system) / 1_000
  console.log(`${stored} CDRs, ${Math.round(((end - from) / took) * 1_000)} a second`)
}
const perCdr = (ms: number) => `${((ms * 1_000) / stored).toFixed(1)} us`
console.log(`processor for each CDR: ours ${perCdr(ownMs)}, the server's ${perCdr(serverMs())}`)
console.log(
  `${stored} CDRs in ${Math.round(busyMs)} ms: ${Math.round((stored / busyMs) * 1_000)} a second`
)
await store.close()
await database.drop()

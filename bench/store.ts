/** Commits a second and CPU of a store: tsx bench/store.ts redis://127.0.0.1:6379/9 | embedded:/tmp/folder */
import { Redis } from 'ioredis'
import { openStore } from '../src/balance/open-store.ts'
import type { Commit } from '../src/balance/store.ts'
import { createVersions } from '../src/balance/versions.ts'
import { partitionOf } from '../src/domain/subscriber.ts'
import { systemClock, systemRandom } from '../src/ops/clock.ts'

const [, , url = 'embedded:/tmp/gyro-bench-store'] = process.argv
const accounts = 20_000
const groups = 2_000
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const store = await openStore(url, { logger: quiet, clock: systemClock, random: systemRandom })
const versions = createVersions(systemRandom, 'bench')
const account = JSON.stringify({ format: 1, filler: 'a'.repeat(500) })
const session = JSON.stringify({ format: 1, filler: 's'.repeat(600) })
const known = new Map<string, string>()

function nextCommit(n: number): Commit {
  const accountId = `bench-${n}`
  const version = versions.next()
  const expected = known.get(accountId) ?? ''
  known.set(accountId, version)
  const id = `pgw.example.org;1;${n}`
  return {
    key: { partition: partitionOf(accountId, store.partitions), accountId },
    expected,
    wanted: { lines: [`49151${n}`], sessions: [id] },
    write: {
      version,
      account,
      lines:
        expected === '' ? [{ id: `49151${n}`, document: account, added: true, feesAt: null }] : [],
      sessions: [{ id, document: session, sweepAt: expected === '' ? 1 : null, directory: null }],
      closed: [],
      operations: [],
      sweepAt: null,
      orders: [],
      records: []
    }
  }
}

for (const [accountId, { version }] of await loadVersions()) known.set(accountId, version)
let next = 0
const take = (size: number) => Array.from({ length: size }, () => nextCommit(next++ % accounts))
for (let n = 0; n < accounts; n += 100) await store.commit(take(100))

for (const [size, inFlight] of [
  [1, 8],
  [16, 1],
  [16, 4],
  [64, 4]
] as const) {
  const redisBefore = await redisCpu()
  const cpu = process.cpuUsage()
  const from = performance.now()
  let left = groups
  let lost = 0
  const run = async () => {
    while (left-- > 0) {
      // Distinct accounts among the groups in flight, spread over the whole store.
      const group = take(size)
      next += 7_919
      const results = await store.commit(group)
      for (const result of results) if (!result.ok) lost++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, run))
  const seconds = (performance.now() - from) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  const commits = groups * size
  const redis = (await redisCpu()) - redisBefore
  console.log(
    `groups of ${size}, ${inFlight} in flight: ${Math.round(commits / seconds)} commits/s,`,
    `client ${((user + system) / commits).toFixed(1)} us, Redis ${(redis / commits).toFixed(1)} us`,
    lost === 0 ? '' : `${lost} conflicts`
  )
}
await store.close()

async function loadVersions() {
  const ids = Array.from({ length: accounts }, (_, n) => `bench-${n}`)
  const found = await store.load(
    ids.map(accountId => ({
      key: { partition: partitionOf(accountId, store.partitions), accountId },
      wanted: { lines: [], sessions: [] }
    }))
  )
  return ids.map((id, i) => [id, { version: found[i]?.version ?? '' }] as const)
}

/** Microseconds of CPU that the server has used; 0 for an embedded store. */
async function redisCpu(): Promise<number> {
  if (!url.startsWith('redis:')) return 0
  const redis = new Redis(url)
  const info = await redis.info('cpu')
  redis.disconnect()
  const seconds = [...info.matchAll(/used_cpu_(?:user|sys)_main_thread:([\d.]+)/g)]
  return seconds.reduce((sum, [, value]) => sum + Number(value) * 1e6, 0)
}

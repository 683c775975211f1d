import { Redis } from 'ioredis'
import t from 'tap'
import { slotOf } from '../../src/balance/redis/slots.ts'
import type { Commit, Store } from '../../src/balance/store.ts'
import { createVersions } from '../../src/balance/versions.ts'
import { openTestStore, testRandom } from '../support/open-test-store.ts'
import { startCluster } from '../support/redis.ts'
import { keyOf, nothing, writeOf } from '../support/store-writes.ts'
import { storeConformance } from './store-conformance.ts'

const redis = await startCluster()
t.teardown(() => redis.stop())

t.test('slots are those of the cluster specification', async t => {
  t.equal(slotOf('123456789'), 12_739)
  const node = new Redis(redis.ports[0] ?? 0)
  for (const key of ['{p0042}a:x', 'd:a{b}c', 'd:{}x', 'd:}{', 'd:{{b}}', 'i:größe-😀', '']) {
    t.equal(slotOf(key), await node.call('cluster', 'KEYSLOT', key), key)
  }
  node.disconnect()
})

t.test('the store in Redis Cluster conforms', async t => {
  await storeConformance(t, { shared: true, open: () => openTestStore(redis.url) })
})

t.test('a slot that moves under load fails and doubles nothing', async t => {
  if (!redis.own) {
    t.comment('the slots of REDIS_CLUSTER_URL are left where they are')
    return
  }
  const store = await openTestStore(redis.url)
  t.teardown(() => store.close())
  const accounts = await accountsOfOnePartition(store, 7, 20)
  const load = increment(store, accounts)
  await moveSlot(slotOf('{p0007}'), redis.ports)
  await new Promise(resolve => setTimeout(resolve, 200))
  const counts = await load.stop()
  t.ok(counts.commits > 20)
  t.equal(counts.conflicts, 0)
  const loaded = await store.load(
    accounts.map(accountId => ({ key: keyOf(store, accountId), wanted: nothing }))
  )
  const total = loaded.reduce((sum, { account }) => sum + JSON.parse(account ?? '{}').count, 0)
  t.equal(total, counts.commits)
  t.equal((await store.outbox.read(100_000)).get(7)?.length, counts.commits + accounts.length)
})

async function accountsOfOnePartition(store: Store, partition: number, count: number) {
  const accounts: string[] = []
  for (let i = 0; accounts.length < count; i++) {
    if (keyOf(store, `moved-${i}`).partition === partition) accounts.push(`moved-${i}`)
  }
  for (const [of, entries] of await store.outbox.read(100_000)) {
    await store.outbox.acknowledge(new Map([[of, entries.map(entry => entry.id)]]))
  }
  return accounts
}

/** Counts up in every account, one commit after another, until it is stopped. */
function increment(store: Store, accounts: readonly string[]) {
  const versions = createVersions(testRandom, 'load')
  let running = true
  let commits = 0
  let conflicts = 0
  const run = async (accountId: string) => {
    const key = keyOf(store, accountId)
    let expected = ''
    for (let count = 0; running || count === 0; count++) {
      const version = versions.next()
      const account = JSON.stringify({ count })
      const session = { id: `s${count}`, document: '{}', sweepAt: 1, directory: null }
      const write = writeOf({ version, account, sessions: [session], records: [account] })
      const commit: Commit = { key, expected, wanted: nothing, write }
      const [result] = await store.commit([commit])
      if (result?.ok !== true) conflicts++
      else if (count > 0) commits++
      expected = version
    }
  }
  const runs = Promise.all(accounts.map(run))
  return {
    async stop() {
      running = false
      await runs
      return { commits, conflicts }
    }
  }
}

/** As redis-cli does it, in small steps with pauses so that commits meet every state in between. */
async function moveSlot(slot: number, ports: readonly number[]): Promise<void> {
  const nodes = ports.map(port => new Redis(port))
  const ids = await Promise.all(nodes.map(async node => String(await node.call('cluster', 'MYID'))))
  const slots = (await nodes[0]!.call('cluster', 'SLOTS')) as [number, number, [string, number]][]
  const owner = slots.find(([first, last]) => first <= slot && slot <= last)
  const from = ports.indexOf(owner?.[2][1] ?? 0)
  const to = (from + 1) % ports.length
  await nodes[to]!.call('cluster', 'SETSLOT', slot, 'IMPORTING', ids[from]!)
  await nodes[from]!.call('cluster', 'SETSLOT', slot, 'MIGRATING', ids[to]!)
  for (;;) {
    const keys = (await nodes[from]!.call('cluster', 'GETKEYSINSLOT', slot, 5)) as string[]
    if (keys.length === 0) break
    await nodes[from]!.call('migrate', '127.0.0.1', ports[to]!, '', 0, 1_000, 'KEYS', ...keys)
  }
  await Promise.all(nodes.map(node => node.call('cluster', 'SETSLOT', slot, 'NODE', ids[to]!)))
  for (const node of nodes) node.disconnect()
}

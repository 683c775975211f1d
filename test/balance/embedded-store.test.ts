import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readLock } from '../../src/disk/lock.ts'
import { openTestStore } from '../support/open-test-store.ts'
import { keyOf, nothing, writeOf } from '../support/store-writes.ts'
import { suffix } from '../support/suffix.ts'
import { startZombie } from '../support/zombie.ts'
import { storeConformance } from './store-conformance.ts'

const parent = mkdtempSync(join(tmpdir(), 'gyro-embedded-'))
t.teardown(() => rmSync(parent, { recursive: true, force: true }))
let folders = 0

function newFolder(): string {
  return join(parent, String(folders++), 'state')
}

t.test('the embedded store conforms', async t => {
  const url = `embedded:${newFolder()}`
  await storeConformance(t, { shared: false, open: () => openTestStore(url) })
})

t.test('the embedded store conforms when it waits for the disk', async t => {
  const url = `embedded:${newFolder()}`
  await storeConformance(t, { shared: false, open: () => openTestStore(url, { durable: true }) })
})

t.test('what was committed is there when the store is opened again', async t => {
  const url = `embedded:${newFolder()}`
  const first = await openTestStore(url, { partitions: 8 })
  const key = keyOf(first, 'kept')
  await first.commit([
    { key, expected: '', wanted: nothing, write: writeOf({ account: 'A', records: ['1', '2'] }) }
  ])
  await first.close()
  const second = await openTestStore(url)
  t.equal(second.partitions, 8)
  const [found] = await second.load([{ key, wanted: nothing }])
  t.equal(found?.account, 'A')
  const write = writeOf({ account: 'B', records: ['3'] })
  await second.commit([{ key, expected: found?.version ?? '', wanted: nothing, write }])
  const entries = (await second.outbox.read(10)).get(key.partition)
  t.strictSame(
    entries?.map(({ value }) => value),
    ['1', '2', '3']
  )
  await second.close()
  await t.rejects(openTestStore(url, { partitions: 9 }), {
    code: 'GYRO_STORE_UNFIT',
    message: /8 partitions, and 9 are configured/
  })
  t.equal(readLock(url.slice('embedded:'.length)), null)
})

t.test('a second process is refused, and told whose store it is', async t => {
  const folder = newFolder()
  const first = await openTestStore(`embedded:${folder}`, { apiAddress: '127.0.0.1:8080' })
  await t.rejects(openTestStore(`embedded:${folder}`), {
    code: 'GYRO_STORE_LOCKED',
    message: new RegExp(`process ${process.pid}, whose API is at 127.0.0.1:8080`)
  })
  t.strictSame(readLock(folder), { pid: process.pid, apiAddress: '127.0.0.1:8080' })
  await first.close()
  t.equal(readLock(folder), null)
  const again = await openTestStore(`embedded:${folder}`)
  await again.close()
})

t.test('the lock of a process that is gone, or of an earlier one, is taken over', async t => {
  const folder = newFolder()
  mkdirSync(folder, { recursive: true })
  const stale = [
    JSON.stringify({ pid: 2 ** 22 + 1, apiAddress: null, started: null }),
    JSON.stringify({ pid: process.pid, apiAddress: null, started: '1' }),
    'no lock at all',
    ''
  ]
  for (const text of stale) {
    writeFileSync(join(folder, 'gyro.lock'), text)
    t.equal(readLock(folder), null)
    const store = await openTestStore(`embedded:${folder}`)
    t.equal(readLock(folder)?.pid, process.pid)
    await store.close()
  }
})

t.test('the lock of a killed process is taken over before its parent asks for its end', async t => {
  const folder = newFolder()
  mkdirSync(folder, { recursive: true })
  const pid = await startZombie(t)
  writeFileSync(join(folder, 'gyro.lock'), JSON.stringify({ pid, apiAddress: null, started: null }))
  t.equal(readLock(folder), null)
  const store = await openTestStore(`embedded:${folder}`)
  t.equal(readLock(folder)?.pid, process.pid)
  await store.close()
})

t.test('kill -9 in the middle of commits loses nothing that was acknowledged', async t => {
  const folder = newFolder()
  const url = `embedded:${folder}`
  const acknowledged = new Set<string>()
  for (let round = 0; round < 3; round++) {
    const program = new URL(`../support/embedded-child${suffix}`, import.meta.url)
    const child = spawn(
      process.execPath,
      [...process.execArgv, fileURLToPath(program), url, String(round)],
      {
        stdio: ['ignore', 'pipe', 'inherit']
      }
    )
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
    })
    while (text.length < 20_000) {
      if (child.exitCode !== null) throw new Error('the child ended by itself')
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    await t.rejects(openTestStore(url), { code: 'GYRO_STORE_LOCKED' })
    child.kill('SIGKILL')
    await once(child, 'close')
    for (const id of text.slice(0, text.lastIndexOf('\n')).split('\n')) acknowledged.add(id)
  }
  const store = await openTestStore(url)
  t.teardown(() => store.close())
  const records = [...(await store.outbox.read(1e6)).values()].flat().map(({ value }) => value)
  t.equal(new Set(records).size, records.length)
  const requests = [...acknowledged].map(id => ({ key: keyOf(store, id), wanted: nothing }))
  const found = await store.load(requests)
  t.ok(acknowledged.size > 1_000)
  t.ok(found.every(({ account }, i) => account === requests[i]?.key.accountId))
  const kept = new Set(records)
  t.ok([...acknowledged].every(id => kept.has(id)))
  t.equal((await store.dueAccounts(5, 1e6)).length, records.length, 'no account by halves')
})

t.test('a failed transaction leaves nothing behind', async t => {
  const store = await openTestStore(`embedded:${newFolder()}`)
  t.teardown(() => store.close())
  const key = keyOf(store, 'halves')
  const bad = { id: 'x'.repeat(5_000), document: '{}', sweepAt: 1, directory: null }
  const commit = { key, expected: '', wanted: nothing, write: writeOf({ sessions: [bad] }) }
  await t.rejects(store.commit([commit]), { code: 'GYRO_STORE_UNAVAILABLE' })
  const [found] = await store.load([{ key, wanted: nothing }])
  t.equal(found?.account, null)
  t.strictSame(await store.commit([{ ...commit, write: writeOf() }]), [{ ok: true }])
})

t.test('ended entries are removed with the receipts', async t => {
  let now = Date.now()
  const clock = { now: () => now, monotonic: () => now }
  const store = await openTestStore(`embedded:${newFolder()}`, { clock })
  t.teardown(() => store.close())
  const key = keyOf(store, 'ended')
  const session = (ttlSeconds: number) => ({
    id: 's',
    document: '{}',
    sweepAt: 1,
    directory: { value: 'v', ttlSeconds }
  })
  const first = writeOf({ sessions: [session(10)] })
  await store.commit([{ key, expected: '', wanted: nothing, write: first }])
  const again = writeOf({ sessions: [session(100)] })
  await store.commit([{ key, expected: first.version, wanted: nothing, write: again }])
  now += 50_000
  await store.dropReceipts(0)
  t.strictSame(await store.resolve([{ kind: 'session', value: 's' }]), ['v'])
  now += 51_000
  t.strictSame(await store.resolve([{ kind: 'session', value: 's' }]), [null])
  await store.dropReceipts(0)
  now = 0
  t.strictSame(await store.resolve([{ kind: 'session', value: 's' }]), [null], 'it is gone')
})

/** A seeded random workload on a store and on the model, compared after every step. */
import type { Test } from 'tap'
import type { AccountKey, Commit, Store, Write } from '../../src/balance/store.ts'
import { createVersions } from '../../src/balance/versions.ts'
import { partitionOf } from '../../src/domain/subscriber.ts'
import { createMemoryState, createMemoryStore } from './memory-store.ts'

type Draw = (below: number) => number

/** mulberry32: small, and the same everywhere. */
export function seededDraw(seed: number): Draw {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 15), z | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) % below
  }
}

export async function runWorkload(
  t: Test,
  store: Store,
  seed: number,
  steps: number
): Promise<void> {
  const draw = seededDraw(seed)
  const model = createMemoryStore(createMemoryState(), store.partitions)
  const random = {
    hex: (digits: number) => seed.toString(16).padStart(digits, '0'),
    fraction: () => 0
  }
  const versions = createVersions(random, 'workload')
  const seen = new Map<string, string[]>()
  const ids = Array.from({ length: 12 }, (_, i) => `w${seed}-${i}`)
  const lines = ['l0', 'l1', 'l2']
  const sessions = ['s0', 's{1}', 's\n2', 's3', 's4']
  const wanted = { lines, sessions }
  const pick = <T>(from: readonly T[]): T => from[draw(from.length)] as T
  const some = <T>(from: readonly T[]): T[] => from.filter(() => draw(3) === 0)
  const keyOf = (accountId: string): AccountKey => ({
    partition: partitionOf(accountId, store.partitions),
    accountId
  })

  const makeWrite = (accountId: string): Write => {
    const version = versions.next()
    const touched = some(sessions)
    seen.set(accountId, [...(seen.get(accountId) ?? ['']), version])
    return {
      version,
      account: `{"a":${draw(1e6)}}`,
      lines: some(lines).map(id => ({
        id,
        document: `{"l":${draw(1e6)}}`,
        added: true,
        feesAt: [null, 0, 1 + draw(100)][draw(3)] as number | null
      })),
      sessions: touched.map(id => ({
        id,
        document: `{"s":${draw(1e6)}}`,
        sweepAt: 1 + draw(100),
        directory: draw(2) === 0 ? { value: `${accountId}\n${draw(9)}`, ttlSeconds: 600 } : null
      })),
      closed: some(sessions)
        .filter(id => !touched.includes(id))
        .map(id => ({ id, receipt: `r${draw(1e6)}`, hour: draw(4), directory: null })),
      operations: some(['o1', 'o2']).map(key => ({
        key,
        value: `v${draw(1e6)}`,
        ttlSeconds: 600
      })),
      sweepAt: [null, 0, 1 + draw(100)][draw(3)] as number | null,
      records: Array.from({ length: draw(3) }, () => `{"r":${draw(1e6)}}`),
      orders: Array.from({ length: draw(2) }, () => `{"o":${draw(1e6)}}`)
    }
  }

  const makeGroup = (): Commit[] =>
    Array.from({ length: 1 + draw(6) }, () => {
      const accountId = pick(ids)
      const history = seen.get(accountId) ?? ['']
      const expected = draw(4) === 0 ? pick(history) : (history[history.length - 1] ?? '')
      const write = draw(5) === 0 ? null : makeWrite(accountId)
      const few = draw(2) === 0 ? wanted : { lines: some(lines), sessions: some(sessions) }
      return { key: keyOf(accountId), expected, wanted: few, write }
    })

  for (let step = 0; step < steps; step++) {
    const group = makeGroup()
    const expected = await model.commit(group)
    const where = `seed ${seed} step ${step}`
    t.strictSame(await store.commit(group), expected, where)
    for (const [i, { key, write }] of group.entries()) {
      if (write !== null && expected[i]?.ok !== true) {
        seen.set(
          key.accountId,
          (seen.get(key.accountId) ?? []).filter(v => v !== write.version)
        )
      }
    }
    await compare(t, store, model, keyOf(pick(ids)), draw, where)
  }
  await compareOutbox(t, store, model, `w${seed}`)
  for (const id of ids) {
    const request = [{ key: keyOf(id), wanted }]
    t.strictSame(await store.load(request), await model.load(request), id)
    t.strictSame(await store.listLines(keyOf(id)), await model.listLines(keyOf(id)))
    const open = await store.listSessions(keyOf(id), null, 100)
    const modelled = await model.listSessions(keyOf(id), null, 100)
    t.strictSame([...open.ids].sort(), [...modelled.ids].sort())
  }
}

async function compare(
  t: Test,
  store: Store,
  model: Store,
  key: AccountKey,
  draw: Draw,
  where: string
): Promise<void> {
  const now = draw(110)
  const limit = 1 + draw(5)
  const session = ['s0', 's{1}', 's\n2'][draw(3)] ?? ''
  const ask = async (asked: Store) => ({
    due: await asked.dueSessions(key, now, limit),
    fees: await asked.dueLines(key, now, limit),
    closed: await asked.closedSession(key, session, [draw(1), 1, 2, 3]),
    operation: await asked.operation(key, 'o1'),
    directory: key.accountId.endsWith('-0') ? await asked.resolve([]) : []
  })
  t.strictSame(await ask(store), await ask(model), where)
}

/** Both may hold records of others: those of the workload's partitions are compared in their order. */
async function compareOutbox(t: Test, store: Store, model: Store, name: string): Promise<void> {
  const values = async (asked: Store) =>
    [...(await asked.outbox.read(100_000))]
      .map(([partition, entries]) => [partition, entries.map(entry => entry.value)] as const)
      .sort((a, b) => a[0] - b[0])
  t.strictSame(await values(store), await values(model), name)
}

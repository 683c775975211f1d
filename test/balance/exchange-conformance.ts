/** What every store's exchange must do; part of the conformance suite. */
import type { Test } from 'tap'
import type { Store } from '../../src/balance/store.ts'

/** `other` is the same store as another process sees it, or the same object. */
export async function exchanges(t: Test, store: Store, other: Store): Promise<void> {
  const hostsOf = async (node: string) =>
    (await other.exchange.nodes()).find(known => known.node === node)?.hosts

  await t.test('nodes say which peers they reach, and are gone when they leave', async t => {
    await store.exchange.announce('n1', ['pgw.example'], 5_000)
    await other.exchange.announce('n2', [], 5_000)
    t.strictSame(await hostsOf('n1'), ['pgw.example'])
    t.strictSame(await hostsOf('n2'), [])
    await store.exchange.announce('n1', ['pgw.example', 'dra.example'], 5_000)
    t.strictSame(await hostsOf('n1'), ['pgw.example', 'dra.example'])
    await store.exchange.post('n1', ['left'])
    await store.exchange.leave('n1')
    t.equal(await hostsOf('n1'), null, 'gone, and not forgotten')
    t.match(await other.exchange.receive('n1', '0', 10), [{ value: 'left' }])
    for (const node of ['n1', 'n2']) await other.exchange.forget(node)
    t.same(await store.exchange.nodes(), [])
    t.same(await other.exchange.receive('n1', '0', 10), [])
  })

  await t.test('messages lie in an inbox in their order until they are removed', async t => {
    t.same(await store.exchange.receive('n3', '0', 10), [])
    await other.exchange.post('n3', ['{"m":1}', '{"m":"ü"}', '{"m":3}'])
    const [first, ...rest] = await store.exchange.receive('n3', '0', 2)
    t.equal(first?.value, '{"m":1}')
    t.match(rest, [{ value: '{"m":"ü"}' }])
    const later = await store.exchange.receive('n3', rest[0]?.id ?? '', 10)
    t.match(later, [{ value: '{"m":3}' }])
    t.same(await store.exchange.receive('n3', later[0]?.id ?? '', 10), [])
    await other.exchange.post('n3', ['4'])
    t.match(await store.exchange.receive('n3', later[0]?.id ?? '', 10), [{ value: '4' }])
    await store.exchange.remove('n3', [first?.id ?? '', later[0]?.id ?? ''])
    const left = await other.exchange.receive('n3', '0', 10)
    t.strictSame(
      left.map(({ value }) => value),
      ['{"m":"ü"}', '4']
    )
    await store.exchange.forget('n3')
  })
}

import t from 'tap'
import { createMemoryState, createMemoryStore } from '../support/memory-store.ts'
import { storeConformance } from './store-conformance.ts'

t.test('the model itself conforms', async t => {
  const state = createMemoryState()
  await storeConformance(t, { shared: true, open: async () => createMemoryStore(state) })
})

/** A process that commits to an embedded store without end, and writes what was acknowledged to its output. */
import { writeSync } from 'node:fs'
import { openTestStore } from './open-test-store.ts'
import { keyOf, nothing, writeOf } from './store-writes.ts'

const [, , url = '', round = ''] = process.argv
const store = await openTestStore(url, { apiAddress: '127.0.0.1:1' })
for (let group = 0; ; group++) {
  const ids = Array.from({ length: 16 }, (_, i) => `child-${round}-${group}-${i}`)
  const results = await store.commit(
    ids.map(id => ({
      key: keyOf(store, id),
      expected: '',
      wanted: nothing,
      write: writeOf({ account: id, records: [id], sweepAt: 5 })
    }))
  )
  if (results.every(({ ok }) => ok)) writeSync(1, `${ids.join('\n')}\n`)
}

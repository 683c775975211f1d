import t from 'tap'
import { conformance } from './conformance.ts'
import { embeddedBench } from './support.ts'

t.test('the CDR store on the embedded database', async t => {
  const bench = await embeddedBench()
  await conformance(t, bench)
  await bench.remove()
})

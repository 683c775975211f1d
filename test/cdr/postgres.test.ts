import t from 'tap'
import { conformance } from './conformance.ts'
import { postgresBench } from './support.ts'

t.test('the CDR store on Postgres', async t => {
  const bench = await postgresBench()
  await conformance(t, bench)
  await bench.remove()
})

import { Ajv } from 'ajv'
import t from 'tap'
import { chargingDataRequest } from '../../src/nchf/schemas.ts'

t.test('the schema of a ChargingDataRequest is a JSON Schema', async t => {
  t.ok(new Ajv().validateSchema(chargingDataRequest))
  t.notOk(new Ajv().validateSchema({ ...chargingDataRequest, required: 'all' }))
})

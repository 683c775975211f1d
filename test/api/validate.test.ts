import { Ajv } from 'ajv'
import t from 'tap'
import { requestSchemas } from '../../src/api/schemas.ts'
import { wrongMembers } from '../../src/api/validate.ts'

const names = Object.keys(requestSchemas) as (keyof typeof requestSchemas)[]

t.test('every schema of a body is a JSON Schema', async t => {
  const ajv = new Ajv()
  for (const name of names) t.ok(ajv.validateSchema(requestSchemas[name]), name)
})

t.test('every schema can be compiled, and refuses what is no object', async t => {
  for (const name of names) t.equal(wrongMembers(name, 7).length > 0, true, name)
})

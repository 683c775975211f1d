/** The schemas for editors are those that the loader checks by, and the demo catalogue names them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { schemaFiles, schemaFolder } from '../../../scripts/schema-files.ts'

t.test('conf/schema is up to date: npm run schemas', async t => {
  const files = schemaFiles()
  t.same(readdirSync(schemaFolder).toSorted(), [...files.keys()].toSorted())
  for (const [name, text] of files) {
    t.equal(readFileSync(join(schemaFolder, name), 'utf8'), text, `${name}: npm run schemas`)
  }
})

t.test('each file of the demo catalogue names its schema, and is valid by it', async t => {
  const folder = 'conf/catalogue'
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter(name => name.endsWith('.yaml'))
  t.ok(files.length >= 9, `${files.length} files`)
  for (const name of files) {
    const path = join(folder, name)
    const text = readFileSync(path, 'utf8')
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? []
    const named = join(dirname(path), schema)
    if (!t.ok(schema !== '' && existsSync(named), `${name} names a schema that is there`)) continue
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(named, 'utf8')))
    t.equal(validate(parse(text)), true, `${name}: ${JSON.stringify(validate.errors)}`)
    t.equal(validate({ ...parse(text), colour: 'red' }), false, `${name} is closed`)
  }
})

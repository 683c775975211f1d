/** Writes the JSON Schemas of the catalogue for editors into conf/schema. A test fails while they are out of date. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { schemaFiles, schemaFolder } from './schema-files.ts'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
mkdirSync(schemaFolder, { recursive: true })
for (const [name, text] of schemaFiles()) writeFileSync(join(schemaFolder, name), text)

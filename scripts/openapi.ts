/** OpenAPI files of 3GPP in a folder: schemas by name, with references followed across files. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { parse } from 'yaml'

export type Schema = Readonly<Record<string, unknown>>

export interface OpenApi {
  /** A schema of the file, not a reference. */
  schema(file: string, name: string): Schema
  /** The schema that a reference found in `file` leads to, and the file that it is in. */
  follow(file: string, schema: Schema): { readonly file: string; readonly schema: Schema }
  validator(file: string, name: string): ValidateFunction
}

interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

/** Files that are no YAML are left out: some published ones are not, and nothing here leads to them. */
export function readOpenApi(folder: string): OpenApi {
  const documents = new Map<string, Document>()
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false })
  for (const name of readdirSync(folder).filter(file => file.endsWith('.yaml'))) {
    try {
      const document = parse(readFileSync(join(folder, name), 'utf8')) as Document
      documents.set(name, document)
      ajv.addSchema(document, name)
    } catch {}
  }

  function schema(file: string, name: string): Schema {
    const found = documents.get(file)?.components?.schemas?.[name]
    if (found === undefined) throw new Error(`${folder} has no ${name} in ${file}`)
    return found
  }

  function follow(file: string, given: Schema): { file: string; schema: Schema } {
    const reference = given['$ref']
    if (typeof reference !== 'string') return { file, schema: given }
    const [target = '', path = ''] = reference.split('#/components/schemas/')
    const next = target === '' ? file : target
    return follow(next, schema(next, path))
  }

  return {
    schema,
    follow,
    validator: (file, name) => ajv.compile({ $ref: `${file}#/components/schemas/${name}` })
  }
}

/** The catalogue in force, and reading it again. */
import type { CatalogueVersion, Reload } from '../charging/ports.ts'
import { readOptionalJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { refuse } from './problem.ts'
import { requireBody } from './validate.ts'

export function catalogueOperations({ catalogue }: ApiParts): readonly Operation[] {
  return [
    {
      method: 'get',
      path: '/v1/catalogue',
      id: 'getCatalogue',
      summary: 'The version of the catalogue that is in force, and those that will be',
      answers: { 200: { description: 'Versions and the last reload.', schema: 'Catalogue' } },
      handle(c) {
        return c.json(viewStatus(catalogue.status()))
      }
    },
    {
      method: 'post',
      path: '/v1/catalogue/reload',
      id: 'reloadCatalogue',
      summary: 'Read the catalogue folder again and put it in force, on all servers of the store',
      body: 'NewReload',
      bodyOptional: true,
      answers: {
        200: {
          description: 'In force. A wrong catalogue is 422, and what was in force stays.',
          schema: 'Catalogue'
        }
      },
      problems: [400, 413, 415, 422],
      async handle(c) {
        const body = requireBody<{ reauthorize?: boolean }>('NewReload', await readOptionalJson(c))
        const reload = await catalogue.reload('api', body.reauthorize === true)
        if (reload.result === 'refused') throw refusalOf(reload)
        return c.json(viewStatus(catalogue.status()))
      }
    }
  ]
}

/** A catalogue that is wrong all over would be a very long answer. */
const problemsShown = 100

function refusalOf({ problems }: Reload): Error {
  const errors = problems.slice(0, problemsShown).map(({ file, line, column, key, message }) => ({
    member: `${file}:${line}:${column}: ${key}`,
    detail: message
  }))
  const [first] = errors
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  const detail = `the catalogue is wrong, the running version stays: ${first?.member}: ${first?.detail}${more}`
  return refuse(422, 'catalogue-invalid', detail, errors)
}

function viewStatus(status: ReturnType<ApiParts['catalogue']['status']>) {
  const { folder, running, coming, lastReload } = status
  const { at, trigger, result, problems, withdrawn } = lastReload
  return {
    folder,
    running: viewVersion(running),
    coming: coming.map(viewVersion),
    lastReload: {
      at: new Date(at).toISOString(),
      trigger,
      result,
      problems: problems.slice(0, problemsShown),
      withdrawn
    }
  }
}

function viewVersion({ version, effectiveFrom }: CatalogueVersion) {
  return {
    version,
    effectiveFrom: effectiveFrom === null ? null : new Date(effectiveFrom).toISOString()
  }
}

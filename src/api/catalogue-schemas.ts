/** What the API says of the catalogue. */
import {
  closed,
  count,
  instant,
  instantOrNull,
  list,
  open,
  type Schema,
  text
} from './schema-parts.ts'

export const newReload: Schema = closed(
  {
    reauthorize: {
      type: 'boolean',
      description:
        'Have the clients of open sessions ask for units anew when the version is another.'
    }
  },
  []
)

const version = open({
  version: { ...text, description: 'A hash of its content.' },
  effectiveFrom: { ...instantOrNull, description: 'null: ever since.' }
})

export const catalogueView: Schema = open({
  folder: text,
  running: version,
  coming: list(version),
  lastReload: open({
    at: instant,
    trigger: { type: 'string', enum: ['start', 'api', 'signal', 'watch'] },
    result: { type: 'string', enum: ['changed', 'unchanged', 'refused', 'failed'] },
    problems: list(open({ file: text, line: count, column: count, key: text, message: text })),
    withdrawn: {
      ...list(text),
      description:
        'Offers of the version before that are gone: accounts that have them have no price.'
    }
  })
})

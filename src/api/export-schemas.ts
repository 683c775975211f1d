/** Schemas of the operations for exporters. */
import { exportFormats } from '../domain/export.ts'
import { closed, count, list, open, type Schema, text } from './schema-parts.ts'

const name: Schema = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }
const step = { stream: name, holder: name }
const big: Schema = { type: 'string', pattern: '^-?[0-9]{1,40}$' }
const place: Schema = { type: 'integer', minimum: 1 }

export const exportNext = closed(
  {
    ...step,
    format: { type: 'string', enum: exportFormats },
    recordsMax: { type: 'integer', minimum: 1, maximum: 100_000_000 },
    ageMs: count,
    node: closed({ name: { type: 'string', maxLength: 255 }, address: text }, ['name', 'address'])
  },
  ['stream', 'holder', 'format', 'recordsMax', 'ageMs', 'node']
)

export const exportStep = closed(step, ['stream', 'holder'])

export const exportFinish = closed(
  {
    ...step,
    file: closed(
      {
        number: place,
        name: { type: 'string', maxLength: 512 },
        octets: count,
        sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
        sums: closed(
          {
            amounts: { type: 'object', additionalProperties: big },
            octets: big,
            seconds: big,
            messages: big
          },
          ['amounts', 'octets', 'seconds', 'messages']
        )
      },
      ['number', 'name', 'octets', 'sha256', 'sums']
    )
  },
  ['stream', 'holder', 'file']
)

export const exportPlan = open({
  file: {
    ...open({
      number: place,
      first: place,
      last: place,
      plannedAt: { ...count, description: 'Milliseconds since 1970-01-01.' },
      node: open({ name: text, address: text })
    }),
    type: ['object', 'null']
  }
})

export const recordedCdrs = open({
  items: list(open({ recorded: place, recordedAt: count, cdr: { type: 'object' } })),
  last: count
})

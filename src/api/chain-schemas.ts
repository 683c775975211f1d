/** Schemas of the hash chain over CDRs, and of retention. */
import { keepDaysLeast, keepDaysMost } from '../charging/retention.ts'
import { closed, count, list, open, text, textOrNull } from './schema-parts.ts'

const hash = { type: 'string', pattern: '^[0-9a-f]{64}$' }
const head = { last: count, head: { ...hash, description: 'SHA-256 behind that number.' } }

export const newVerification = closed(
  {
    key: {
      type: 'string',
      maxLength: 10_000,
      description:
        'PEM text of the key that days must be signed with; that of the server unless given.'
    },
    heads: {
      ...list({ type: 'object', properties: head, required: ['last', 'head'] }),
      maxItems: 100_000,
      description: 'Heads that were kept elsewhere.'
    }
  },
  []
)

export const newRetention = closed(
  {
    keepDays: {
      type: 'integer',
      minimum: keepDaysLeast,
      maximum: keepDaysMost,
      description: 'Days before today that stay.'
    },
    dryRun: { type: 'boolean', description: 'Only say what would be dropped.' },
    unexported: {
      type: 'boolean',
      description: 'Also where records were never exported into files.'
    }
  },
  ['keepDays']
)

export const chainHeads = open({
  seals: list(
    open({ day: text, first: count, ...head, base: hash, key: textOrNull, signature: textOrNull })
  ),
  now: open(head)
})

export const chainReport = open({
  after: { ...count, description: 'Numbers up to this one are not covered.' },
  ...head,
  cdrs: count,
  dropped: { ...count, description: 'Covered, and dropped by retention since.' },
  seals: count,
  keyed: { type: 'boolean', description: 'Whether there was a key to check signatures with.' },
  signed: { ...count, description: 'Seals with a good signature.' },
  faults: list(
    open({
      kind: {
        type: 'string',
        enum: ['changed', 'moved', 'inserted', 'removed', 'link', 'seal', 'head']
      }
    })
  )
})

export const retention = open({
  items: list(
    open({
      day: text,
      result: { type: 'string', enum: ['dropped', 'kept'] },
      reason: text,
      cdrs: count
    })
  )
})

/** Schemas of usage records. */
import { closed, count, list, money, open, page, text } from './schema-parts.ts'

export const newUsage = closed(
  {
    record: {
      type: 'object',
      description: 'A usage record, as a line of a file; its members are in docs/mediation.md.'
    },
    content: { type: 'string', description: 'In its place: the record as text.' },
    reason: { type: 'string', maxLength: 1024, description: 'Why the content cannot be read.' },
    file: { type: 'string', maxLength: 4096, description: 'Where it comes from.' },
    line: {
      type: 'integer',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Its place there; that in this request unless given.'
    }
  },
  []
)

const refusal = { file: text, line: count, reason: text }
const totals = {
  charged: count,
  duplicates: { ...count, description: 'Charged before, or there twice.' },
  suspended: count,
  closed: { ...count, description: 'Of those charged: in a month that is closed.' }
}

const usageLoad = open({ ...totals, refused: list(open(refusal)) })

const usageEstimate = open({
  records: count,
  duplicates: count,
  unknown: { ...count, description: 'Of subscribers that nobody knows.' },
  unpriced: count,
  invalid: { ...count, description: 'Records that cannot be read.' },
  amount: money,
  currency: text,
  refused: { ...list(open(refusal)), description: 'The first 1,000 that cannot be read.' }
})

const suspendedUsage = open({ digest: text, ...refusal, content: text })

const usageReplay = open({
  ...totals,
  next: {
    type: ['string', 'null'],
    description: 'The path of the next step; null: all of them were tried.'
  }
})

export const usageAnswers = {
  UsageLoad: usageLoad,
  UsageEstimate: usageEstimate,
  UsageReplay: usageReplay,
  SuspendedUsagePage: page(suspendedUsage)
} as const

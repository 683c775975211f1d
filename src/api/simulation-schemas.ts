/** Schemas of what dry runs and explanations answer. */
import {
  count,
  instant,
  instantOrNull,
  list,
  money,
  open,
  quantity,
  quotaUnit,
  type Schema,
  subSessionId,
  text,
  textOrNull,
  unit,
  withSome
} from './schema-parts.ts'

const holding = open({ available: money, reserved: money })
const unitsHeld: Schema = {
  ...open({ available: quantity, reserved: quantity }),
  type: ['object', 'null']
}
const terms: Schema = {
  type: 'object',
  properties: {
    model: text,
    price: money,
    per: count,
    step: count,
    minimum: count,
    setUp: money,
    size: count,
    tiers: list(open({ upTo: { ...count, type: ['integer', 'null'] }, price: money })),
    percent: text,
    of: { type: 'object' },
    over: open({ period: text, by: text, timeZone: text })
  },
  required: ['model']
}
const part = {
  price: textOrNull,
  bucket: textOrNull,
  zone: text,
  unit,
  units: count,
  amount: money,
  suspense: { type: 'boolean' }
}

const use = open({ used: quantity, reserved: quantity })
const beyond: Schema = { enum: ['no', 'period', 'always'] }
const limitStand = {
  limit: { ...text, description: 'Offer and limit.' },
  line: { ...textOrNull, description: 'null: all lines share it.' },
  unit: quotaUnit,
  amount: {
    ...quantity,
    type: ['integer', 'string', 'null'],
    description: 'null: it is only counted.'
  },
  beyond,
  validUntil: instantOrNull
}

const unitExplained = open({
  ratingGroup: { type: ['integer', 'null'] },
  service: textOrNull,
  unit: { ...unit, type: ['string', 'null'], enum: ['octets', 'seconds', 'messages', null] },
  zone: textOrNull,
  destination: textOrNull,
  leg: textOrNull,
  emergency: { type: 'boolean' },
  free: { type: 'boolean', description: 'For everybody at any balance; no rule is tried.' },
  outcome: text,
  settled: list(open(part)),
  rules: list(
    open({
      price: text,
      offer: text,
      verdict: { enum: ['matched', 'rejected'] },
      obstacle: textOrNull,
      because: textOrNull
    })
  ),
  buckets: list(
    open({
      bucket: text,
      line: textOrNull,
      unit: quotaUnit,
      available: quantity,
      verdict: { enum: ['drawable', 'passed-over'] },
      obstacle: textOrNull,
      stops: {
        type: 'boolean',
        description:
          'Because nothing else pays once it is used up, less was granted than was aimed at, or nothing.'
      },
      because: textOrNull
    })
  ),
  limits: list(
    open({
      ...limitStand,
      before: use,
      after: use,
      verdict: {
        enum: ['counted', 'bound', 'passed-over'],
        description: '`bound`: because of it less was granted than was aimed at, or nothing.'
      },
      obstacle: textOrNull,
      because: textOrNull
    })
  ),
  plausible: {
    ...open({ unit, reported: count, most: count }),
    type: ['object', 'null'],
    description:
      'The most that the line can have carried; null: nobody knows, or nothing was reported.'
  },
  grant: {
    ...open({
      unit,
      wanted: count,
      basis: { enum: ['asked', 'first', 'rate', 'share'] },
      because: text,
      granted: count,
      limited: { type: 'boolean' },
      final: { type: 'boolean' },
      price: textOrNull,
      change: { ...open({ at: instant, price: text }), type: ['object', 'null'] },
      draws: list(open({ from: text, bucket: textOrNull, units: count, amount: money }))
    }),
    type: ['object', 'null']
  }
})

const requestPlayed = open({
  at: instant,
  do: text,
  session: textOrNull,
  number: { type: ['integer', 'null'] },
  outcome: text,
  detail: textOrNull,
  debited: money,
  wallet: open({ before: holding, after: holding }),
  buckets: list(
    open({
      bucket: text,
      offer: text,
      allowance: text,
      line: textOrNull,
      unit,
      validUntil: { type: ['string', 'null'], format: 'date-time' },
      before: unitsHeld,
      after: unitsHeld
    })
  ),
  positions: list(
    open({
      price: text,
      unitsBefore: count,
      unitsAfter: count,
      amountBefore: money,
      amountAfter: money
    })
  ),
  units: list(unitExplained),
  cdrs: list({ $ref: '#/components/schemas/Cdr' }),
  movements: list(
    open({ at: instant, type: text, amount: text, target: text, unit: text, reference: text })
  ),
  events: list(
    open({
      at: instant,
      type: text,
      line: textOrNull,
      subject: text,
      threshold: text,
      direction: { enum: ['up', 'down'] },
      status: text,
      used: quantity,
      amount: quantity,
      unit: text
    })
  ),
  orders: list(
    open({
      session: { ...textOrNull, description: 'null: every open session.' },
      action: text,
      cause: text,
      ratingGroup: { type: ['integer', 'null'] }
    })
  )
})

const accountRef: Schema = { $ref: '#/components/schemas/Account' }
const priceTerms: Schema = {
  type: 'object',
  additionalProperties: { ...terms, type: ['object', 'null'] },
  description:
    'Terms of every price that is named; null: in no version of the catalogue known here.'
}

export const simulationView = open({
  catalogue: text,
  currency: text,
  debited: { ...money, description: 'From the wallet by usage, over all steps.' },
  before: accountRef,
  steps: list(
    open({
      step: count,
      do: text,
      at: instant,
      used: { ...open({ unit, units: count }), type: ['object', 'null'] },
      debited: money,
      requests: list(requestPlayed),
      account: { ...accountRef, description: 'Of a `look` only.' }
    })
  ),
  after: accountRef,
  prices: priceTerms
})

const rerated = list(
  open({
    price: text,
    unit,
    terms: { ...terms, type: ['object', 'null'] },
    before: count,
    units: count,
    amount: money,
    rerated: { ...money, type: ['string', 'null'] }
  })
)
const limitHeld = open({ ...limitStand, used: quantity, reserved: quantity, held: quantity })
const stopHeld = open({
  bucket: text,
  line: { ...textOrNull, description: 'null: all lines share it.' },
  unit: quotaUnit,
  available: quantity
})
const agrees: Schema = {
  type: ['boolean', 'null'],
  description: 'Whether every amount is what its price gives; null: not every price is known here.'
}

export function explanationView(session: Schema, cdr: Schema): Schema {
  const required = {
    sessionId: text,
    open: {
      ...open({ session, limits: list(limitHeld), stops: list(stopHeld), prices: rerated, agrees }),
      type: ['object', 'null']
    },
    cdrs: list(open({ cdr, prices: rerated, agrees }))
  }
  return withSome(required, { subSessionId })
}

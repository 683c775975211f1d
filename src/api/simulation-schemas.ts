/** Schemas of dry runs and explanations. */
import {
  accountIdPattern,
  amountIn,
  closed,
  count,
  digits,
  instant,
  lineIn,
  list,
  money,
  offerIn,
  open,
  type Schema,
  text,
  textOrNull,
  unit
} from './schema-parts.ts'

const instantIn: Schema = {
  type: 'string',
  pattern:
    '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})$',
  description: 'An instant with its offset (RFC 3339).',
  examples: ['2026-11-21T12:00:00Z']
}
const unitsIn: Schema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
const ratingGroup: Schema = { type: 'integer', minimum: 0, maximum: 4_294_967_295 }
const serviceIn: Schema = {
  type: 'string',
  minLength: 1,
  maxLength: 40,
  description: '`data`, `voice`, `sms`, or a service of the catalogue.',
  examples: ['data']
}
const identifiers: Schema = { type: 'array', items: ratingGroup, maxItems: 64 }
const address: Schema = { type: 'string', minLength: 1, maxLength: 256 }

const facts: Schema = {
  ...closed(
    {
      plmn: {
        type: 'string',
        pattern: '^[0-9]{5,6}$',
        description: 'Serving network, MCC and MNC.',
        examples: ['26201']
      },
      apn: address,
      rat: { type: 'integer', minimum: 0, maximum: 255, description: '3GPP-RAT-Type.' },
      calledParty: {
        ...address,
        description: 'As a network sends it: `tel:+49…`, SIP URI, digits.'
      },
      callingParty: address,
      roleOfNode: { type: 'integer', minimum: 0, maximum: 3 },
      location: address,
      timeZone: address
    },
    []
  ),
  description: 'What the network says of the circumstances.'
}

const usageIn = closed(
  {
    service: serviceIn,
    ratingGroup,
    serviceIdentifiers: identifiers,
    used: {
      ...closed(
        {
          octets: unitsIn,
          inputOctets: unitsIn,
          outputOctets: unitsIn,
          seconds: unitsIn,
          messages: unitsIn
        },
        []
      ),
      description: 'Usage since the last report.'
    },
    asked: {
      ...closed({ octets: unitsIn, seconds: unitsIn, messages: unitsIn }, []),
      description: 'Units asked for; empty: the server chooses; left out: none are asked for.'
    }
  },
  []
)

const step = closed(
  {
    do: {
      type: 'string',
      enum: [
        'use',
        'initial',
        'update',
        'termination',
        'event',
        'top-up',
        'subscribe',
        'block',
        'unblock',
        'look'
      ],
      description:
        '`use` is a whole session of one service; `initial`, `update`, `termination` and `event` are ' +
        'single requests of the network; `look` shows the account.'
    },
    at: instantIn,
    after: {
      type: 'integer',
      minimum: 0,
      maximum: 316_224_000,
      description: 'Seconds after the step before; not together with `at`.'
    },
    line: {
      type: 'string',
      pattern: digits,
      description: 'MSISDN or IMSI; the first line unless given.'
    },
    session: {
      type: 'string',
      minLength: 1,
      maxLength: 512,
      description: 'Session id, also one that is open on the account; made up unless given.'
    },
    number: { ...ratingGroup, description: 'CC-Request-Number; counted unless given.' },
    context: { type: 'string', pattern: '^[0-9]{5}$', examples: ['32251'] },
    service: serviceIn,
    ratingGroup,
    serviceIdentifiers: identifiers,
    facts,
    units: {
      ...unitsIn,
      minimum: 1,
      description: 'Of a `use` or an event: so many octets, seconds or messages.'
    },
    reports: {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      description: 'Of a `use`: how many reports the usage is split into; 1 unless given.'
    },
    usages: { type: 'array', items: usageIn, maxItems: 64 },
    amount: { ...amountIn, description: 'Of a `top-up`.' },
    offer: offerIn,
    reason: { type: 'string', minLength: 1, maxLength: 512 }
  },
  ['do']
)

export const newSimulation = closed(
  {
    account: {
      type: 'string',
      pattern: accountIdPattern,
      description: 'An account as it stands; or leave it out and give `offers`.'
    },
    offers: { type: 'array', items: offerIn, minItems: 1, maxItems: 64, uniqueItems: true },
    topUp: {
      ...amountIn,
      description: 'What the made-up wallet begins with; 1000.00 unless given.'
    },
    lines: { type: 'array', items: lineIn, minItems: 1, maxItems: 100 },
    start: { ...instantIn, description: 'When the first step happens; now unless given.' },
    steps: { type: 'array', items: step, minItems: 1, maxItems: 200 }
  },
  ['steps']
)

const holding = open({ available: money, reserved: money })
const unitsHeld: Schema = {
  ...open({ available: count, reserved: count }),
  type: ['object', 'null']
}
const terms: Schema = {
  type: 'object',
  properties: { model: text, price: money, per: count, step: count, minimum: count, setUp: money },
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

const unitExplained = open({
  ratingGroup: { type: ['integer', 'null'] },
  service: textOrNull,
  unit: { ...unit, type: ['string', 'null'], enum: ['octets', 'seconds', 'messages', null] },
  zone: textOrNull,
  destination: textOrNull,
  emergency: { type: 'boolean' },
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
      available: count,
      verdict: { enum: ['drawable', 'passed-over'] },
      obstacle: textOrNull,
      because: textOrNull
    })
  ),
  grant: {
    ...open({
      unit,
      wanted: count,
      basis: { enum: ['asked', 'first', 'rate'] },
      because: text,
      granted: count,
      limited: { type: 'boolean' },
      final: { type: 'boolean' },
      price: textOrNull,
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
const agrees: Schema = {
  type: ['boolean', 'null'],
  description: 'Whether every amount is what its price gives; null: not every price is known here.'
}

export function explanationView(session: Schema, cdr: Schema): Schema {
  return open({
    sessionId: text,
    open: { ...open({ session, prices: rerated, agrees }), type: ['object', 'null'] },
    cdrs: list(open({ cdr, prices: rerated, agrees }))
  })
}

/** Closed JSON Schemas of the files of a catalogue. `description` completes "must be …" in messages. */

const id = {
  type: 'string',
  pattern: '^[a-z][a-z0-9-]{0,39}$',
  description: 'an identifier: lower-case letters, digits and hyphens, at most 40, a letter first'
}
const money = {
  type: 'string',
  pattern: '^[0-9]{1,10}([.][0-9]{1,6})?$',
  description: 'an amount of money in quotes with at most six decimals, such as "0.01"'
}
const amount = {
  type: ['string', 'integer'],
  description: 'an amount with its unit, such as 10 MB or 60 s, or a whole number of messages'
}
const whole = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum })
const ids = { type: 'array', items: id, minItems: 1, uniqueItems: true }
const ratingGroup = whole(0, 4_294_967_295)
const day = 86_400

function digits(range: string, description: string) {
  return { type: 'string', pattern: `^[0-9]${range}$`, description: `${description}, in quotes` }
}

function closed(properties: object, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter(key => !optional.includes(key))
  return { type: 'object', properties, required, additionalProperties: false }
}

function list(items: object, minItems = 1) {
  return { type: 'array', items, minItems, uniqueItems: true }
}

const size = closed({ initial: amount, min: amount, max: amount })

const quota = closed(
  {
    validity: whole(1, 7 * day),
    tcc: whole(1, 14 * day),
    'rate-after': whole(0, day),
    target: whole(1, day),
    threshold: whole(0, 99),
    sizes: closed({ octets: size, seconds: size, messages: size })
  },
  ['tcc']
)

const catalogue = closed(
  {
    currency: {
      type: 'string',
      pattern: '^[A-Z]{3}$',
      description: 'an ISO 4217 code, such as EUR'
    },
    'time-zone': {
      type: 'string',
      pattern: '^[A-Z][A-Za-z0-9_+/-]+$',
      description: 'an IANA time zone, such as Europe/Berlin'
    },
    'country-code': {
      type: 'string',
      pattern: '^[1-9][0-9]{0,2}$',
      description: 'a country code without plus or zeros in quotes, such as "49"'
    },
    emergency: list(digits('{2,9}', 'an emergency number as dialled'), 0),
    'unnamed-refunds': { type: 'boolean' },
    quota
  },
  ['unnamed-refunds']
)

const context = {
  type: 'string',
  pattern: '^([0-9]{5}|[A-Za-z0-9_.*-]{1,60}@[A-Za-z0-9_.*-]{1,60})$',
  description:
    'the number of a charging specification such as "32251", or a Service-Context-Id such as "*@example.com"'
}

const match = {
  zones: ids,
  destinations: ids,
  legs: list({ enum: ['originating', 'terminating', 'forwarding'] })
}

const services = closed(
  {
    services: list(
      closed(
        {
          service: id,
          unit: { enum: ['octets', 'seconds', 'messages'] },
          destinations: { type: 'boolean' },
          'with-video': id,
          contexts: list(context),
          'rating-groups': list(ratingGroup)
        },
        ['destinations', 'with-video', 'contexts']
      )
    ),
    contexts: {
      type: 'object',
      propertyNames: context,
      additionalProperties: ratingGroup
    },
    free: list(closed({ service: id, ...match }, Object.keys(match)))
  },
  ['free']
)

const zones = closed({
  home: id,
  other: id,
  zones: list(
    closed(
      {
        zone: id,
        networks: list(digits('{5,6}', 'MCC and MNC, five or six digits')),
        countries: list(digits('{3}', 'an MCC, three digits'))
      },
      ['networks', 'countries']
    )
  )
})

const prefix = {
  type: 'string',
  pattern: '^[1-9][0-9]{0,14}$',
  description: 'international digits without plus or zeros before them, in quotes, such as "44"'
}

const destinations = closed({
  other: id,
  destinations: list(
    closed(
      {
        destination: id,
        prefixes: list(prefix),
        numbers: list({
          type: 'string',
          pattern: '^[0-9*#]{2,9}$',
          description: 'a service number as dialled, two to nine digits, in quotes'
        }),
        'routing-numbers': list({
          type: 'string',
          pattern: '^[0-9A-F]{1,15}$',
          description: 'the beginning of a routing number, digits and A to F, in quotes'
        })
      },
      ['prefixes', 'numbers', 'routing-numbers']
    )
  )
})

const allowance = closed(
  {
    allowance: id,
    services: ids,
    ...match,
    amount,
    period: {
      type: 'string',
      pattern: '^(calendar-month|unlimited|[1-9][0-9]{0,3} days?)$',
      description: 'calendar-month, unlimited, or a number of days such as 30 days'
    },
    renews: { type: 'boolean' },
    sharing: { enum: ['account', 'line'] },
    priority: whole(0, 1000)
  },
  ['zones', 'destinations', 'legs', 'renews', 'sharing', 'priority']
)

const priceKeys = {
  free: { const: true },
  blocked: { const: true },
  price: money,
  per: amount,
  step: amount,
  minimum: amount,
  'set-up': money
}

const rule = closed({ rule: id, service: id, ...match, ...priceKeys }, [
  ...Object.keys(match),
  ...Object.keys(priceKeys)
])

const offer = closed(
  {
    offer: id,
    kind: { enum: ['base', 'addon'] },
    name: { type: 'string', minLength: 1, maxLength: 80 },
    fee: money,
    'credit-limit': money,
    allowances: { type: 'array', items: allowance },
    prices: { type: 'array', items: rule },
    'prices-of': id
  },
  ['fee', 'credit-limit', 'allowances', 'prices', 'prices-of']
)

const prefixes = { type: 'array', items: closed({ prefix, destination: id }) }

/** The schema of each kind of file. */
export const schemas = { catalogue, services, zones, destinations, prefixes, offers: offer }

export type Part = keyof typeof schemas

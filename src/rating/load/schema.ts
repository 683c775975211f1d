/** Closed JSON Schemas of the files of a catalogue. `description` completes "must be …" in messages. */
import { allowanceSchemas, period } from './schema-allowances.ts'
import { amount, closed, digits, id, ids, list, money, whole } from './schema-parts.ts'
import { match, rule } from './schema-prices.ts'
import { localTime, sale } from './schema-sale.ts'

const ratingGroup = whole(0, 4_294_967_295)
const day = 86_400

const size = closed({ initial: amount, min: amount, max: amount })

/** Trigger-Type 870 by the names that a catalogue uses (TS 32.299 7.2). */
export const triggerTypes = {
  'sgsn-address': 1,
  qos: 2,
  location: 3,
  rat: 4,
  'ue-time-zone': 5,
  mcc: 30,
  mnc: 31,
  rac: 32,
  lac: 33,
  'cell-id': 34,
  tac: 35,
  ecgi: 36,
  'serving-node': 61
} as const

const quota = closed(
  {
    validity: whole(1, 7 * day),
    'validity-jitter': whole(0, 50),
    'fair-share': { type: 'boolean' },
    tcc: whole(1, 14 * day),
    'rate-after': whole(0, day),
    target: whole(1, day),
    threshold: whole(0, 99),
    sizes: closed({ octets: size, seconds: size, messages: size }),
    'holding-time': whole(0, 7 * day),
    'consumption-time': whole(1, day),
    triggers: list({ enum: Object.keys(triggerTypes) }, 0),
    'final-units': id,
    'low-balance': money,
    'line-rate': amount,
    pools: list(closed({ pool: whole(0, 4_294_967_295), services: ids }))
  },
  [
    ...['tcc', 'validity-jitter', 'fair-share', 'holding-time', 'consumption-time'],
    ...['triggers', 'final-units', 'low-balance', 'line-rate', 'pools']
  ]
)

const timeOfDay = {
  type: 'string',
  pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
  description: 'a time of day in quotes, from "00:00" to "24:00"'
}

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'holiday', 'every-day']

const dates = {
  type: 'string',
  pattern: '^([0-9]{4}-)?[0-9]{2}-[0-9]{2}( to ([0-9]{4}-)?[0-9]{2}-[0-9]{2})?$',
  description:
    'a day such as "2026-12-24" or, each year, "12-24"; or from one to another, such as "12-24 to 12-26"'
}

const calendar = closed(
  {
    holidays: list({
      type: 'string',
      pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
      description: 'a day in quotes, such as "2026-12-25"'
    }),
    bands: list(
      closed({
        band: id,
        windows: list(
          closed(
            { days: list({ enum: days }), dates: list(dates), from: timeOfDay, until: timeOfDay },
            ['days', 'dates']
          )
        )
      })
    )
  },
  ['holidays']
)

const finalUnits = closed(
  {
    id,
    action: { enum: ['terminate', 'redirect', 'restrict'] },
    redirect: {
      type: 'string',
      pattern: '^[!-~]{1,1024}$',
      description: 'an IP address, a SIP URI or a URL in quotes, such as "https://pay.example.com/"'
    },
    filters: list({
      type: 'string',
      pattern: '^(permit|deny) (in|out) [ -~]+$',
      description: 'an IPFilterRule such as "permit out ip from 192.0.2.1 to assigned"'
    }),
    'filter-ids': list({
      type: 'string',
      pattern: '^[ -~]{1,253}$',
      description: 'the name of a filter that the client knows'
    }),
    retry: whole(1, 7 * day)
  },
  ['redirect', 'filters', 'filter-ids', 'retry']
)

const currency = {
  type: 'string',
  pattern: '^[A-Z]{3}$',
  description: 'an ISO 4217 code, such as EUR'
}

const tax = { enum: ['inclusive', 'exclusive'] }

const partialRecordMembers = {
  'charging-characteristics': match['charging-characteristics'],
  time: whole(1, 31 * day),
  volume: amount,
  parts: whole(1, 10_000),
  changes: list({ enum: ['plmn', 'rat', 'time-zone', 'tariff'] })
}
const partialRecords = closed(partialRecordMembers, Object.keys(partialRecordMembers))

const catalogue = closed(
  {
    currency,
    'minor-digits': whole(0, 6),
    tax,
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
    'effective-from': localTime,
    emergency: list(digits('{2,9}', 'an emergency number as dialled'), 0),
    'unnamed-refunds': { type: 'boolean' },
    quota,
    calendar,
    'final-units': list(finalUnits),
    'partial-records': list(partialRecords)
  },
  [
    'effective-from',
    'minor-digits',
    'tax',
    'unnamed-refunds',
    'calendar',
    'final-units',
    'partial-records'
  ]
)

const context = {
  type: 'string',
  pattern: '^([0-9]{5}|[A-Za-z0-9_.*-]{1,60}@[A-Za-z0-9_.*-]{1,60})$',
  description:
    'the number of a charging specification such as "32251", or a Service-Context-Id such as "*@example.com"'
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

const { allowance, limit } = allowanceSchemas(match)

const offer = closed(
  {
    offer: id,
    kind: { enum: ['base', 'addon'] },
    name: { type: 'string', minLength: 1, maxLength: 80 },
    currency,
    tax,
    fee: money,
    'fee-every': period,
    'credit-limit': money,
    overdraft: money,
    'final-units': id,
    ...sale,
    allowances: { type: 'array', items: allowance },
    limits: list(limit),
    prices: { type: 'array', items: rule },
    'prices-of': id
  },
  [
    'currency',
    'tax',
    'fee',
    'fee-every',
    'credit-limit',
    'overdraft',
    'final-units',
    ...Object.keys(sale),
    'allowances',
    'limits',
    'prices',
    'prices-of'
  ]
)

const tables = {
  type: 'array',
  items: closed({
    table: id,
    columns: { type: 'array', items: { type: 'string' }, minItems: 1 },
    rows: { type: 'array', items: { type: 'array', items: { type: 'string' } } }
  })
}

const prefixes = { type: 'array', items: closed({ prefix, destination: id }) }

/** The schema of each kind of file. */
export const schemas = { catalogue, services, zones, destinations, prefixes, offers: offer, tables }

export type Part = keyof typeof schemas

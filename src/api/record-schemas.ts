/** Schemas of sessions and CDRs, as the API answers them. */
import {
  count,
  instant,
  list,
  money,
  open,
  quotaUnit,
  type Schema,
  subSessionId,
  text,
  textOrNull,
  traceId,
  withSome
} from './schema-parts.ts'

/** In a CDR: below zero for what a refund gave back. */
const net: Schema = { type: 'integer' }

const services = list(
  open({
    ratingGroup: { type: 'integer' },
    serviceIdentifiers: list({ type: 'integer' }),
    used: open({
      octets: count,
      inputOctets: count,
      outputOctets: count,
      seconds: count,
      messages: count
    }),
    granted: {
      ...open({ unit: quotaUnit, units: count, final: { type: 'boolean' }, at: instant }),
      type: ['object', 'null']
    }
  })
)

export const sessionView = withSome(
  {
    sessionId: text,
    traceId,
    accountId: text,
    msisdn: textOrNull,
    imsi: textOrNull,
    startedAt: instant,
    lastAt: instant,
    expiresAt: instant,
    context: text,
    originHost: text,
    amount: { ...money, description: 'Debited by the session so far.' },
    services
  },
  { subSessionId }
)

export const cdrView = withSome(
  {
    sessionId: text,
    number: count,
    traceId,
    accountId: text,
    msisdn: textOrNull,
    imsi: textOrNull,
    context: text,
    originHost: text,
    startedAt: instant,
    endedAt: instant,
    amount: {
      ...money,
      description: 'Debited from the wallet by the usage in this record; below zero for a refund.'
    },
    currency: text,
    catalogue: { ...text, description: 'Version of the catalogue in force when it was recorded.' },
    offers: { ...list(text), description: 'Offers of the account then.' },
    closingCause: {
      type: 'string',
      description: 'One of the last seven: the session goes on, and this is a partial record.',
      enum: [
        'normalRelease',
        'abnormalRelease',
        'managementIntervention',
        'partialRecord',
        'volumeLimit',
        'timeLimit',
        'maxChangeCond',
        'rATChange',
        'mSTimeZoneChange',
        'sGSNPLMNIDChange'
      ]
    },
    flags: list(text),
    octets: net,
    inputOctets: net,
    outputOctets: net,
    seconds: net,
    messages: net,
    parts: list(
      withSome(
        {
          ratingGroup: { type: 'integer' },
          serviceIdentifiers: list({ type: 'integer' }),
          price: textOrNull,
          bucket: textOrNull,
          zone: text,
          unit: quotaUnit,
          units: net,
          amount: money,
          before: count,
          suspense: { type: 'boolean' }
        },
        {
          period: {
            ...instant,
            description: 'Where the price counts in a period: when that began.'
          },
          tax: {
            type: 'string',
            enum: ['inclusive', 'exclusive'],
            description: 'Whether the amount has its tax in it, where the catalogue says so.'
          }
        }
      )
    ),
    facts: { type: 'object' }
  },
  {
    subSessionId,
    openedAt: {
      ...instant,
      description:
        'Behind a partial record: when this one began. With the session, when it is not there.'
    },
    chargingInformation: {
      type: 'object',
      description:
        'Of a session or event of Nchf: its charging information blocks by name (TS 32.291).'
    }
  }
)

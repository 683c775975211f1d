/** Schema of the body of POST /v1/simulate. */
import { ratTypes } from '../domain/rat-types.ts'
import {
  accountIdPattern,
  amountIn,
  closed,
  digits,
  lineIn,
  offerIn,
  type Schema
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
      rat: {
        type: ['integer', 'string'],
        minimum: 0,
        maximum: 255,
        pattern: `^(${Object.keys(ratTypes).join('|')})$`,
        description: '3GPP-RAT-Type, or the word that a catalogue has for it.',
        examples: ['nr', 10]
      },
      qci: { type: 'integer', minimum: 1, maximum: 255, description: 'QoS-Class-Identifier.' },
      fiveQi: { type: 'integer', minimum: 1, maximum: 255, description: '5QI.' },
      slice: {
        type: 'string',
        pattern: '^[0-9]{1,3}(-[0-9A-Fa-f]{6})?$',
        description: 'S-NSSAI as sst or sst-sd.',
        examples: ['1', '1-00000a']
      },
      chargingCharacteristics: { type: 'string', pattern: '^[0-9A-Fa-f]{4}$' },
      calledParty: {
        ...address,
        description: 'As a network sends it: `tel:+49…`, SIP URI, digits.'
      },
      callingParty: address,
      leg: { type: 'string', enum: ['originating', 'terminating', 'forwarding'] },
      routingNumber: address,
      video: { type: 'boolean', enum: [true] },
      emergency: { type: 'boolean', enum: [true] },
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
      description:
        'MSISDN or IMSI; the first line unless given. Of a `subscribe`: the line that it is for alone; the account unless given.'
    },
    session: {
      type: 'string',
      minLength: 1,
      maxLength: 512,
      description: 'Session id, also one that is open on the account; made up unless given.'
    },
    number: { ...ratingGroup, description: 'CC-Request-Number; counted unless given.' },
    context: { type: 'string', minLength: 1, maxLength: 128, examples: ['32251'] },
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
    replaces: {
      ...offerIn,
      description: 'Of a `subscribe`: the offer, or subscription, that ends at once.'
    },
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

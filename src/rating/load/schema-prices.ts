/** The schemas of what a rule is for, and of what it costs. */
import { ratTypes } from '../../domain/rat-types.ts'
import { amount, closed, id, ids, list, money, whole } from './schema-parts.ts'

/** What rules, allowances and free services may be for; all of it is optional. */
export const match = {
  zones: ids,
  destinations: ids,
  legs: list({ enum: ['originating', 'terminating', 'forwarding'] }),
  apns: list({
    type: 'string',
    pattern: '^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$',
    description: 'an access point (APN or DNN), such as internet'
  }),
  slices: list({
    type: 'string',
    pattern: '^[0-9]{1,3}(-[0-9A-Fa-f]{6})?$',
    description: 'a slice as sst or sst-sd in quotes, such as "1" or "1-00000a"'
  }),
  rats: list({ enum: Object.keys(ratTypes) }),
  qos: list(whole(1, 255)),
  'service-identifiers': list(whole(0, 4_294_967_295)),
  'charging-characteristics': list({
    type: 'string',
    pattern: '^[0-9A-Fa-f]{4}$',
    description: 'charging characteristics, four hexadecimal digits in quotes, such as "0800"'
  })
}

const tier = closed({ 'up-to': amount, price: money }, ['up-to'])

const priceKeys = {
  times: ids,
  free: { const: true },
  unmetered: { const: true },
  blocked: { const: true },
  price: money,
  per: amount,
  step: amount,
  minimum: amount,
  intervals: {
    type: 'string',
    pattern: '^[0-9]{1,5}/[1-9][0-9]{0,4}$',
    description: 'the first interval and the next ones in seconds, such as "60/1"'
  },
  'set-up': money,
  flat: money,
  package: closed({ size: amount, price: money }),
  tiers: { type: 'array', items: tier, minItems: 2 },
  tiering: { enum: ['graduated', 'volume'] },
  stairs: { type: 'array', items: tier, minItems: 2 },
  over: { enum: ['session', 'day', 'calendar-month'] },
  counted: { enum: ['line', 'account'] },
  'mark-up': {
    type: 'string',
    pattern: '^[+-]?[0-9]{1,4}([.][0-9]{1,2})? ?%$',
    description: 'a percentage in quotes, such as "20 %" or "-10 %"'
  },
  of: {
    type: 'string',
    pattern: '^(\\*|([a-z][a-z0-9-]{0,39}/)?[a-z][a-z0-9-]{0,39})$',
    description:
      'a rule of this offer, or of another one as offer/rule, or in an add-on "*" for any price'
  },
  table: id,
  priority: whole(0, 1000)
}

export const rule = closed({ rule: id, service: id, ...match, ...priceKeys }, [
  'service',
  ...Object.keys(match),
  ...Object.keys(priceKeys)
])

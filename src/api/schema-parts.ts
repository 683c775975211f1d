/** What the schemas of the HTTP API are built of. */
export type Schema = Readonly<Record<string, unknown>>

/** Text that is safe in paths, logs and keys of every store. */
export const accountIdPattern = '^[A-Za-z0-9._:@-]{1,128}$'
export const digits = '^[0-9]{5,15}$'
export const amount = '^(?=.*[1-9])[0-9]{1,10}([.][0-9]{1,6})?$'

export const money: Schema = {
  type: 'string',
  pattern: '^-?[0-9]+[.][0-9]{6}$',
  examples: ['99.123456']
}
export const instant: Schema = { type: 'string', format: 'date-time' }
export const instantOrNull: Schema = { type: ['string', 'null'], format: 'date-time' }
export const text: Schema = { type: 'string' }
export const textOrNull: Schema = { type: ['string', 'null'] }
export const count: Schema = { type: 'integer', minimum: 0 }
export const quotaUnit: Schema = {
  type: 'string',
  enum: ['octets', 'seconds', 'messages', 'money']
}
/** Money is text with six decimals. */
export const quantity: Schema = { type: ['integer', 'string'], pattern: '^-?[0-9]+[.][0-9]{6}$' }
export const unit: Schema = { type: 'string', enum: ['octets', 'seconds', 'messages'] }
export const amountIn: Schema = {
  type: 'string',
  pattern: amount,
  description: 'A positive amount of the major unit, at most six decimals.',
  examples: ['20.00']
}
export const offerIn: Schema = { type: 'string', minLength: 1, maxLength: 128 }

export const subSessionId: Schema = {
  type: 'string',
  description: 'CC-Sub-Session-Id of a sub-session, in decimal digits.'
}

export const traceIdPattern = '^[0-9a-f]{32}$'
export const traceId: Schema = {
  type: 'string',
  pattern: traceIdPattern,
  description:
    'Of the session: trace-id of the traceparent (W3C Trace Context) that its consumer sent with the first request; ' +
    'without one the first 32 hexadecimal digits of SHA-256 of the session id, with `;sub=` and the sub-session behind it.'
}

/** An object of a request: nothing but these members. */
export function closed(properties: Record<string, Schema>, required: readonly string[]): Schema {
  return { type: 'object', additionalProperties: false, properties, required }
}

/** An object of an answer: all these members, and perhaps more in a newer version. */
export function open(properties: Record<string, Schema>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) }
}

/** Members that are always there, and some that may be. */
export function withSome(properties: Record<string, Schema>, some: Record<string, Schema>): Schema {
  return { ...open(properties), properties: { ...properties, ...some } }
}

export function list(items: Schema): Schema {
  return { type: 'array', items }
}

export function page(items: Schema): Schema {
  return open({
    items: list(items),
    next: { ...textOrNull, description: 'The path of the next page; null: this is the last one.' }
  })
}

export const lineIn: Schema = {
  ...closed(
    {
      msisdn: { type: 'string', pattern: digits, description: 'Digits without plus.' },
      imsi: { type: 'string', pattern: digits },
      tenant: {
        type: 'string',
        pattern: accountIdPattern,
        description: 'tenantIdentifier of a customer who manages slices (TS 28.202).'
      },
      offers: {
        type: 'array',
        items: offerIn,
        maxItems: 16,
        uniqueItems: true,
        description: "Of this line alone; a base offer takes the place of the account's for it."
      }
    },
    []
  ),
  anyOf: [{ required: ['msisdn'] }, { required: ['imsi'] }, { required: ['tenant'] }]
}

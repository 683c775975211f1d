/** What the schemas of several files are made of. */

export const id = {
  type: 'string',
  pattern: '^[a-z][a-z0-9-]{0,39}$',
  description: 'an identifier: lower-case letters, digits and hyphens, at most 40, a letter first'
}
export const money = {
  type: 'string',
  pattern: '^[0-9]{1,10}([.][0-9]{1,6})?$',
  description: 'an amount of money in quotes with at most six decimals, such as "0.01"'
}
export const amount = {
  type: ['string', 'integer'],
  description: 'an amount with its unit, such as 10 MB or 60 s, or a whole number of messages'
}
export const whole = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum })
export const ids = { type: 'array', items: id, minItems: 1, uniqueItems: true }

export function digits(range: string, description: string) {
  return { type: 'string', pattern: `^[0-9]${range}$`, description: `${description}, in quotes` }
}

export function closed(properties: object, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter(key => !optional.includes(key))
  return { type: 'object', properties, required, additionalProperties: false }
}

export function list(items: object, minItems = 1) {
  return { type: 'array', items, minItems, uniqueItems: true }
}

/** The keys of an offer that say to whom and when it is sold, and what happens when it replaces another one. */

const id = {
  type: 'string',
  pattern: '^[a-z][a-z0-9-]{0,39}$',
  description: 'the identifier of an offer'
}
const ids = { type: 'array', items: id, minItems: 1, uniqueItems: true }

export const localTime = {
  type: 'string',
  pattern: '^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]$',
  description: 'a local time in quotes, such as "2027-01-01T00:00:00"'
}

/** All of them may be left out. */
export const sale = {
  'sold-from': localTime,
  'sold-until': localTime,
  requires: ids,
  excludes: ids,
  'on-change': { enum: ['carry', 'reset', 'prorate'] }
}

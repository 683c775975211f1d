/** The schemas of what an offer gives, and of what it bounds. */
import { amount, closed, id, ids, list, money, whole } from './schema-parts.ts'

export const period = {
  type: 'string',
  pattern: '^(calendar-month|anniversary|week|day|unlimited|[1-9][0-9]{0,3} days?)$',
  description:
    'calendar-month, anniversary, week, day, unlimited, or a number of days such as 30 days'
}

const thresholds = list(
  closed(
    {
      at: {
        type: ['string', 'integer'],
        description: 'a share such as 80 %, an amount with its unit, or money in quotes'
      },
      status: id,
      tell: { enum: ['up', 'down', 'both'] }
    },
    ['status', 'tell']
  )
)

/** `match`: the keys that say what they apply to, all of them optional. */
export function allowanceSchemas(match: object) {
  const allowanceOptions = {
    ...match,
    times: ids,
    amount,
    money,
    renews: { type: 'boolean' },
    sharing: { enum: ['account', 'line'] },
    priority: whole(0, 1000),
    rollover: closed(
      {
        max: amount,
        for: {
          type: 'string',
          pattern: '^[1-9][0-9]{0,3} days?$',
          description: 'a number of days such as 30 days'
        }
      },
      ['max', 'for']
    ),
    'used-up': { enum: ['prices', 'stop'] },
    'final-units': id,
    thresholds
  }

  const allowance = closed(
    { allowance: id, services: ids, period, ...allowanceOptions },
    Object.keys(allowanceOptions)
  )

  const limitOptions = {
    ...match,
    amount,
    money,
    counts: { enum: ['units', 'money'] },
    sharing: { enum: ['account', 'line'] },
    action: { enum: ['stop', 'tell'] },
    settable: { type: 'boolean' },
    passable: { type: 'boolean' },
    'final-units': id,
    thresholds
  }

  const limit = closed(
    { limit: id, services: ids, period, ...limitOptions },
    Object.keys(limitOptions)
  )

  return { allowance, limit }
}

/** The schema of an account as the HTTP API shows it. */
import {
  count,
  instant,
  instantOrNull,
  list,
  money,
  open,
  quantity,
  quotaUnit,
  text,
  textOrNull
} from './schema-parts.ts'

export const accountView = open({
  id: text,
  status: { type: 'string', enum: ['active', 'blocked'] },
  blockReason: textOrNull,
  createdAt: instant,
  openSessions: count,
  wallet: open({
    available: { ...money, description: 'Without what is reserved; may be below zero.' },
    reserved: money,
    currency: text,
    badDebt: { ...money, description: 'Used beyond the overdraft, and given up.' }
  }),
  buckets: list(
    open({
      id: text,
      offer: text,
      allowance: text,
      subscription: text,
      line: { ...textOrNull, description: 'The line whose own bucket it is; null: shared.' },
      unit: quotaUnit,
      total: quantity,
      available: { ...quantity, description: 'Without what is reserved.' },
      reserved: quantity,
      validFrom: instant,
      validUntil: instantOrNull
    })
  ),
  limits: list(
    open({
      limit: text,
      offer: text,
      subscription: text,
      line: { ...textOrNull, description: 'The line that it is for; null: shared.' },
      unit: quotaUnit,
      amount: {
        ...quantity,
        type: ['integer', 'string', 'null'],
        description: 'null: it is only counted.'
      },
      used: quantity,
      reserved: quantity,
      beyond: { type: 'string', enum: ['no', 'period', 'always'] },
      validFrom: instant,
      validUntil: instantOrNull
    })
  ),
  policyCounters: list(
    open({
      counter: { ...text, description: 'Offer and limit, or offer and allowance.' },
      line: textOrNull,
      status: text
    })
  ),
  lines: list(open({ id: text, msisdn: textOrNull, imsi: textOrNull })),
  subscriptions: list(
    open({
      id: text,
      offer: text,
      line: { ...textOrNull, description: 'The line that it is for alone; null: the account.' },
      since: instant,
      paidUntil: { ...instantOrNull, description: 'Of an offer with a fee for each period.' },
      suspendedAt: { ...instantOrNull, description: 'Its fee could not be paid then.' }
    })
  )
})

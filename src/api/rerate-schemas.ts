/** Schemas of re-rating. */
import {
  closed,
  count,
  instant,
  list,
  money,
  offerIn,
  open,
  text,
  textOrNull
} from './schema-parts.ts'

export const newRerating = closed(
  {
    from: {
      ...text,
      description: 'Sessions that began from this instant, such as 2026-11-01T00:00:00Z,'
    },
    until: { ...text, description: 'up to, and not including, this one.' },
    offer: { ...offerIn, description: 'Only of accounts that had this offer; all unless given.' },
    catalogue: {
      type: 'string',
      description:
        'Source of the catalogue to rate by, in canonical JSON; that in force unless given.'
    },
    apply: {
      type: 'boolean',
      description:
        'Adjust the wallets; once, however often it is asked for. Nothing is changed unless true.'
    }
  },
  ['from', 'until']
)

const sums = { cdrs: count, charged: money, rerated: money, difference: money }

export const reratingView = open({
  from: instant,
  until: instant,
  offer: textOrNull,
  catalogue: text,
  currency: text,
  sessions: count,
  changed: { ...count, description: 'CDRs that cost something else.' },
  unpriced: { ...count, description: 'Parts without a price there; they stay as they are.' },
  otherCurrency: { ...count, description: 'CDRs that are left out.' },
  all: open(sums),
  offers: list(open({ offer: text, ...sums })),
  accounts: {
    ...list(open({ accountId: text, msisdn: textOrNull, ...sums })),
    description: 'Those that change, the greatest change first.'
  },
  winners: { ...count, description: 'Accounts that pay less.' },
  unchanged: count,
  losers: { ...count, description: 'Accounts that pay more.' },
  changes: list(open({ share: text, accounts: count })),
  applied: {
    ...open({
      accounts: count,
      cdrs: count,
      amount: { ...money, description: 'Above zero for the subscribers.' },
      refused: list(open({ accountId: text, reason: text })),
      finished: { ...count, description: 'Movements of an earlier run that were finished first.' }
    }),
    type: ['object', 'null'],
    description: 'null: nothing was changed.'
  }
})

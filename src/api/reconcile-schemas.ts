/** Schemas of reconciliation. */
import { count, list, open, type Schema, text } from './schema-parts.ts'

const sum: Schema = { type: 'string', pattern: '^-?[0-9]+([.][0-9]{6})?$' }

export const reconciliationView = open({
  accounts: count,
  openSessions: count,
  cdrs: count,
  octets: sum,
  zeroRatedOctets: { ...sum, description: 'Of these, at a price that came to nothing.' },
  suspense: { ...count, description: 'CDRs with usage that no price was found for.' },
  wallets: {
    type: 'object',
    description: 'By currency.',
    additionalProperties: open({ ledger: sum, available: sum, reserved: sum, unrecorded: sum })
  },
  breaks: list(
    open({
      kind: {
        type: 'string',
        enum: ['numbers', 'usage', 'balance', 'behind', 'waiting', 'account']
      },
      accountId: text
    })
  )
})

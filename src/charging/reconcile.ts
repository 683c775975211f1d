/**
 * Whether an account's documents, its ledger and its CDRs say the same, at one number of its outbox.
 *
 *     available + reserved + consumed and not yet recorded = sum of the ledger    (wallet and each bucket)
 *     what a CDR took = its entries in the ledger
 *     every number of the outbox has been stored
 */
import type { ChargingSession } from '../domain/session.ts'
import type { AccountDocuments, AccountLedger, Break } from './reconciliation.ts'

export const emptyLedger: AccountLedger = {
  last: 0,
  deadLetters: 0,
  missing: [],
  missingCount: 0,
  targets: new Map(),
  mismatches: []
}

/** What does not agree. */
export function compareBooks(documents: AccountDocuments, ledger: AccountLedger): readonly Break[] {
  const { account } = documents
  const accountId = account.id
  const breaks: Break[] = []
  const { missing, missingCount: count } = ledger
  if (count > 0) breaks.push({ kind: 'numbers', accountId, missing, count })
  for (const mismatch of ledger.mismatches) breaks.push({ kind: 'usage', accountId, ...mismatch })
  const balances = balancesOf(documents)
  for (const target of new Set([...balances.keys(), ...ledger.targets.keys()])) {
    const { held, unrecorded, sessions } = balances.get(target) ?? nothing
    const booked = ledger.targets.get(target) ?? 0n
    const balance = held + unrecorded
    if (balance === booked) continue
    const record = account.records
    const sums = { ledger: booked, balance, unrecorded, sessions: [...sessions] }
    breaks.push({ kind: 'balance', accountId, record, target, ...sums })
  }
  return breaks
}

export interface Balance {
  /** Available and reserved. */
  held: bigint
  unrecorded: bigint
  readonly sessions: Set<string>
}

const nothing: Balance = { held: 0n, unrecorded: 0n, sessions: new Set() }

/** By target: `wallet`, or a bucket's id, which is the same on every line. */
export function balancesOf(documents: AccountDocuments): ReadonlyMap<string, Balance> {
  const balances = new Map<string, Balance>()
  const at = (target: string): Balance => {
    const found = balances.get(target) ?? { held: 0n, unrecorded: 0n, sessions: new Set() }
    balances.set(target, found)
    return found
  }
  const { account, lines, sessions } = documents
  at('wallet').held = BigInt(account.wallet.available) + BigInt(account.wallet.reserved)
  for (const { buckets } of [account, ...lines]) {
    for (const bucket of buckets) {
      at(bucket.id).held += BigInt(bucket.available) + BigInt(bucket.reserved)
    }
  }
  for (const session of sessions) {
    for (const [target, taken] of takenBy(session)) {
      const balance = at(target)
      balance.unrecorded += BigInt(taken)
      balance.sessions.add(session.id)
    }
  }
  return balances
}

/** What an open session has taken from which target since its last CDR. */
function takenBy({ services }: ChargingSession): [target: string, taken: number][] {
  return services
    .flatMap(({ parts }) => parts)
    .flatMap(({ bucket, units, amount }): [string, number][] =>
      // What a bucket of money pays is not taken from the wallet: its amount is below zero.
      bucket === ''
        ? [['wallet', amount]]
        : [
            [bucket, units],
            ['wallet', amount]
          ]
    )
    .filter(([, taken]) => taken !== 0)
}

/** A re-rating in words and numbers that a page, a table or JSON can show. */
import { formatMoney, type MicroUnits } from '../domain/money.ts'
import type { EpochMs } from '../domain/time.ts'
import type { AccountSums, Sums, Totals } from './totals.ts'

export interface SumsJson {
  readonly cdrs: number
  readonly charged: string
  readonly rerated: string
  /** Above zero: more than is charged now. */
  readonly difference: string
}

export interface AccountJson extends SumsJson {
  readonly accountId: string
  readonly msisdn: string | null
}

/** Accounts whose bill changes by so much, in percent of what is charged now. */
export interface ChangeJson {
  /** Such as `-5 % to 0 %`. */
  readonly share: string
  readonly accounts: number
}

export interface Summary {
  readonly from: string
  readonly until: string
  readonly offer: string | null
  /** Version of the catalogue that it was rated by. */
  readonly catalogue: string
  readonly currency: string
  readonly sessions: number
  readonly changed: number
  readonly unpriced: number
  readonly otherCurrency: number
  readonly all: SumsJson
  readonly offers: readonly (SumsJson & { readonly offer: string })[]
  /** Every account with another bill, the greatest change first. */
  readonly accounts: readonly AccountJson[]
  /** How many would pay less, the same, and more. */
  readonly winners: number
  readonly unchanged: number
  readonly losers: number
  readonly changes: readonly ChangeJson[]
}

interface Described {
  readonly from: EpochMs
  readonly until: EpochMs
  readonly offer: string | null
  readonly candidate: { readonly version: string; readonly currency: string }
}

export function summaryOf(wanted: Described, totals: Totals): Summary {
  const accounts = [...totals.accounts.values()]
  const changed = accounts.filter(account => differenceOf(account) !== 0)
  const size = (sums: Sums) => Math.abs(differenceOf(sums))
  changed.sort((a, b) => size(b) - size(a) || (a.accountId < b.accountId ? -1 : 1))
  const losers = changed.filter(account => differenceOf(account) > 0).length
  return {
    from: new Date(wanted.from).toISOString(),
    until: new Date(wanted.until).toISOString(),
    offer: wanted.offer,
    catalogue: wanted.candidate.version,
    currency: wanted.candidate.currency,
    sessions: totals.sessions,
    changed: totals.changed,
    unpriced: totals.unpriced,
    otherCurrency: totals.foreign,
    all: sumsJson(totals.all),
    offers: Array.from(totals.offers, ([offer, sums]) => ({ offer, ...sumsJson(sums) })).sort(
      (a, b) => (a.offer < b.offer ? -1 : 1)
    ),
    accounts: changed.map(accountJson),
    winners: changed.length - losers,
    unchanged: accounts.length - changed.length,
    losers,
    changes: changesOf(accounts)
  }
}

function accountJson({ accountId, msisdn, ...sums }: AccountSums): AccountJson {
  return { accountId, msisdn, ...sumsJson(sums) }
}

function sumsJson(sums: Sums): SumsJson {
  return {
    cdrs: sums.cdrs,
    charged: formatMoney(sums.charged),
    rerated: formatMoney(sums.rerated),
    difference: formatMoney(differenceOf(sums))
  }
}

function differenceOf({ charged, rerated }: Sums): MicroUnits {
  return rerated - charged
}

/** Upper ends of the classes, in percent; 0 itself is a class of its own. */
const edges = [-50, -20, -5, 0, 5, 20, 50]

function changesOf(accounts: readonly AccountSums[]): ChangeJson[] {
  const names = [
    'below -50 %',
    '-50 to -20 %',
    '-20 to -5 %',
    '-5 to 0 %',
    'same',
    '0 to 5 %',
    '5 to 20 %',
    '20 to 50 %',
    'above 50 %'
  ]
  const counts = names.map(() => 0)
  for (const account of accounts) {
    const index = classOf(account)
    counts[index] = (counts[index] ?? 0) + 1
  }
  return names.map((share, index) => ({ share, accounts: counts[index] ?? 0 }))
}

function classOf(account: AccountSums): number {
  const difference = differenceOf(account)
  if (difference === 0) return 4
  // From nothing to something is more than any share.
  if (account.charged === 0) return difference < 0 ? 0 : 8
  const share = (difference / Math.abs(account.charged)) * 100
  if (difference < 0) return edges.slice(0, 3).filter(edge => share >= edge).length
  return 5 + edges.slice(4).filter(edge => share > edge).length
}

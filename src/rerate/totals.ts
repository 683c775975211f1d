/** Sums of a re-rating: over all, by offer and by account. */

import type { CdrRerated } from '../charging/rerate/rerate.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { CdrRecord } from '../domain/record.ts'
import { emergencyPrice } from '../domain/session.ts'
import { add } from '../domain/units.ts'

export interface Sums {
  cdrs: number
  /** Charged now: as recorded, less what was adjusted already. */
  charged: MicroUnits
  /** What it would be by the candidate. */
  rerated: MicroUnits
}

export interface AccountSums extends Sums {
  readonly accountId: string
  /** Of the last CDR that had one; null: none had. */
  msisdn: string | null
}

export interface Totals {
  readonly all: Sums
  /** Sessions that were looked at. */
  sessions: number
  /** CDRs whose amount is another one. */
  changed: number
  /** CDRs in another currency than the candidate's; they are in no sum. */
  foreign: number
  /** Parts for which the candidate has no price; they stay as recorded. */
  unpriced: number
  /** By the offer of the recorded price; empty: without a price, from allowances, or rated by the client. */
  readonly offers: Map<string, Sums>
  readonly accounts: Map<string, AccountSums>
}

export function createTotals(): Totals {
  return {
    all: noSums(),
    sessions: 0,
    changed: 0,
    foreign: 0,
    unpriced: 0,
    offers: new Map(),
    accounts: new Map()
  }
}

/** Counts a re-rated CDR; `adjusted` is what earlier adjustments gave back of it. */
export function count(totals: Totals, rerated: CdrRerated, adjusted: MicroUnits): void {
  const { cdr, amount } = rerated
  const charged = add(cdr.amount, -adjusted)
  if (charged !== amount) totals.changed += 1
  sum(totals.all, charged, amount)
  sum(accountOf(totals, cdr), charged, amount)
  countOffers(totals, rerated, adjusted)
}

/** Earlier adjustments say nothing of the parts of a CDR: they count for the offer of its first one. */
function countOffers(totals: Totals, { parts }: CdrRerated, adjusted: MicroUnits): void {
  const seen = new Set<string>()
  let before = adjusted
  for (const { part, amount, unpriced } of parts) {
    if (unpriced) totals.unpriced += 1
    const offer = offerOf(part.price)
    let sums = totals.offers.get(offer)
    if (sums === undefined) {
      sums = noSums()
      totals.offers.set(offer, sums)
    }
    sums.charged = add(sums.charged, part.amount - before)
    sums.rerated = add(sums.rerated, amount)
    before = 0
    if (seen.has(offer)) continue
    seen.add(offer)
    sums.cdrs += 1
  }
}

function accountOf(totals: Totals, { accountId, msisdn }: CdrRecord): AccountSums {
  const known = totals.accounts.get(accountId)
  if (known !== undefined) {
    if (msisdn !== null) known.msisdn = msisdn
    return known
  }
  const made: AccountSums = { accountId, msisdn, ...noSums() }
  totals.accounts.set(accountId, made)
  return made
}

function noSums(): Sums {
  return { cdrs: 0, charged: 0, rerated: 0 }
}

function sum(sums: Sums, charged: MicroUnits, rerated: MicroUnits): void {
  sums.cdrs += 1
  sums.charged = add(sums.charged, charged)
  sums.rerated = add(sums.rerated, rerated)
}

/** `catalogueVersion:offer/rule`. */
function offerOf(price: string): string {
  if (price === emergencyPrice) return ''
  const colon = price.indexOf(':')
  return colon < 0 ? '' : price.slice(colon + 1, price.lastIndexOf('/'))
}

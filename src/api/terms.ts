/** What a price is made of, as the HTTP API shows it. */
import type { Rerated } from '../charging/simulation.ts'
import { formatMoney } from '../domain/money.ts'
import { unitsMax } from '../domain/units.ts'

type Price = NonNullable<Rerated['terms']>
type Counting = Extract<Price, { model: 'per-unit' | 'graduated' | 'volume' }>

/** Members beside `model` are those that its model has. */
export interface TermsView {
  readonly model: string
  readonly price?: string
  readonly per?: number
  readonly step?: number
  readonly minimum?: number
  readonly setUp?: string
  /** Units of a package. */
  readonly size?: number
  /** Tiers with the price of each, or stairs with the total up to there; the last one is without an end. */
  readonly tiers?: readonly { readonly upTo: number | null; readonly price: string }[]
  /** Of a mark-up: percent of the price `of`. */
  readonly percent?: string
  readonly of?: TermsView
  /** The period in which units count, instead of the session. */
  readonly over?: { readonly period: string; readonly by: string; readonly timeZone: string }
}

export function viewTerms(terms: Price | null): TermsView | null {
  return terms === null ? null : viewPrice(terms)
}

function viewPrice(price: Price): TermsView {
  const view = { model: price.model, ...partsOf(price) }
  if (price.over === undefined) return view
  const { period, by, timeZone } = price.over
  return { ...view, over: { period, by, timeZone } }
}

function partsOf(price: Price): Omit<TermsView, 'model'> {
  switch (price.model) {
    case 'per-unit':
      return { price: formatMoney(price.amount), ...countingOf(price) }
    case 'flat':
      return { price: formatMoney(price.amount) }
    case 'package':
      return { price: formatMoney(price.amount), size: price.size }
    case 'stairs':
      return { tiers: price.stairs.map(({ upTo, total }) => tier(upTo, total)) }
    case 'graduated':
    case 'volume':
      return {
        tiers: price.tiers.map(({ upTo, amount }) => tier(upTo, amount)),
        ...countingOf(price)
      }
    case 'mark-up':
      return { percent: percentOf(price.share), of: viewPrice(price.of) }
    default:
      return {}
  }
}

/** 12000 hundredths of a percent as `120.00`. */
function percentOf(share: number): string {
  return `${Math.floor(share / 100)}.${String(share % 100).padStart(2, '0')}`
}

function countingOf({ per, step, minimum, setUp }: Counting) {
  return { per, step, minimum, setUp: formatMoney(setUp) }
}

function tier(upTo: number, amount: number) {
  return { upTo: upTo === unitsMax ? null : upTo, price: formatMoney(amount) }
}

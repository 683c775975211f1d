/**
 * Re-rating: the amount of a record worked out again from what the record itself says.
 *
 * All services of a session that are under one price share its count, and a record is of usage without a gap, so what
 * a record adds under a price is the difference of two totals: docs/charging-rules.md §2. What a client has rated itself,
 * and what was given back, is as it is recorded.
 */
import type { Account, Line } from '../../domain/account.ts'
import type { CdrRecord } from '../../domain/record.ts'
import { type ChargingSession, emergencyPrice, type UsagePart } from '../../domain/session.ts'
import { add } from '../../domain/units.ts'
import type { Catalogues, Price } from '../../rating/catalogue.ts'
import { chargeFor } from '../../rating/price.ts'
import { listedPrice, statedPrice } from '../context.ts'
import type { RecordExplained, Rerated, SessionExplained } from '../simulation.ts'
import { versionAt } from '../versions.ts'
import { limitsHeld } from './limits.ts'
import { stopsHeld } from './stops.ts'

export function explainRecord(cdr: CdrRecord, catalogues: Catalogues): RecordExplained {
  const prices = rerate(cdr.parts, catalogues)
  return { cdr, prices, agrees: agreement(prices) }
}

/** `stand`: the account and its line as they are now; null: not known. */
export function explainSession(
  session: ChargingSession,
  catalogues: Catalogues,
  stand: { readonly account: Account; readonly lines: readonly Line[] } | null = null
): SessionExplained {
  const parts = session.services.flatMap(service => service.parts)
  const prices = rerate(parts, catalogues)
  const line = stand?.lines.find(({ id }) => id === session.lineId)
  const counters = new Map([
    ['account', stand?.account.counters ?? []],
    ['line', line?.counters ?? []]
  ] as const)
  return {
    session,
    limits: limitsHeld(session, counters),
    stops: stand === null ? [] : stopsHeld(session, catalogues, stand.account, line),
    prices,
    agrees: agreement(prices)
  }
}

/** The terms of a price in whichever version of the catalogue it is; null: in none that is known. */
export function termsOf(ref: string, catalogues: Catalogues): Price | null {
  if (ref === emergencyPrice || ref === listedPrice) return { model: 'free' }
  if (catalogues.lost?.has(ref.slice(0, ref.indexOf(':'))) === true) return null
  return versionAt(catalogues, ref)?.rules.get(ref)?.price ?? null
}

function rerate(parts: readonly UsagePart[], catalogues: Catalogues): readonly Rerated[] {
  const sums = new Map<string, Pick<Rerated, 'price' | 'unit' | 'before' | 'units' | 'amount'>>()
  for (const part of parts) {
    if (part.price === '' || part.price === statedPrice || isGivenBack(part)) continue
    // In a period others count in between, so each slice stands for itself.
    const key = part.period === undefined ? part.price : JSON.stringify([part.price, sums.size])
    const known = sums.get(key)
    sums.set(key, {
      price: part.price,
      unit: part.unit,
      before: Math.min(known?.before ?? part.before, part.before),
      units: add(known?.units ?? 0, part.units),
      amount: add(known?.amount ?? 0, part.amount)
    })
  }
  return Array.from(sums.values(), ({ price, unit, before, units, amount }) => {
    const terms = termsOf(price, catalogues)
    const rerated =
      terms === null ? null : chargeFor(terms, add(before, units)) - chargeFor(terms, before)
    return { price, unit, terms, before, units, amount, rerated }
  })
}

/** A refund is a share of what was debited, and has no price of its own. */
function isGivenBack({ units, amount }: UsagePart): boolean {
  return units < 0 || amount < 0
}

function agreement(prices: readonly Rerated[]): boolean | null {
  if (prices.some(({ rerated }) => rerated === null)) return null
  return prices.every(({ amount, rerated }) => amount === rerated)
}

/**
 * Re-rating: what the records of a session cost by another catalogue, or by the same one worked out again.
 *
 * A pure function of records and catalogues. Units count under a price over all records of the session, as they did
 * when they were used (docs/charging-rules.md, section 2). What is not a price of a catalogue stays as it was recorded: units
 * drawn from allowances, money that a client rated itself or got back, and usage for which the catalogue has no price.
 */
import type { MicroUnits } from '../../domain/money.ts'
import type { CdrPart, CdrRecord } from '../../domain/record.ts'
import { emergencyPrice } from '../../domain/session.ts'
import { add, type Units } from '../../domain/units.ts'
import type { Catalogue, Catalogues, Price } from '../../rating/catalogue.ts'
import { chargeFor } from '../../rating/price.ts'
import { statedPrice } from '../context.ts'
import { candidateTerms, ruleOf, type Terms } from './candidate.ts'

export interface PartRerated {
  readonly part: CdrPart
  /** By the candidate; null: as recorded. */
  readonly price: string | null
  readonly amount: MicroUnits
  /** Sold when it was used, or in suspense since, and the candidate has no price for it. */
  readonly unpriced: boolean
}

export interface CdrRerated {
  readonly cdr: CdrRecord
  readonly amount: MicroUnits
  readonly parts: readonly PartRerated[]
}

/** Records of one session id and start, in the order of their numbers. */
export function rerateSession(
  records: readonly CdrRecord[],
  candidate: Catalogue,
  known: Catalogues
): readonly CdrRerated[] {
  let counts = createCounts()
  return records.map(cdr => {
    // Each event counts from zero.
    if (cdr.flags.includes('event')) counts = createCounts()
    const parts = cdr.parts.map(part => ratePart(cdr, part, candidate, known, counts))
    return { cdr, amount: parts.reduce((sum, { amount }) => add(sum, amount), 0), parts }
  })
}

/** What the session has counted so far. */
interface Counts {
  /** Units by price of the candidate. */
  readonly units: Map<string, Units>
  /** Recorded prices that were met: what they had counted before the first record is taken over. */
  readonly met: Set<string>
}

function createCounts(): Counts {
  return { units: new Map(), met: new Set() }
}

function ratePart(
  cdr: CdrRecord,
  part: CdrPart,
  candidate: Catalogue,
  known: Catalogues,
  counts: Counts
): PartRerated {
  if (isFixed(cdr, part, candidate)) return asRecorded(part, false)
  const terms = candidateTerms({ cdr, part, candidate, known })
  if (terms === null) return asRecorded(part, true)
  if (part.units < 0) return givenBack(part, terms, ruleOf(part.price, known)?.rule.price ?? null)
  if (part.period !== undefined && terms.price.over !== undefined) {
    // In a period others count in between, so each slice stands for itself.
    return {
      part,
      price: terms.ref,
      amount: costOf(terms, part.before, part.units),
      unpriced: false
    }
  }
  let before = counts.units.get(terms.ref) ?? 0
  if (part.price !== '' && !counts.met.has(part.price)) {
    counts.met.add(part.price)
    before = add(before, countedBefore(cdr, part.price))
  }
  counts.units.set(terms.ref, add(before, part.units))
  return { part, price: terms.ref, amount: costOf(terms, before, part.units), unpriced: false }
}

/** What units cost behind those that were counted before. */
function costOf({ price }: Terms, before: Units, units: Units): MicroUnits {
  return chargeFor(price, add(before, units)) - chargeFor(price, before)
}

/** What had been counted under a price before the record; its services come in another order than their usage did. */
function countedBefore({ parts }: CdrRecord, price: string): Units {
  return Math.min(...parts.filter(part => part.price === price).map(({ before }) => before))
}

/** What no catalogue decides. */
function isFixed({ currency }: CdrRecord, part: CdrPart, candidate: Catalogue): boolean {
  if (part.bucket !== '' || part.unit === 'money' || part.price === statedPrice) return true
  if (part.price === emergencyPrice || currency !== candidate.currency) return true
  // Metered without quota, or a sum that was given back.
  return part.price === '' ? !part.suspense : part.units === 0 && part.amount !== 0
}

function asRecorded(part: CdrPart, unpriced: boolean): PartRerated {
  return { part, price: null, amount: part.amount, unpriced }
}

/** A refund gives back a share of its debit; so the share stays, whatever the debit is now. */
function givenBack(part: CdrPart, { ref, price }: Terms, recorded: Price | null): PartRerated {
  const units = -part.units
  const before = recorded === null ? 0 : chargeFor(recorded, units)
  if (before === 0) return asRecorded(part, false)
  const share = (BigInt(-part.amount) * BigInt(chargeFor(price, units))) / BigInt(before)
  const amount = 0 - Number(share)
  add(amount, 0)
  return { part, price: ref, amount, unpriced: false }
}

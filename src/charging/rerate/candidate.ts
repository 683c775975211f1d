/**
 * Which price of a catalogue the usage of a record meets, from what the record itself says.
 *
 * A price of the catalogue's own version is the one that the record names. For another version it is looked for again:
 * in the offers that the account had, in the zone where the usage was granted, at the first instant of the record at
 * which the recorded price held, or else of the session.
 */
import type { CdrPart, CdrRecord } from '../../domain/record.ts'
import { emergencyPrice } from '../../domain/session.ts'
import type { EpochMs } from '../../domain/time.ts'
import { bandsAt } from '../../rating/calendar.ts'
import type { Catalogue, Catalogues, Offer, Price, PriceRule } from '../../rating/catalogue.ts'
import { classify, type Situation } from '../../rating/classify.ts'
import { findPrice } from '../../rating/match.ts'
import { freePrice, listedPrice } from '../context.ts'

/** A client may report usage behind a tariff switch that is still to come by the clock of the server. */
const clientAheadMs = 86_400_000

/** A price under which units are counted. */
export interface Terms {
  /** `catalogueVersion:offer/rule`, or the name of what is free. */
  readonly ref: string
  readonly price: Price
}

export interface Question {
  readonly cdr: CdrRecord
  readonly part: CdrPart
  /** The catalogue to rate by. */
  readonly candidate: Catalogue
  /** Where the recorded price may be looked up. */
  readonly known: Catalogues
}

/** null: the candidate has no price for this usage. */
export function candidateTerms(question: Question): Terms | null {
  const { cdr, part, candidate } = question
  const free = part.price === emergencyPrice || part.price === listedPrice
  const named = part.price === '' || free ? cdr.catalogue : versionOf(part.price)
  if (named === candidate.version) {
    if (free) return { ref: part.price, price: { model: 'free' } }
    const rule = candidate.rules.get(part.price)
    return rule === undefined ? null : { ref: rule.ref, price: rule.price }
  }
  return lookAgain(question)
}

function lookAgain({ cdr, part, candidate, known }: Question): Terms | null {
  const { context } = cdr
  const recorded = ruleOf(part.price, known)
  const facts = factsOf(cdr, part, recorded)
  const found = classify(candidate, context, part.ratingGroup, facts)
  if (found === null || found.service.unit !== part.unit) return null
  const former =
    recorded === null ? null : classify(recorded.catalogue, context, part.ratingGroup, facts)
  // The facts are the session's last; where the usage was granted elsewhere, the part says so.
  const moved = part.zone !== '' && part.zone !== (former ?? found).zone
  const situation = moved ? { ...found, zone: part.zone } : found
  const ref = freePrice(candidate, situation)
  if (ref !== '') return { ref, price: { model: 'free' } }
  const bands =
    candidate.calendar === null
      ? undefined
      : bandsAt(candidate.calendar, instantOf(cdr, part, recorded, former)).bands
  const rule = findPrice(offersIn(cdr, part, candidate), situation, bands)
  if (rule === null || rule.price.model === 'blocked') return null
  return { ref: rule.ref, price: rule.price }
}

interface Recorded {
  readonly rule: PriceRule
  readonly catalogue: Catalogue
}

/** The rule behind a recorded price; null: no catalogue that is known has it. */
export function ruleOf(ref: string, { current, byVersion }: Catalogues): Recorded | null {
  const version = versionOf(ref)
  const catalogue = current.version === version ? current : byVersion.get(version)
  const rule = catalogue?.rules.get(ref)
  return catalogue === undefined || rule === undefined ? null : { rule, catalogue }
}

function versionOf(ref: string): string {
  return ref.slice(0, Math.max(0, ref.indexOf(':')))
}

function offersIn({ offers }: CdrRecord, { price }: CdrPart, candidate: Catalogue): Offer[] {
  const named = price.slice(price.indexOf(':') + 1, price.indexOf('/'))
  const ids = offers.length === 0 ? [named] : offers
  return ids.flatMap(id => candidate.offers.get(id) ?? [])
}

/** Of the recipients of a message those of the first one for whom the recorded price was meant. */
function factsOf({ facts, context }: CdrRecord, part: CdrPart, recorded: Recorded | null) {
  const { otherRecipients, ...first } = facts
  const destinations = recorded?.rule.match.destinations ?? null
  if (otherRecipients === undefined || recorded === null || destinations === null) return first
  const others = otherRecipients.map(calledParty => ({ ...first, calledParty }))
  const meant = [first, ...others].find(one => {
    const destination = classify(recorded.catalogue, context, part.ratingGroup, one)?.destination
    return destination != null && destinations.has(destination)
  })
  return meant ?? first
}

/** The first instant at which the recorded price was the one to be found: of the record, or else of its session. */
function instantOf(
  cdr: CdrRecord,
  part: CdrPart,
  recorded: Recorded | null,
  former: Situation | null
): EpochMs {
  const { startedAt, openedAt = startedAt, endedAt } = cdr
  const calendar = recorded?.catalogue.calendar ?? null
  if (recorded === null || former === null || calendar === null) return openedAt
  const situation = part.zone === '' ? former : { ...former, zone: part.zone }
  const offers = offersIn(cdr, part, recorded.catalogue)
  const firstIn = (from: EpochMs, through: EpochMs): EpochMs | null => {
    let at = from
    while (at <= through) {
      const { bands, until } = bandsAt(calendar, at)
      if (findPrice(offers, situation, bands)?.ref === recorded.rule.ref) return at
      at = until
    }
    return null
  }
  // Behind a cut, units may be used that were granted before it.
  const within = openedAt === startedAt ? null : firstIn(openedAt, endedAt)
  return within ?? firstIn(startedAt, endedAt + clientAheadMs) ?? openedAt
}

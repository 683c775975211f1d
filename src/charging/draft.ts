/** The working copy of a session within one decision. */
import { assert } from '../domain/errors.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { MultipleUnitUsage, UsedUnits } from '../domain/request.ts'
import type { ChargingSession, PricePosition, ServiceUsage, UsagePart } from '../domain/session.ts'
import { add, type Units } from '../domain/units.ts'
import type { Price } from '../rating/catalogue.ts'
import { chargeFor } from '../rating/price.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Members are replaced, never changed in place: the lists and services it begins with belong to the document. */
export type SessionDraft = Mutable<ChargingSession>

export function draftOf(session: ChargingSession): SessionDraft {
  return { ...session }
}

/** The index of the session's service for this usage; it is added when it is new. */
export function serviceIndex(
  session: SessionDraft,
  usage: MultipleUnitUsage,
  ratingGroup: number
): number {
  const identifiers = usage.serviceIdentifiers
  const found = session.services.findIndex(
    service =>
      service.ratingGroup === ratingGroup && sameSet(service.serviceIdentifiers, identifiers)
  )
  if (found >= 0) return found
  session.services = [
    ...session.services,
    {
      ratingGroup,
      serviceIdentifiers: identifiers,
      inputOctets: 0,
      outputOctets: 0,
      octets: 0,
      seconds: 0,
      messages: 0,
      grant: null,
      parts: []
    }
  ]
  return session.services.length - 1
}

function sameSet(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  return a.every((value, index) => value === b[index]) || a.every(value => b.includes(value))
}

export function serviceAt(session: SessionDraft, index: number): ServiceUsage {
  const service = session.services[index]
  assert(service !== undefined, 'no such service in the session')
  return service
}

export function replaceService(session: SessionDraft, index: number, service: ServiceUsage): void {
  session.services = session.services.with(index, service)
}

/** Adds a report to the service's totals; they are for the CDR, money is counted by parts. */
export function withUsed(service: ServiceUsage, used: UsedUnits): ServiceUsage {
  return {
    ...service,
    inputOctets: add(service.inputOctets, used.inputOctets ?? 0),
    outputOctets: add(service.outputOctets, used.outputOctets ?? 0),
    octets: add(service.octets, used.octets ?? 0),
    seconds: add(service.seconds, used.seconds ?? 0),
    messages: add(service.messages, used.messages ?? 0)
  }
}

export function positionOf(session: SessionDraft, ref: string): Units {
  return session.positions.find(position => position.price === ref)?.units ?? 0
}

/**
 * Counts further units under a price and returns what they add to it. The price of a session depends on its
 * cumulative usage alone, so however usage is split into reports, the sum is the same.
 */
export function countUnder(
  session: SessionDraft,
  ref: string,
  price: Price,
  units: Units
): MicroUnits {
  const index = session.positions.findIndex(position => position.price === ref)
  const before: PricePosition = session.positions[index] ?? { price: ref, units: 0, amount: 0 }
  const total = add(before.units, units)
  const position = { price: ref, units: total, amount: chargeFor(price, total) }
  session.positions =
    index < 0 ? [...session.positions, position] : session.positions.with(index, position)
  return position.amount - before.amount
}

/** The service with this slice of usage, joined to the slice of the same price or bucket when there is one. */
export function withPart(service: ServiceUsage, part: UsagePart): ServiceUsage {
  const index = service.parts.findIndex(
    other =>
      other.price === part.price &&
      other.bucket === part.bucket &&
      other.zone === part.zone &&
      other.suspense === part.suspense
  )
  const same = service.parts[index]
  if (same === undefined) return { ...service, parts: [...service.parts, part] }
  const joined = {
    ...same,
    units: add(same.units, part.units),
    amount: add(same.amount, part.amount)
  }
  return { ...service, parts: service.parts.with(index, joined) }
}

/** The facts with what the network says now; the same object when it says nothing new. */
export function mergeFacts(known: NetworkFacts, now: NetworkFacts): NetworkFacts {
  for (const key in now) {
    const name = key as keyof NetworkFacts
    if (now[name] !== undefined && now[name] !== known[name]) return { ...known, ...now }
  }
  return known
}

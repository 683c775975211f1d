/** What a decision did to a session, read from its documents before and after and from its CDRs. */
import type { CdrRecord } from '../../domain/record.ts'
import type { MultipleUnitUsage } from '../../domain/request.ts'
import type {
  ChargingSession,
  PricePosition,
  ServiceUsage,
  UsagePart
} from '../../domain/session.ts'
import type { Changes, State } from '../decision.ts'
import type { PositionChange, Slice } from '../simulation.ts'

/** The service of a usage: its rating group with the same service identifiers, in any order. */
export function serviceOf(
  services: readonly ServiceUsage[],
  usage: MultipleUnitUsage,
  ratingGroup: number
): ServiceUsage | undefined {
  return services.find(
    service =>
      service.ratingGroup === ratingGroup &&
      isSame(service.serviceIdentifiers, usage.serviceIdentifiers)
  )
}

/** Where the usage of a service went that this decision settled. */
export function settledSlices(
  open: ChargingSession | undefined,
  sessionId: string,
  usage: MultipleUnitUsage,
  ratingGroup: number,
  changes: Changes | null
): readonly Slice[] {
  if (changes === null) return []
  const slices = new Map<string, Slice>()
  const count = (part: UsagePart, sign: number) => {
    const { price, bucket, zone, unit, suspense } = part
    const key = JSON.stringify([price, bucket, zone, suspense])
    const known = slices.get(key)
    slices.set(key, {
      price,
      bucket,
      zone,
      unit,
      suspense,
      units: (known?.units ?? 0) + sign * part.units,
      amount: (known?.amount ?? 0) + sign * part.amount
    })
  }
  const after = changes.sessions.find(({ id }) => id === sessionId)
  for (const part of partsIn(open, usage, ratingGroup)) count(part, -1)
  for (const part of partsIn(after, usage, ratingGroup)) count(part, 1)
  for (const cdr of cdrsOf(changes, sessionId)) {
    for (const part of cdr.parts) {
      const same = isSame(part.serviceIdentifiers, usage.serviceIdentifiers)
      if (part.ratingGroup === ratingGroup && same) count(part, 1)
    }
  }
  return [...slices.values()].filter(({ units, amount }) => units !== 0 || amount !== 0)
}

/** How far the session has counted under each price that the decision moved. */
export function positionChanges(
  state: State,
  sessionId: string,
  changes: Changes | null
): readonly PositionChange[] {
  if (changes === null) return []
  const before = state.sessions.get(sessionId)?.positions ?? state.closed?.positions ?? []
  const after =
    changes.sessions.find(({ id }) => id === sessionId)?.positions ??
    changes.closed.find(closed => closed.sessionId === sessionId)?.receipt.positions ??
    []
  return after.flatMap(position => {
    const known = before.find(({ price }) => price === position.price)
    return known?.units === position.units ? [] : [changeOf(known, position)]
  })
}

function changeOf(before: PricePosition | undefined, after: PricePosition): PositionChange {
  return {
    price: after.price,
    unitsBefore: before?.units ?? 0,
    unitsAfter: after.units,
    amountBefore: before?.amount ?? 0,
    amountAfter: after.amount
  }
}

function partsIn(
  session: ChargingSession | undefined,
  usage: MultipleUnitUsage,
  ratingGroup: number
): readonly UsagePart[] {
  return session === undefined ? [] : (serviceOf(session.services, usage, ratingGroup)?.parts ?? [])
}

function cdrsOf(changes: Changes, sessionId: string): readonly CdrRecord[] {
  return changes.records.filter(
    record => record.kind === 'cdr' && record.sessionId === sessionId
  ) as CdrRecord[]
}

/** The same identifiers in any order. */
export function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every(value => b.includes(value))
}

/**
 * Partial records: the CDR of a long session is cut while the session goes on, so that it becomes a chain without a gap.
 *
 * A cut changes nothing but where one record ends and the next begins: grants, prices and totals of the session are
 * those that they would have been. It is decided with a request that goes on with the session, behind what that one
 * reports: whatever was used is known from a report alone, so a session that is silent has nothing to be cut.
 */
import type { NetworkFacts } from '../domain/facts.ts'
import type { CutCause } from '../domain/record.ts'
import type { ChargingRequest } from '../domain/request.ts'
import type { Units } from '../domain/units.ts'
import { bandsChanged } from '../rating/calendar.ts'
import type { PartialRecords } from '../rating/partial-records.ts'
import { recordCdr } from './close.ts'
import type { Context } from './context.ts'
import type { SessionDraft } from './draft.ts'

/**
 * Records what was used since the last CDR, when one of the limits is reached or the network says otherwise than it did.
 * Must be called when the request's usage is settled, and before its facts are those of the session. TS 32.251 5.2.3.
 */
export function cutRecord(context: Context, session: SessionDraft, request: ChargingRequest): void {
  if (request.type === 'termination') return
  const policy = policyFor(context, session.facts)
  if (policy === undefined) return
  const cause = causeOf(context, session, request.facts, policy)
  if (cause === null) return
  recordCdr(context, session, cause, [])
  for (const service of session.services) service.parts = []
  session.chain = {
    openedAt: context.now,
    recorded: session.services.map(({ inputOctets, outputOctets, octets, seconds, messages }) => ({
      inputOctets,
      outputOctets,
      octets,
      seconds,
      messages
    }))
  }
}

/** The first row of the catalogue that is for the session. */
function policyFor(
  { catalogue }: Context,
  { chargingCharacteristics }: NetworkFacts
): PartialRecords | undefined {
  return catalogue.partialRecords?.find(
    ({ characteristics }) =>
      characteristics === undefined ||
      (chargingCharacteristics !== undefined &&
        characteristics.has(chargingCharacteristics.toLowerCase()))
  )
}

/** null: the record goes on. One in which nothing was used does, whatever happens. */
function causeOf(
  context: Context,
  session: SessionDraft,
  facts: NetworkFacts,
  policy: PartialRecords
): CutCause | null {
  const { octets, parts, empty } = sinceLast(session)
  if (empty) return null
  const changed = changeOf(context, session, facts, policy)
  if (changed !== null) return changed
  if (policy.volume !== undefined && octets >= policy.volume) return 'volumeLimit'
  if (policy.time !== undefined && context.now - openedAt(session) >= policy.time) {
    return 'timeLimit'
  }
  return policy.parts !== undefined && parts >= policy.parts ? 'maxChangeCond' : null
}

function changeOf(
  { catalogue, now }: Context,
  session: SessionDraft,
  facts: NetworkFacts,
  { changes }: PartialRecords
): CutCause | null {
  if (changes.size === 0) return null
  const { plmn, rat, timeZone } = session.facts
  if (changes.has('plmn') && isOther(plmn, facts.plmn)) return 'sGSNPLMNIDChange'
  if (changes.has('rat') && isOther(rat, facts.rat)) return 'rATChange'
  if (changes.has('time-zone') && isOther(timeZone, facts.timeZone)) return 'mSTimeZoneChange'
  const { calendar } = catalogue
  if (!changes.has('tariff') || calendar === null) return null
  return bandsChanged(calendar, openedAt(session), now) ? 'partialRecord' : null
}

/** What is said for the first time, or not said again, is no change. */
function isOther<T>(before: T | undefined, now: T | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now
}

function openedAt({ chain, startedAt }: SessionDraft): number {
  return chain?.openedAt ?? startedAt
}

interface Since {
  octets: Units
  parts: number
  /** Nothing was used. */
  empty: boolean
}

/** What was used since the last CDR. */
function sinceLast({ services, chain }: SessionDraft): Since {
  const since: Since = { octets: 0, parts: 0, empty: true }
  for (const [index, service] of services.entries()) {
    const before = chain?.recorded[index]
    const octets = service.octets - (before?.octets ?? 0)
    since.octets += octets
    since.parts += service.parts.length
    if (octets > 0 || service.parts.length > 0) since.empty = false
    if (service.seconds > (before?.seconds ?? 0)) since.empty = false
    if (service.messages > (before?.messages ?? 0)) since.empty = false
  }
  return since
}

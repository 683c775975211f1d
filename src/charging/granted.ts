/** What a grant remembers of how it was used, for usage that is reported after that has changed. */
import type { Grant, GrantAccess } from '../domain/session.ts'
import type { Situation } from '../rating/classify.ts'

/** null: the network does not say. */
export function accessOf({ facts }: Situation): GrantAccess | null {
  const { rat } = facts
  const qos = facts.fiveQi ?? facts.qci
  if (rat === undefined && qos === undefined) return null
  return { ...(rat === undefined ? {} : { rat }), ...(qos === undefined ? {} : { qos }) }
}

/** Usage beyond a grant happened where, and as, the grant was made. */
export function asGranted(situation: Situation, { zone, access }: Grant): Situation {
  const { facts } = situation
  const qos = facts.fiveQi ?? facts.qci
  const same = access === undefined || (access.rat === facts.rat && access.qos === qos)
  if (same) return situation.zone === zone ? situation : { ...situation, zone }
  const { rat: _rat, qci: _qci, fiveQi: _fiveQi, ...others } = facts
  const known = {
    ...(access.rat === undefined ? {} : { rat: access.rat }),
    ...(access.qos === undefined ? {} : { qci: access.qos })
  }
  return { ...situation, zone, facts: { ...others, ...known } }
}

/** What the decoder finds beside the members of a message, and where it is. */
import type { AvpName } from '../dictionary/index.ts'
import { budget } from './budget.ts'
import type { Avp } from './entries.ts'
import { insideOf, type Parent, paddedAt } from './faults.ts'
import { type ExtraAvp, state, type UnknownAvp } from './state.ts'
import { octetAt } from './values.ts'
import { extraWeight, faultWeight, unknownWeight } from './weight.ts'

/** No more faults than this are listed: each may hold a copy of a large AVP. */
const faultsMax = 16

export function addExtra(entry: Avp, value: unknown): void {
  budget.weight += extraWeight
  const one: ExtraAvp = { name: entry.name, value, group: groupName() }
  if (state.extra === null) state.extra = [one]
  else state.extra.push(one)
}

export function addUnknown(start: number, stop: number, code: number, vendor: number): void {
  budget.weight += unknownWeight
  const bytes = paddedAt(state.bytes, start, stop)
  const one: UnknownAvp = { code, vendor, bytes, group: groupName() }
  if (state.unknown === null) state.unknown = [one]
  else state.unknown.push(one)
}

/** Whether no more faults are listed: then nothing need be made for one. */
export function isFaultListFull(): boolean {
  return state.faults !== null && state.faults.length === faultsMax
}

/** Lists a fault of the present group; `offender` is one complete AVP. */
export function addFault(resultCode: number, offender: Buffer | null, what: string): void {
  if (isFaultListFull()) return
  if (state.faults === null) state.faults = []
  const groups = state.around.slice(0, state.depth)
  const avp = offender === null ? null : insideOf(parentsOf(groups), offender)
  budget.weight += faultWeight + (avp?.length ?? 0)
  state.faults.push({ resultCode, avp, message: what + pathOf(groups) })
}

/** Where it was found: an Error-Message is read by people, so of many groups the ends will do. */
function pathOf(groups: readonly Avp[]): string {
  if (groups.length === 0) return ''
  const names = groups.map(entry => entry.name as string)
  return ` in ${(names.length <= 3 ? names : [names[0], '...', names.at(-1)]).join('.')}`
}

function parentsOf(groups: readonly Avp[]): Parent[] {
  return groups.map((entry, level) => {
    const flags = octetAt(state.bytes, (state.aroundAt[level] as number) + 4)
    return { code: entry.code, flags, vendor: entry.vendor }
  })
}

function groupName(): AvpName | null {
  return state.depth === 0 ? null : (state.around[state.depth - 1] as Avp).name
}

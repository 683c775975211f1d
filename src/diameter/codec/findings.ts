/** What the decoder finds beside the members of a message, and where it is: the state of one decoding. */
import { limits } from '../../domain/limits.ts'
import type { AvpName } from '../dictionary/index.ts'
import type { Avp } from './entries.ts'
import { type Fault, insideOf, type Parent, paddedAt } from './faults.ts'
import { octetAt } from './values.ts'
import { extraWeight, faultWeight, messageWeight, unknownWeight } from './weight.ts'

/** An AVP that the dictionary lacks and whose M bit is clear. */
export interface UnknownAvp {
  readonly code: number
  /** 0: none. */
  readonly vendor: number
  /** Complete, with header and padding; a view of the message if that is how it came. */
  readonly bytes: Buffer
  /** The group it was found in; null: the message itself. */
  readonly group: AvpName | null
}

/** A known AVP in a group or command that does not name it. */
export interface ExtraAvp {
  readonly name: AvpName
  /** A `ValueOf<name>`. */
  readonly value: unknown
  /** The group it was found in; null: the message itself. */
  readonly group: AvpName | null
}

/** No more faults than this are listed: each may hold a copy of a large AVP. */
const faultsMax = 16

const empty: Buffer = Buffer.alloc(0)

/** One message is decoded at a time, so its state is kept here instead of in an object per message. */
export const state = {
  bytes: empty,
  /** AVPs so far, and what they take in memory. */
  count: 0,
  weight: 0,
  extra: null as ExtraAvp[] | null,
  unknown: null as UnknownAvp[] | null,
  faults: null as Fault[] | null,
  /** The groups around the present AVP, and where each starts. */
  depth: 0,
  around: [] as Avp[],
  aroundAt: new Int32Array(limits.diameterDepth)
}

/** Forgets everything, and begins with these bytes. */
export function reset(bytes: Buffer = empty): void {
  state.bytes = bytes
  state.count = 0
  state.weight = messageWeight
  state.extra = null
  state.unknown = null
  state.faults = null
  state.depth = 0
}

export function addExtra(entry: Avp, value: unknown): void {
  state.weight += extraWeight
  const one: ExtraAvp = { name: entry.name, value, group: groupName() }
  if (state.extra === null) state.extra = [one]
  else state.extra.push(one)
}

export function addUnknown(start: number, stop: number, code: number, vendor: number): void {
  state.weight += unknownWeight
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
  state.weight += faultWeight + (avp?.length ?? 0)
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

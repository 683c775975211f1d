/** The state of one decoding. */
import { limits } from '../../domain/limits.ts'
import type { AvpName } from '../dictionary/index.ts'
import { budget } from './budget.ts'
import type { Avp } from './entries.ts'
import type { Fault } from './faults.ts'
import { messageWeight } from './weight.ts'

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

const empty: Buffer = Buffer.alloc(0)

/** One message is decoded at a time, so its state is kept here instead of in an object per message. */
export const state = {
  bytes: empty,
  extra: null as ExtraAvp[] | null,
  unknown: null as UnknownAvp[] | null,
  faults: null as Fault[] | null,
  /** The groups around the present AVP, and where each starts. */
  depth: 0,
  around: [] as Avp[],
  aroundAt: new Int32Array(limits.diameterDepth)
}

/** Forgets everything, and begins with these bytes, which take their part of `most`. */
export function reset(bytes: Buffer = empty, most = 0): void {
  state.bytes = bytes
  budget.count = 0
  budget.weight = messageWeight + bytes.length
  budget.most = most
  state.extra = null
  state.unknown = null
  state.faults = null
  state.depth = 0
}

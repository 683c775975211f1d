/**
 * The dictionary as data, and the types that follow from it.
 *
 * An AVP is identified by its vendor and code; its name is ours and unique over all vendors. Names are those of the
 * specifications.
 */
import { baseAvps } from './base.ts'
import type { commands } from './commands.ts'
import { creditControlAvps } from './credit-control.ts'
import { nasreqAvps } from './nasreq.ts'
import { overloadAvps } from './overload.ts'
import { tgppAvps } from './tgpp.ts'
import { trafficAvps } from './traffic.ts'
import type { AvpTable, AvpType } from './types.ts'
import { etsiAvps, tgpp2Avps } from './vendors.ts'

/** SMI network management enterprise codes. */
export const vendors = { ietf: 0, tgpp2: 5535, tgpp: 10415, etsi: 13019 } as const

/** The tables by vendor. */
export const tables: readonly (readonly [vendor: number, rows: AvpTable])[] = [
  [vendors.ietf, baseAvps],
  [vendors.ietf, nasreqAvps],
  [vendors.ietf, creditControlAvps],
  [vendors.ietf, overloadAvps],
  [vendors.ietf, trafficAvps],
  [vendors.tgpp, tgppAvps],
  [vendors.tgpp2, tgpp2Avps],
  [vendors.etsi, etsiAvps]
]

export type Dictionary = typeof baseAvps &
  typeof nasreqAvps &
  typeof creditControlAvps &
  typeof overloadAvps &
  typeof trafficAvps &
  typeof tgppAvps &
  typeof tgpp2Avps &
  typeof etsiAvps

export type AvpName = keyof Dictionary

/** The value of an AVP by its wire format. */
interface Values {
  /** A view of the received bytes, valid as long as they are. */
  OctetString: Buffer
  Integer32: number
  Integer64: bigint
  Unsigned32: number
  Unsigned64: bigint
  /** IPv4 or IPv6 text; other families as `family:hex`, such as `8:34393135`. */
  Address: string
  /** EpochMs in whole seconds, 1968-01-20 to 2104-02-26. */
  Time: number
  UTF8String: string
  DiameterIdentity: string
  DiameterURI: string
  Enumerated: number
  IPFilterRule: string
}

type RowValue<D> = D extends { readonly members: infer M }
  ? GroupOf<M>
  : D extends { readonly opaque: true }
    ? Buffer
    : D extends { readonly type: infer T extends keyof Values }
      ? Values[T]
      : never

type Repeated = '*' | '+'

/** A decoded group or message: every member is present as a property, whether received or not. */
export type GroupOf<M> = {
  readonly [N in keyof M]: M[N] extends Repeated ? readonly ValueOf<N>[] : ValueOf<N> | undefined
}

/** What may be given to encode a group or message: members may be left out. */
export type GroupInput<M> = {
  readonly [N in keyof M]?: (M[N] extends Repeated ? readonly InputOf<N>[] : InputOf<N>) | undefined
}

type InputValue<D> = D extends { readonly members: infer M }
  ? GroupInput<M>
  : D extends { readonly type: 'Unsigned64' | 'Integer64' }
    ? bigint | number
    : RowValue<D>

/** The decoded value of the AVP. */
export type ValueOf<N> = N extends AvpName ? RowValue<Dictionary[N]> : never

/** What the AVP may be encoded from. */
export type InputOf<N> = N extends AvpName ? InputValue<Dictionary[N]> : never

/** AVPs of these wire formats. */
export type NamesOf<T extends AvpType> = {
  [N in AvpName]: Dictionary[N] extends { readonly type: T } ? N : never
}[AvpName]

export type Commands = typeof commands
export type CommandName = keyof Commands
export type MessageOf<C extends CommandName> = GroupOf<Commands[C]['members']>
export type MessageInput<C extends CommandName> = GroupInput<Commands[C]['members']>

/** A catalogue as an operator writes it, in the words of the files. Declared here so that nothing of src is read. */
export type Leg = 'originating' | 'terminating' | 'forwarding'

export interface WrittenMatch {
  readonly zones?: readonly string[]
  readonly destinations?: readonly string[]
  readonly legs?: readonly Leg[]
  readonly rats?: readonly Rat[]
}

export type Rat = 'utran' | 'eutra' | 'nr'

export interface WrittenTier {
  readonly 'up-to'?: string | number
  readonly price: string
}

export interface WrittenPrice {
  readonly flat?: string
  readonly package?: { readonly size: string | number; readonly price: string }
  readonly tiers?: readonly WrittenTier[]
  readonly tiering?: 'graduated' | 'volume'
  readonly stairs?: readonly WrittenTier[]
  readonly over?: 'session' | 'day' | 'calendar-month'
  readonly counted?: 'line' | 'account'
  readonly 'mark-up'?: string
  readonly of?: string
  readonly table?: string
  readonly free?: boolean
  readonly blocked?: boolean
  readonly price?: string
  readonly per?: string | number
  readonly step?: string | number
  readonly minimum?: string | number
  readonly 'set-up'?: string
}

export interface WrittenRule extends WrittenMatch, WrittenPrice {
  readonly rule: string
  readonly service?: string
  readonly priority?: number
}

export interface WrittenTable {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface WrittenAllowance extends WrittenMatch {
  readonly allowance: string
  readonly services: readonly string[]
  readonly amount: string | number
  readonly period: string
  readonly renews?: boolean
  readonly sharing?: 'account' | 'line'
  readonly priority?: number
}

export interface WrittenLimit extends Omit<WrittenMatch, 'rats'> {
  readonly limit: string
  readonly services: readonly string[]
  readonly amount?: string | number
  readonly money?: string
  readonly period: string
  readonly sharing: 'account' | 'line'
  readonly action?: 'stop' | 'tell'
}

export interface WrittenOffer {
  readonly offer: string
  readonly kind: 'base' | 'addon'
  readonly name: string
  readonly allowances?: readonly WrittenAllowance[]
  readonly limits?: readonly WrittenLimit[]
  readonly prices?: readonly WrittenRule[]
  readonly 'prices-of'?: string
}

interface WrittenService {
  readonly service: string
  readonly unit: 'octets' | 'seconds' | 'messages'
  readonly destinations?: boolean
  readonly 'rating-groups': readonly number[]
}

interface WrittenZone {
  readonly zone: string
  readonly networks?: readonly string[]
  readonly countries?: readonly string[]
}

interface WrittenDestination {
  readonly destination: string
  readonly prefixes?: readonly string[]
  readonly numbers?: readonly string[]
}

interface WrittenSize {
  readonly initial: string | number
  readonly min: string | number
  readonly max: string | number
}

export interface WrittenCatalogue {
  readonly format: 1
  readonly catalogue: {
    readonly currency: string
    readonly 'time-zone': string
    readonly 'country-code': string
    readonly emergency: readonly string[]
    readonly quota: {
      readonly validity: number
      readonly 'rate-after': number
      readonly target: number
      readonly threshold: number
      readonly sizes: Readonly<Record<'octets' | 'seconds' | 'messages', WrittenSize>>
    }
  }
  readonly services: {
    readonly services: readonly WrittenService[]
    readonly contexts: Readonly<Record<string, number>>
    readonly free?: readonly (WrittenMatch & { readonly service: string })[]
  }
  readonly zones: {
    readonly home: string
    readonly other: string
    readonly zones: readonly WrittenZone[]
  }
  readonly destinations: {
    readonly other: string
    readonly destinations: readonly WrittenDestination[]
  }
  readonly prefixes: readonly { readonly prefix: string; readonly destination: string }[]
  readonly offers: readonly WrittenOffer[]
  readonly tables: readonly WrittenTable[]
}

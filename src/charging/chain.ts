/** The hash chain over CDRs, and what its verification finds. Types only. */

/** The head of the chain behind a CDR: its number in the order of recording, and the hash. */
export interface ChainHead {
  readonly last: number
  /** SHA-256 in hexadecimal. */
  readonly head: string
}

/** The CDRs recorded on a day, all of them. */
export interface ChainSeal extends ChainHead {
  readonly day: string
  readonly first: number
  /** The head before the first. */
  readonly base: string
  /** Name of the key that it is signed with; null: it is not signed. */
  readonly key: string | null
  /** Ed25519, in hexadecimal. */
  readonly signature: string | null
}

/** A CDR that is in the database. */
export interface ChainRow {
  readonly recorded: number
  readonly sessionId: string
  readonly number: number
  readonly accountId: string
}

export type ChainFault =
  /** A CDR has another content than when it was recorded. */
  | ({ readonly kind: 'changed' } & ChainRow)
  /** It stood at `was` in the order of recording. */
  | ({ readonly kind: 'moved'; readonly was: number } & ChainRow)
  /** It was never recorded. */
  | ({ readonly kind: 'inserted' } & ChainRow)
  | { readonly kind: 'removed'; readonly recorded: number }
  /** Links of the chain itself: gone, or not what follows from those before. */
  | { readonly kind: 'link'; readonly first: number; readonly last: number }
  /** A sealed day does not end in its head, has another extent, or its signature is wrong. */
  | { readonly kind: 'seal'; readonly day: string; readonly reason: string }
  /** A head that was kept elsewhere. */
  | { readonly kind: 'head'; readonly last: number; readonly reason: string }

export interface ChainReport {
  /** Numbers up to this one are not covered: recorded before there was a chain, or dropped with their days. */
  readonly after: number
  readonly last: number
  readonly head: string
  readonly cdrs: number
  /** Covered, and dropped since. */
  readonly dropped: number
  readonly seals: number
  /** Whether there was a key to check signatures with. */
  readonly keyed: boolean
  /** Seals with a signature that was checked. */
  readonly signed: number
  readonly faults: readonly ChainFault[]
}

export interface ChainHeads {
  readonly seals: readonly ChainSeal[]
  readonly now: ChainHead
}

export interface ChainBook {
  /**
   * Walks the whole chain. `key`, the PEM text of an Ed25519 key, checks the signatures, unless it is null; `heads` were
   * kept elsewhere. At most 1,000 faults are told. Rejects with GYRO_INPUT_INVALID on another key, and with
   * GYRO_CDR_UNAVAILABLE when the database is away.
   */
  verify(key: string | null, heads: readonly ChainHead[]): Promise<ChainReport>
  /** The seals, oldest first, and the head as it is now. */
  heads(): Promise<ChainHeads>
}

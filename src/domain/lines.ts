/** Lines that come to an account after it was opened, change their numbers, or end. */
import type { Operation } from './operation.ts'
import type { NewLine } from './subscriptions.ts'

/** Adds lines, all of them or none. */
export interface AddLines {
  readonly kind: 'add-lines'
  readonly accountId: string
  readonly lines: readonly NewLine[]
  /** The id of each; empty: they are still to be found (by who claims the numbers). */
  readonly ids: readonly string[]
  /** null: the caller gave no idempotency key. */
  readonly operation: Operation | null
}

/** Gives a line other numbers: another SIM, or a number that was changed or ported. */
export interface ChangeLine {
  readonly kind: 'change-line'
  readonly accountId: string
  /** MSISDN or IMSI, and the id of the line once it has been found. */
  readonly lineId: string
  /** Absent: it stays. */
  readonly msisdn?: string
  readonly imsi?: string
  /** How often the numbers had changed when the new ones were claimed; null: they are still to be claimed. */
  readonly changes: number | null
  readonly operation: Operation | null
}

/** Ends a line: its numbers are free, and its sessions are asked to end. */
export interface EndLine {
  readonly kind: 'end-line'
  readonly accountId: string
  /** MSISDN or IMSI, and the id of the line once it has been found. */
  readonly lineId: string
  /** Another line of the account, which goes on; null: there is none, or it is still to be found. */
  readonly besides: string | null
  readonly operation: Operation | null
}

/** Requests that are about lines as such. */
export type LineRequest = AddLines | ChangeLine | EndLine

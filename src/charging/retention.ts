/** Dropping days of CDRs. */

/** Receipts of sessions and requests that come again live for two days. */
export const keepDaysLeast = 3
export const keepDaysMost = 36_500

export interface RetentionOrder {
  /** Days before this one, such as 2026-11-21, are old enough. */
  readonly before: string
  readonly dryRun: boolean
  /** Streams that must have the CDRs beside those that the database knows. */
  readonly streams: readonly string[]
  /** Also CDRs that no stream has ever exported. */
  readonly unexported: boolean
  /** Days on which sessions began that are open now, and how many. */
  readonly openSessions: ReadonlyMap<string, number>
}

/** What became of a day; `dropped` is said in a dry run as well, of what would be. */
export interface RetainedDay {
  readonly day: string
  readonly result: 'dropped' | 'kept'
  /** Why it is kept; empty: it is not. */
  readonly reason: string
  /** CDRs dropped of it, all told. In a dry run 0. */
  readonly cdrs: number
}

/** Drops what is old enough, open sessions and the configured exports regarded. */
export type Retain = (
  order: Pick<RetentionOrder, 'dryRun' | 'unexported'> & {
    /** Days before today that stay. */
    readonly keepDays: number
  }
) => Promise<readonly RetainedDay[]>

export interface RetentionBook {
  /** Days that are old enough, oldest first. Rejects with GYRO_CDR_UNAVAILABLE when the database is away. */
  retain(order: RetentionOrder): Promise<readonly RetainedDay[]>
}

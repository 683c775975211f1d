/** What the CDR store needs of a database: Postgres, and the embedded PGlite. */

export type Parameter = string | number | null | readonly (string | null)[]

/** Column name to value; 64-bit integers come as text or numbers, jsonb as objects. */
export type Row = Readonly<Record<string, unknown>>

export interface Result {
  readonly rows: readonly Row[]
  /** Rows that the statement wrote. */
  readonly count: number
}

export interface Session {
  /** One statement with parameters `$1`, …, which may take so many milliseconds, or as many as the database gives all. */
  query(sql: string, parameters?: readonly Parameter[], withinMs?: number): Promise<Result>
  /** Several statements, without parameters. */
  run(sql: string): Promise<void>
  /** COPY in text format into `target`, which is a table with its columns. */
  copy(target: string, chunks: readonly Uint8Array[]): Promise<void>
}

export interface Database {
  /** All or nothing. Rejects with what the statement failed with; the connection is usable again or replaced. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** One statement outside the writer's transaction. */
  query(sql: string, parameters?: readonly Parameter[]): Promise<Result>
  /** Where it is, for messages; never with a password. */
  readonly place: string
  /** There is one session for all: a transaction waits until the one before it has ended. */
  readonly single: boolean
  close(): Promise<void>
}

/** The SQLSTATE of an error of either database; empty when it has none. */
export function sqlState(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return ''
  const { code } = error
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : ''
}

/** Whether the rows themselves are at fault (data, integrity, size of an index row), so that others may pass. */
export function isRowFault(error: unknown): boolean {
  const state = sqlState(error)
  return state.startsWith('22') || state.startsWith('23') || state.startsWith('54')
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT'
])

/**
 * Whether the server is away, full, starting or stopping, so that trying again may succeed. Not so are wrong
 * credentials, an unknown database or missing rights: somebody must change something first.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isTransient)
  const state = sqlState(error)
  // 08 connection, 40 deadlock, 53 resources, 55 lock, 57 shutting down or starting up.
  if (state !== '') return /^(08|40|53|55|57)/.test(state)
  if (!(error instanceof Error)) return false
  if ('code' in error && networkCodes.has(String(error.code))) return true
  // The Postgres client has no codes for these.
  return /timeout|connection terminated|connection ended/i.test(error.message)
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

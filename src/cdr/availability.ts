/** Work on the CDR database for those who must hear in one way that it is away. */
import { GyroError } from '../domain/errors.ts'
import { type Database, messageOf, type Parameter, type Row } from './database.ts'

/**
 * Makes the schema, then does the work. Rejects with GYRO_CDR_UNAVAILABLE when the database is away; `words` says what
 * cannot be done, from where, and what to do about it. Errors of our own, and those that `passes`, stay as they are.
 */
export async function whenAvailable<T>(
  database: Database,
  prepare: () => Promise<void>,
  work: () => Promise<T>,
  words: readonly [what: string, advice: string],
  passes: (error: unknown) => boolean = () => false
): Promise<T> {
  try {
    await prepare()
    return await work()
  } catch (error) {
    if (error instanceof GyroError || passes(error)) throw error
    const [what, advice] = words
    throw new GyroError(
      'GYRO_CDR_UNAVAILABLE',
      `${what} ${database.place}: ${messageOf(error)}; ${advice}`,
      { cause: error }
    )
  }
}

/** The rows of one query, as `whenAvailable` does its work. */
export async function rowsWhenAvailable(
  database: Database,
  prepare: () => Promise<void>,
  query: readonly [text: string, values: readonly Parameter[]],
  words: readonly [what: string, advice: string],
  passes?: (error: unknown) => boolean
): Promise<readonly Row[]> {
  const result = await whenAvailable(
    database,
    prepare,
    () => database.query(...query),
    words,
    passes
  )
  return result.rows
}

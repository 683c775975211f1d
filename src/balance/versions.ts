/**
 * Versions of account documents: unique text of a fixed width, compared by equality only.
 *
 * A bare counter would not do: a document that a failover rolled back could reach the same number again
 * and match a copy cached before. The random part differs at each start of a writer.
 */
import { GyroError } from '../domain/errors.ts'
import type { Random } from '../domain/time.ts'

const counterWidth = 9
const writerWidth = 15
const randomWidth = 12

/** Characters of every version; all of them ASCII. */
export const versionWidth = counterWidth + writerWidth + randomWidth

export interface Versions {
  next(): string
}

/** The writer's name is at most 15 letters, digits, `-` or `_`. Throws GYRO_CONFIG_INVALID. */
export function createVersions(random: Random, writerName: string): Versions {
  if (!/^[\w-]{1,15}$/.test(writerName)) {
    throw new GyroError(
      'GYRO_CONFIG_INVALID',
      `"${writerName}" cannot name a writer: use at most ${writerWidth} letters, digits, "-" or "_"`
    )
  }
  const suffix = writerName.padEnd(writerWidth, '.') + random.hex(randomWidth)
  let count = 0
  return {
    next: () => (count++).toString(36).padStart(counterWidth, '0') + suffix
  }
}

/** The name of the writer of a version. */
export function writerOf(version: string): string {
  const name = version.slice(counterWidth, counterWidth + writerWidth)
  const end = name.indexOf('.')
  return end < 0 ? name : name.slice(0, end)
}

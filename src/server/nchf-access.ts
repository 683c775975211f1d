/** Access tokens of consumers, as the configuration has them. */
import { readFileSync } from 'node:fs'
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import { type Access, createAccess } from '../nchf/access.ts'
import { type Keys, keysIn, remoteKeys } from '../nchf/keys.ts'
import { systemClock } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'

/** null: consumers need no token. Throws GYRO_CONFIG_INVALID. */
export function accessOf(config: Config, logger: Logger): Access | null {
  const keys = accessKeysOf(config)
  if (keys === null) return null
  return createAccess({ keys, producer: config.nchf.nrf, clock: systemClock, logger })
}

/** A URL is not asked before a token comes. Throws GYRO_CONFIG_INVALID. */
export function accessKeysOf({ nchf: { oauth2 } }: Config): Keys | null {
  const { keys } = oauth2
  if (keys === null) return null
  try {
    return /^https?:\/\//.test(keys) ? remoteKeys(keys) : keysIn(readFileSync(keys, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    throw new GyroError(
      'GYRO_CONFIG_INVALID',
      `GYRO_NCHF_OAUTH2_KEYS: ${keys} cannot be used: ${reason}`,
      { cause: error }
    )
  }
}

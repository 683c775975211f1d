/** All files of keys and certificates that a server needs, each checked by itself. */
import type { Config } from '../ops/config.ts'
import { accessKeysOf } from './nchf-access.ts'
import { signingKeyOf } from './signing-key.ts'
import { materialOf, nchfMaterialOf } from './tls-files.ts'

/** Each throws GYRO_CONFIG_INVALID when what it reads cannot be used. */
export const keyChecks: readonly ((config: Config) => unknown)[] = [
  materialOf,
  nchfMaterialOf,
  accessKeysOf,
  signingKeyOf
]

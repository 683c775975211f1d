/** The key that the heads of the chain of CDRs are signed with. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { GyroError } from '../domain/errors.ts'
import type { Config } from '../ops/config.ts'

/** null: none is configured. Throws GYRO_CONFIG_INVALID. */
export function signingKeyOf({ cdr: { signingKey } }: Config): KeyObject | null {
  if (signingKey === null) return null
  return readKey(signingKey, 'GYRO_CDR_SIGNING_KEY', 'GYRO_CONFIG_INVALID', createPrivateKey)
}

/** PEM text of the public part of the key in a file, which may be either. Throws GYRO_INPUT_INVALID. */
export function publicKeyIn(file: string): string {
  return publicText(readKey(file, '--key', 'GYRO_INPUT_INVALID', createPublicKey))
}

/** PEM text of the public part. */
export function publicText(key: KeyObject): string {
  const part = key.type === 'private' ? createPublicKey(key) : key
  return part.export({ type: 'spki', format: 'pem' }).toString()
}

function readKey(
  file: string,
  setting: string,
  code: 'GYRO_CONFIG_INVALID' | 'GYRO_INPUT_INVALID',
  parse: (pem: Buffer) => KeyObject
): KeyObject {
  try {
    const key = parse(readFileSync(file))
    if (key.asymmetricKeyType === 'ed25519') return key
    throw new Error(`it is a key of type ${key.asymmetricKeyType}`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    throw new GyroError(
      code,
      `${setting}: ${file} cannot be used: ${reason}; make one with ` +
        `openssl genpkey -algorithm ed25519 -out ${file}`,
      { cause: error }
    )
  }
}

/** Settings of the CDR database. */
import type { Setting } from './config-setting.ts'

export const cdrSettings: readonly Setting[] = [
  {
    key: 'cdr.url',
    variable: 'GYRO_CDR',
    type: 'string',
    fallback: 'embedded:./data/cdr',
    allowed: 'embedded:<folder> or postgres://user:password@host:port/database',
    isAllowed: value => /^(embedded:\S|postgres(ql)?:\/\/\S)/.test(String(value)),
    secret: true
  },
  {
    key: 'cdr.signingKey',
    variable: 'GYRO_CDR_SIGNING_KEY',
    type: 'string',
    fallback: '',
    allowed: 'a PEM file with an Ed25519 private key, or empty',
    isAllowed: () => true
  }
]

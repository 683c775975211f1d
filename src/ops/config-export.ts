/** Settings of the export of CDRs. */
import { isIP } from 'node:net'
import { exportFormats } from '../domain/export.ts'
import type { Setting, Value } from './config-setting.ts'

const isWithin = (min: number, max: number) => (value: Value) =>
  typeof value === 'number' && value >= min && value <= max

export const exportSettings: readonly Setting[] = [
  {
    key: 'export.folder',
    variable: 'GYRO_EXPORT_FOLDER',
    type: 'string',
    fallback: '',
    allowed: 'a folder, or empty',
    isAllowed: () => true
  },
  {
    key: 'export.format',
    variable: 'GYRO_EXPORT_FORMAT',
    type: 'string',
    fallback: 'jsonl',
    allowed: `one of ${exportFormats.join(', ')}`,
    isAllowed: value => exportFormats.some(format => format === value)
  },
  {
    key: 'export.stream',
    variable: 'GYRO_EXPORT_STREAM',
    type: 'string',
    fallback: '',
    allowed: '1 to 64 characters out of A-Z a-z 0-9 . _ -, or empty',
    isAllowed: value => /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$/.test(String(value))
  },
  {
    key: 'export.records',
    variable: 'GYRO_EXPORT_RECORDS',
    type: 'integer',
    fallback: 100_000,
    allowed: 'a whole number from 1 to 100000000',
    isAllowed: isWithin(1, 100_000_000)
  },
  {
    key: 'export.seconds',
    variable: 'GYRO_EXPORT_SECONDS',
    type: 'integer',
    fallback: 300,
    allowed: 'a whole number from 1 to 86400',
    isAllowed: isWithin(1, 86_400)
  },
  {
    key: 'export.address',
    variable: 'GYRO_EXPORT_ADDRESS',
    type: 'string',
    fallback: '0.0.0.0',
    allowed: 'an IP address, such as 192.0.2.1',
    isAllowed: value => isIP(String(value)) !== 0
  }
]

/** Settings of the outbox on disk. */
import type { Setting, Value } from './config-setting.ts'

const isWithin = (min: number, max: number) => (value: Value) =>
  typeof value === 'number' && value >= min && value <= max

function whole(key: string, variable: string, fallback: number, min: number, max: number): Setting {
  const allowed = `a whole number from ${min} to ${max}`
  return { key, variable, type: 'integer', fallback, allowed, isAllowed: isWithin(min, max) }
}

const gibibyte = 1_073_741_824
const octetsMost = 1_000_000_000_000_000

export const spillSettings: readonly Setting[] = [
  {
    key: 'spill.folder',
    variable: 'GYRO_SPILL',
    type: 'string',
    fallback: './data/spill',
    allowed: 'a folder',
    isAllowed: value => /\S/.test(String(value))
  },
  whole('spill.records', 'GYRO_SPILL_RECORDS', 500_000, 1, 1_000_000_000),
  whole('spill.memory', 'GYRO_SPILL_MEMORY', 70, 10, 95),
  whole('spill.octets', 'GYRO_SPILL_OCTETS', 32 * gibibyte, 0, octetsMost),
  whole('spill.free', 'GYRO_SPILL_FREE', 2 * gibibyte, 0, octetsMost)
]

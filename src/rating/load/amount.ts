/** Amounts in text: `10 MB`, `1.5 GiB`, `300 min`, and whole numbers of messages. */
import { type Units, type UnitType, unitsMax } from '../../domain/units.ts'
import type { AmountText } from './source.ts'

const factors: Readonly<Record<UnitType, Readonly<Record<string, bigint>>>> = {
  octets: {
    B: 1n,
    kB: 1_000n,
    MB: 1_000_000n,
    GB: 1_000_000_000n,
    TB: 1_000_000_000_000n,
    KiB: 1n << 10n,
    MiB: 1n << 20n,
    GiB: 1n << 30n,
    TiB: 1n << 40n
  },
  seconds: { s: 1n, min: 60n, h: 3600n },
  messages: {}
}

const examples: Readonly<Record<UnitType, string>> = {
  octets: 'such as 10 MB; units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB',
  seconds: 'such as 60 s; units are s, min, h',
  messages: 'a whole number without quotes, such as 100'
}

/** The amount in units, or what is wrong with it. */
export function parseAmount(text: AmountText, unit: UnitType): Units | string {
  const value = unit === 'messages' ? parseCount(text) : parseMeasure(text, factors[unit])
  if (value === null)
    return `${JSON.stringify(text)} is not an amount of ${unit}: write it ${examples[unit]}`
  if (value > BigInt(unitsMax)) return `${text} is too large: the most is ${unitsMax} ${unit}`
  return Number(value)
}

function parseCount(text: AmountText): bigint | null {
  return typeof text === 'number' && Number.isInteger(text) && text >= 0 ? BigInt(text) : null
}

function parseMeasure(text: AmountText, units: Readonly<Record<string, bigint>>): bigint | null {
  const match = /^(\d{1,16})(?:\.(\d{1,12}))? ?([A-Za-z]+)$/.exec(String(text))
  if (!match) return null
  const [, whole = '', decimals = '', name = ''] = match
  const factor = Object.hasOwn(units, name) ? units[name] : undefined
  if (factor === undefined) return null
  const scaled = BigInt(whole + decimals) * factor
  const scale = 10n ** BigInt(decimals.length)
  // A part of an octet or of a second is not an amount.
  return scaled % scale === 0n ? scaled / scale : null
}

/**
 * Conditions of a grant as an open session keeps them, without the characters that part answers: `s` and a number
 * for the tariff switch, `i` input octets, `h` holding time, `c` consumption time, `t` triggers joined by `+`, `p` pool
 * with digits and exponent, `f` final units by their ref; each ends with a space.
 */
import type { FinalUnits, GrantConditions, PoolReference } from '../domain/answer.ts'
import type { Catalogues } from '../rating/catalogue.ts'
import { versionAt } from './versions.ts'

export function encodeConditions(conditions: GrantConditions): string {
  const { tariffChange, inputOctets, holding, consumption, triggers, pool, finalUnits } = conditions
  let text = ''
  if (tariffChange > 0) text += `s${tariffChange} `
  if (inputOctets !== null) text += `i${inputOctets} `
  if (holding !== null) text += `h${holding} `
  if (consumption > 0) text += `c${consumption} `
  if (triggers !== null) text += `t${triggers.join('+')} `
  if (pool !== null) text += `p${pool.id}+${pool.digits}+${pool.exponent} `
  if (finalUnits !== null) text += `f${finalUnits.ref} `
  return text
}

export function decodeConditions(text: string, catalogues: Catalogues): GrantConditions {
  const found = new Map<string, string>()
  for (const item of text.split(' ')) if (item !== '') found.set(item.slice(0, 1), item.slice(1))
  const number = (key: string): number | null => {
    const value = found.get(key)
    return value === undefined ? null : Number(value)
  }
  const triggers = found.get('t')
  return {
    tariffChange: number('s') ?? 0,
    inputOctets: number('i'),
    holding: number('h'),
    consumption: number('c') ?? 0,
    triggers:
      triggers === undefined ? null : triggers === '' ? [] : triggers.split('+').map(Number),
    pool: poolOf(found.get('p')),
    finalUnits: finalUnitsAt(catalogues, found.get('f'))
  }
}

function poolOf(text: string | undefined): PoolReference | null {
  if (text === undefined) return null
  const [id = 0, digits = 0, exponent = 0] = text.split('+').map(Number)
  return { id, digits, exponent }
}

function finalUnitsAt(catalogues: Catalogues, ref: string | undefined): FinalUnits | null {
  if (ref === undefined) return null
  const known = catalogues.current.finalUnits.get(ref)
  return known ?? versionAt(catalogues, ref)?.finalUnits.get(ref) ?? null
}

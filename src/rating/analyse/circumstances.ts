/** Usages that differ in what conditions want of the network: one for each set of conditions, and one that says nothing. */
import type { NetworkFacts } from '../../domain/facts.ts'
import type { Catalogue } from '../catalogue.ts'
import type { Conditions } from '../conditions.ts'

export interface Circumstance {
  readonly facts: NetworkFacts
  readonly identifiers: readonly number[]
}

const nothing: Circumstance = { facts: {}, identifiers: [] }
/** Of one set of conditions; further ones would only repeat what these show. */
const samplesMax = 64

/** What the network says, and the service identifiers, wherever rules, allowances or limits tell them apart. */
export function circumstancesOf({ offers }: Catalogue): readonly Circumstance[] {
  const found = new Map<string, Circumstance>([[JSON.stringify(nothing), nothing]])
  for (const { prices, allowances, limits = [] } of offers.values()) {
    for (const { match } of [...prices, ...allowances, ...limits]) {
      if (match.conditions === undefined) continue
      for (const sample of samplesOf(match.conditions)) found.set(JSON.stringify(sample), sample)
    }
  }
  return [...found.values()]
}

function samplesOf(wanted: Conditions): readonly Circumstance[] {
  let samples: readonly Circumstance[] = [nothing]
  const vary = <T>(
    values: ReadonlySet<T> | undefined,
    put: (sample: Circumstance, value: T) => Circumstance
  ) => {
    if (values === undefined) return
    samples = [...values]
      .flatMap(value => samples.map(sample => put(sample, value)))
      .slice(0, samplesMax)
  }
  const fact =
    (name: keyof NetworkFacts) =>
    ({ facts, identifiers }: Circumstance, value: string | number): Circumstance => ({
      facts: { ...facts, [name]: value },
      identifiers
    })
  vary(wanted.apns, fact('apn'))
  vary(wanted.slices, fact('slice'))
  vary(wanted.rats, fact('rat'))
  vary(wanted.qos, fact('qci'))
  vary(wanted.characteristics, fact('chargingCharacteristics'))
  vary(wanted.identifiers, ({ facts }, value) => ({ facts, identifiers: [value] }))
  return samples
}

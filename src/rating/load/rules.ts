/** All rules of a catalogue, and what they want to know. */
import type { Catalogue, Offer, PriceRule } from '../catalogue.ts'

export function rulesOf(offers: ReadonlyMap<string, Offer>): Pick<Catalogue, 'rules' | 'byAccess'> {
  const rules = new Map<string, PriceRule>()
  let byAccess = false
  for (const { prices, allowances } of offers.values()) {
    for (const rule of prices) {
      rules.set(rule.ref, rule)
      for (const row of rule.table?.rows ?? []) rules.set(row.ref, row)
      for (const made of rule.onAny?.values() ?? []) rules.set(made.ref, made)
    }
    byAccess ||= [...prices, ...allowances].some(
      ({ match: { conditions } }) => conditions?.rats !== undefined || conditions?.qos !== undefined
    )
  }
  return byAccess ? { rules, byAccess } : { rules }
}

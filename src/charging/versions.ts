/**
 * Versions of the catalogue within a decision. What a session was granted is rated by the version that it was granted
 * by, whatever is in force since; and a new version that leaves a price as it was changes nothing for a session.
 */
import { assert, VersionUnknown } from '../domain/errors.ts'
import type { Catalogue, Catalogues, PriceRule } from '../rating/catalogue.ts'
import type { SessionDraft } from './draft.ts'

/**
 * The version that a reference (`version:offer/rule`) is to; undefined: it names none. Throws VersionUnknown on one that
 * is not loaded here.
 */
export function versionAt(catalogues: Catalogues, ref: string): Catalogue | undefined {
  const end = ref.indexOf(':')
  if (end <= 0) return undefined
  const version = ref.slice(0, end)
  const { byVersion, current, lost } = catalogues
  const known = version === current.version ? current : byVersion.get(version)
  if (known !== undefined) return known
  assert(lost?.has(version) !== true, `the catalogue version ${version} of ${ref} is lost`)
  throw new VersionUnknown(version)
}

/**
 * The rule as the session counts under it: that of an earlier version while its terms are the same, so that set-up and
 * minimum do not fall again.
 */
export function ruleOf(
  catalogues: Catalogues,
  session: SessionDraft,
  rule: PriceRule | null
): PriceRule | null {
  if (rule === null) return null
  const { positions, services } = session
  for (const { price } of positions) if (price === rule.ref) return rule
  for (const { price } of positions) {
    const earlier = sameTerms(catalogues, rule, price)
    if (earlier !== null) return earlier
  }
  for (const { grant } of services) {
    const earlier = grant === null ? null : sameTerms(catalogues, rule, grant.price)
    if (earlier !== null) return earlier
  }
  return rule
}

/** The rule behind a reference when it is this one in another version, on the same terms; null: it is not. */
function sameTerms(catalogues: Catalogues, rule: PriceRule, ref: string): PriceRule | null {
  // Nearly every reference is to the version in force.
  if (ref.startsWith(catalogues.current.version)) return null
  const end = ref.indexOf(':')
  if (end <= 0 || !rule.ref.endsWith(ref.slice(end))) return null
  const known = versionAt(catalogues, ref)?.rules.get(ref)
  if (known === undefined || known.tax !== rule.tax) return null
  return equal(known.price, rule.price) ? known : null
}

/** Whether two prices are made of the same values. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Map && b instanceof Map) return equal([...a], [...b])
  if (a instanceof Set && b instanceof Set) return equal([...a], [...b])
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(key => equal(Reflect.get(a, key), Reflect.get(b, key)))
}

/** What people call a service, as rating group and service context. */
import { GyroError } from '../../domain/errors.ts'
import type { UnitType } from '../../domain/units.ts'
import type { Catalogue } from '../../rating/catalogue.ts'
import { defaultGroupOf, serviceIdOf } from '../../rating/context.ts'

/** Service contexts by the words that everybody knows: TS 32.251, TS 32.260, TS 32.274. */
const words: ReadonlyMap<string, string> = new Map([
  ['data', '32251'],
  ['voice', '32260'],
  ['sms', '32274']
])
const dataContext = '32251'

/** The rating group to ask with; null: none, so that the context decides. Throws GYRO_INPUT_INVALID. */
export function groupOf(
  catalogue: Catalogue,
  service: string | null,
  ratingGroup: number | null
): number | null {
  if (ratingGroup !== null || service === null) return ratingGroup
  for (const [group, id] of catalogue.ratingGroups) if (id === service) return group
  for (const own of catalogue.contextServices.values()) {
    for (const [group, id] of own) if (id === service) return group
  }
  const context = words.get(service)
  const group = context === undefined ? undefined : defaultGroupOf(catalogue, context)
  if (group !== undefined) return group
  const known = [...new Set([...words.keys(), ...catalogue.services.keys()])].join(', ')
  throw new GyroError('GYRO_INPUT_INVALID', `there is no service ${service}; known are ${known}`)
}

/** The context that such a service is usually asked for in. */
export function contextOf(
  catalogue: Catalogue,
  service: string | null,
  ratingGroup: number | null
): string {
  const named = service === null ? undefined : words.get(service)
  if (named !== undefined) return named
  for (const [context, own] of catalogue.contextServices) {
    for (const id of own.values()) if (id === service) return nameOf(context)
  }
  const wanted = ratingGroup === null ? undefined : catalogue.ratingGroups.get(ratingGroup)
  for (const [context, group] of catalogue.contexts) {
    if (wanted !== undefined && catalogue.ratingGroups.get(group) === wanted) return nameOf(context)
  }
  return dataContext
}

/** A context that fits a pattern of the catalogue. */
function nameOf(pattern: string): string {
  return pattern.replaceAll('*', 'x')
}

/** What the service of a rating group is counted in. */
export function unitOf(
  catalogue: Catalogue,
  context: string,
  ratingGroup: number | null
): UnitType {
  const group = ratingGroup ?? defaultGroupOf(catalogue, context)
  const id = group === undefined ? undefined : serviceIdOf(catalogue, context, group)
  return (id === undefined ? undefined : catalogue.services.get(id)?.unit) ?? 'octets'
}

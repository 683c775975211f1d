/** What rules and allowances apply to: services, places, numbers, legs, and what they want of the network. */

import { ratTypes } from '../../domain/rat-types.ts'
import type { Match, Service } from '../catalogue.ts'
import type { Conditions } from '../conditions.ts'
import { checkName } from './compile-network.ts'
import type { Known } from './known.ts'
import type { Path, Report } from './problem.ts'
import type { MatchFile } from './source.ts'

export function compileMatch(
  entry: MatchFile,
  services: readonly Service[],
  known: Known,
  at: Path,
  report: Report
): Match {
  for (const [index, zone] of (entry.zones ?? []).entries()) {
    if (known.zones) checkName(known.zones, zone, [...at, 'zones', index], 'zone', report)
  }
  for (const [index, name] of (entry.destinations ?? []).entries()) {
    const path = [...at, 'destinations', index]
    if (known.destinations) checkName(known.destinations, name, path, 'destination', report)
  }
  const without = services.find(service => !service.destinations)
  if (entry.destinations !== undefined && without !== undefined) {
    const message = `service ${without.id} has no destinations, so this would never match; remove it`
    report([...at, 'destinations'], message, true)
  }
  return {
    zones: entry.zones === undefined ? null : new Set(entry.zones),
    destinations: entry.destinations === undefined ? null : new Set(entry.destinations),
    legs: entry.legs === undefined ? null : new Set(entry.legs),
    ...conditionsOf(entry)
  }
}

/** Nothing at all where nothing is wanted, so that most rules are not asked. */
function conditionsOf(entry: MatchFile): Pick<Match, 'conditions'> {
  const { apns, slices, rats, qos } = entry
  const identifiers = entry['service-identifiers']
  const characteristics = entry['charging-characteristics']
  const conditions: Conditions = {
    ...(apns === undefined ? {} : { apns: inSmall(apns) }),
    ...(slices === undefined ? {} : { slices: inSmall(slices) }),
    ...(rats === undefined ? {} : { rats: new Set(rats.map(word => ratTypes[word])) }),
    ...(qos === undefined ? {} : { qos: new Set(qos) }),
    ...(identifiers === undefined ? {} : { identifiers: new Set(identifiers) }),
    ...(characteristics === undefined ? {} : { characteristics: inSmall(characteristics) })
  }
  return Object.keys(conditions).length === 0 ? {} : { conditions }
}

function inSmall(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.map(text => text.toLowerCase()))
}

export function findService(id: string, known: Known, path: Path, report: Report): Service | null {
  if (known.services === null) return null
  checkName(known.services, id, path, 'service', report)
  return known.services.get(id) ?? null
}

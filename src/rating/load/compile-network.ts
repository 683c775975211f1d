/** Services, zones and destinations: from their files to maps, with every doubtful entry reported. */
import type { Service } from '../catalogue.ts'
import { contextPatterns } from '../context.ts'
import { createPrefixTable, type PrefixTable } from '../prefix-table.ts'
import type { Path, Report } from './problem.ts'
import type {
  CatalogueParts,
  DestinationsFile,
  PrefixRow,
  ServicesFile,
  ZonesFile
} from './source.ts'

export interface Services {
  readonly services: ReadonlyMap<string, Service>
  readonly ratingGroups: ReadonlyMap<number, string>
  readonly contexts: ReadonlyMap<string, number>
  readonly contextPatterns: readonly string[]
  readonly contextServices: ReadonlyMap<string, ReadonlyMap<number, string>>
}

export interface Zones {
  readonly names: ReadonlySet<string>
  readonly zones: ReadonlyMap<string, string>
  readonly homeZone: string
  readonly otherZone: string
}

export interface Destinations {
  readonly names: ReadonlySet<string>
  readonly destinations: PrefixTable
  readonly shortNumbers: ReadonlyMap<string, string>
  readonly routingNumbers: ReadonlyMap<string, string>
  readonly routingDigits: number
  readonly otherDestination: string
}

export function compileServices(file: ServicesFile, report: Report): Services {
  const services = new Map<string, Service>()
  const ratingGroups = new Map<number, string>()
  const contextServices = new Map<string, Map<number, string>>()
  for (const [index, entry] of file.services.entries()) {
    const at: Path = ['services', 'services', index]
    const service = {
      id: entry.service,
      unit: entry.unit,
      destinations: entry.destinations ?? false,
      ...(entry['with-video'] === undefined ? {} : { withVideo: entry['with-video'] })
    }
    addOnce(services, entry.service, service, [...at, 'service'], 'service', report)
    for (const [i, group] of entry['rating-groups'].entries()) {
      const path = [...at, 'rating-groups', i]
      for (const groups of groupsOf(entry.contexts, ratingGroups, contextServices)) {
        addOnce(groups, group, entry.service, path, 'rating group', report)
      }
    }
  }
  const contexts = new Map(Object.entries(file.contexts))
  for (const [context, group] of contexts) {
    if (!contextServices.get(context)?.has(group) && !ratingGroups.has(group)) {
      report(['services', 'contexts', context], `rating group ${group} is that of no service`)
    }
  }
  checkReferences(file, services, contexts, report)
  const patterns = contextPatterns(contexts.keys())
  return { services, ratingGroups, contexts, contextPatterns: patterns, contextServices }
}

/** Where the rating groups of a service are entered: those of its contexts, or those of every context. */
function groupsOf(
  contexts: readonly string[] | undefined,
  everywhere: Map<number, string>,
  byContext: Map<string, Map<number, string>>
): readonly Map<number, string>[] {
  if (contexts === undefined) return [everywhere]
  return contexts.map(context => {
    const groups = byContext.get(context) ?? new Map<number, string>()
    byContext.set(context, groups)
    return groups
  })
}

function checkReferences(
  file: ServicesFile,
  services: ReadonlyMap<string, Service>,
  contexts: ReadonlyMap<string, number>,
  report: Report
): void {
  for (const [index, entry] of file.services.entries()) {
    const at: Path = ['services', 'services', index]
    for (const [i, context] of (entry.contexts ?? []).entries()) {
      checkName(contexts, context, [...at, 'contexts', i], 'context', report)
    }
    const video = entry['with-video']
    if (video === undefined) continue
    checkName(services, video, [...at, 'with-video'], 'service', report)
    if ((services.get(video)?.unit ?? entry.unit) !== entry.unit) {
      const message = `${video} is not counted in ${entry.unit} as ${entry.service} is`
      report([...at, 'with-video'], `${message}; give both the same unit`)
    }
  }
}

export function compileZones(file: ZonesFile, report: Report): Zones {
  const names = new Set<string>()
  const zones = new Map<string, string>()
  for (const [index, entry] of file.zones.entries()) {
    const at: Path = ['zones', 'zones', index]
    nameOnce(names, entry.zone, [...at, 'zone'], 'zone', report)
    addAll(zones, entry.networks, entry.zone, [...at, 'networks'], 'network', report)
    addAll(zones, entry.countries, entry.zone, [...at, 'countries'], 'country', report)
    const empty = entry.networks === undefined && entry.countries === undefined
    if (empty && entry.zone !== file.home && entry.zone !== file.other) {
      report(at, `zone ${entry.zone} has no networks and no countries; add some or remove it`)
    }
  }
  checkName(names, file.home, ['zones', 'home'], 'zone', report)
  checkName(names, file.other, ['zones', 'other'], 'zone', report)
  return { names, zones, homeZone: file.home, otherZone: file.other }
}

export function compileDestinations(
  file: DestinationsFile,
  rows: readonly PrefixRow[],
  emergency: ReadonlySet<string>,
  report: Report
): Destinations {
  const names = new Set<string>()
  const destinations = new Map<string, string>()
  const shortNumbers = new Map<string, string>()
  const routingNumbers = new Map<string, string>()
  for (const [index, entry] of file.destinations.entries()) {
    const at: Path = ['destinations', 'destinations', index]
    const name = entry.destination
    nameOnce(names, name, [...at, 'destination'], 'destination', report)
    addAll(destinations, entry.prefixes, name, [...at, 'prefixes'], 'prefix', report)
    addAll(shortNumbers, entry.numbers, name, [...at, 'numbers'], 'number', report)
    const routing = entry['routing-numbers']
    addAll(routingNumbers, routing, name, [...at, 'routing-numbers'], 'routing number', report)
    for (const [i, number] of (entry.numbers ?? []).entries()) {
      if (emergency.has(number)) {
        report([...at, 'numbers', i], `${number} is an emergency number and always free; remove it`)
      }
    }
  }
  for (const [index, { prefix, destination }] of rows.entries()) {
    const at: Path = ['prefixes', index]
    addOnce(destinations, prefix, destination, [...at, 'prefix'], 'prefix', report)
    checkName(names, destination, [...at, 'destination'], 'destination', report)
  }
  checkName(names, file.other, ['destinations', 'other'], 'destination', report)
  return {
    names,
    destinations: createPrefixTable(destinations),
    shortNumbers,
    routingNumbers,
    routingDigits: longestKey(routingNumbers),
    otherDestination: file.other
  }
}

function longestKey(table: ReadonlyMap<string, string>): number {
  let longest = 0
  for (const key of table.keys()) longest = Math.max(longest, key.length)
  return longest
}

/** The emergency numbers of a catalogue file; none when it could not be read. */
export function emergencyNumbers(parts: CatalogueParts): ReadonlySet<string> {
  return new Set(parts.catalogue?.emergency)
}

/** Reports a name that is not among the known ones, and says which are. */
export function checkName(
  names: { has(name: string): boolean; keys(): Iterable<string> },
  name: string,
  path: Path,
  what: string,
  report: Report
): void {
  if (names.has(name)) return
  report(path, `there is no ${what} ${name}; known are ${[...names.keys()].join(', ')}`)
}

function nameOnce(
  names: Set<string>,
  name: string,
  path: Path,
  what: string,
  report: Report
): void {
  if (names.has(name)) report(path, `there are two ${what}s ${name}; remove or rename one`)
  names.add(name)
}

function addAll(
  map: Map<string, string>,
  keys: readonly string[] | undefined,
  value: string,
  at: Path,
  what: string,
  report: Report
): void {
  for (const [i, key] of (keys ?? []).entries()) addOnce(map, key, value, [...at, i], what, report)
}

function addOnce<K, V>(
  map: Map<K, V>,
  key: K,
  value: V,
  path: Path,
  what: string,
  report: Report
): void {
  if (!map.has(key)) map.set(key, value)
  else report(path, `${what} ${String(key)} stands here a second time; remove one`)
}

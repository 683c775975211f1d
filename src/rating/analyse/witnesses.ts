/**
 * Witnesses: for each service one usage in every zone and to every destination that a network can be in or call, on
 * each leg.
 *
 * Rules and allowances choose by service, zone, destination, leg, time and what their conditions name, and tables by
 * country and network, so what no witness shows cannot happen. Each is
 * made by trying: the facts are only kept if the classifier takes them for what they are to be.
 */
import type { NetworkFacts } from '../../domain/facts.ts'
import type { EpochMs } from '../../domain/time.ts'
import { bandsAt } from '../calendar.ts'
import type { Catalogue } from '../catalogue.ts'
import { classify, type Situation } from '../classify.ts'
import type { CatalogueSource, TableFile } from '../load/source.ts'
import { type Circumstance, circumstancesOf } from './circumstances.ts'

export interface Witness {
  readonly situation: Situation
  /** As a network names it; empty: any. */
  readonly context: string
  readonly facts: NetworkFacts
  /** What holds of the calendar, and an instant at which it does; null: any. */
  readonly bands: ReadonlySet<string>
  readonly at: EpochMs | null
}

interface Samples {
  /** A serving network in each zone that has one. */
  readonly networks: readonly string[]
  /** What is said of a call to each destination that has a number, on each leg that rules tell apart. */
  readonly calls: readonly NetworkFacts[]
  /** The networks that tables tell apart. */
  readonly named: readonly string[]
  /** Calls to the destinations that rules tell apart, and to one other: those from each of `named` would be too many. */
  readonly fewCalls: readonly NetworkFacts[]
}

export function witnessesOf(
  catalogue: Catalogue,
  source: CatalogueSource
): ReadonlyMap<string, readonly Witness[]> {
  const calls = sampleCalls(catalogue, source)
  const samples = {
    ...sampleNetworksAndRows(catalogue, source),
    calls: onLegs(catalogue, [...calls.values()]),
    fewCalls: onLegs(catalogue, toldApart(catalogue, source, calls))
  }
  const times = sampleTimes(catalogue)
  const anyTime: readonly Time[] = [{ bands: new Set(), at: null }]
  const conditions = circumstancesOf(catalogue)
  const found = new Map<string, readonly Witness[]>()
  for (const [context, ratingGroup, id] of groupsOf(catalogue)) {
    const service = catalogue.services.get(id)
    if (service === undefined || found.has(id)) continue
    const told = isTimed(catalogue, id) ? times : anyTime
    const witnesses = circumstances(samples, service.destinations, conditions).flatMap(
      ({ facts, identifiers }): readonly Witness[] => {
        const situation = classify(catalogue, context, ratingGroup, facts, identifiers)
        if (situation === null) return []
        return told.map(({ bands, at }) => ({ situation, context, facts, bands, at }))
      }
    )
    found.set(id, witnesses)
  }
  return found
}

/** Every rating group with what it stands for, in the contexts where it stands for something of their own. */
function groupsOf(catalogue: Catalogue): readonly (readonly [string, number, string])[] {
  const usual = Array.from(catalogue.ratingGroups, ([group, id]) => ['', group, id] as const)
  const own = Array.from(catalogue.contextServices, ([context, groups]) =>
    Array.from(groups, ([group, id]) => [context.replaceAll('*', 'x'), group, id] as const)
  )
  return [...usual, ...own.flat()]
}

function circumstances(
  { networks, calls, named, fewCalls }: Samples,
  called: boolean,
  conditions: readonly Circumstance[]
): readonly Circumstance[] {
  const from = (plmns: readonly string[], numbers: readonly NetworkFacts[]) =>
    plmns.flatMap((plmn): readonly NetworkFacts[] =>
      called ? numbers.map(call => ({ plmn, ...call })) : [{ plmn }]
    )
  const places = [...from(networks, calls), ...from(named, fewCalls)]
  const fewPlaces = from([...networks, ...named], fewCalls)
  return conditions.flatMap(({ facts, identifiers }, index) =>
    (index === 0 ? places : fewPlaces).map(place => ({
      facts: { ...place, ...facts },
      identifiers
    }))
  )
}

/** Whether a price of the service depends on the time. */
function isTimed({ offers }: Catalogue, id: string): boolean {
  return [...offers.values()].some(({ prices }) =>
    prices.some(({ service, bands }) => bands !== undefined && (service === id || service === ''))
  )
}

type Time = Pick<Witness, 'bands' | 'at'>

/** Every set of bands that holds together at some time of a week or on a holiday, with such a time. */
function sampleTimes({ calendar }: Catalogue): readonly Time[] {
  if (calendar === null) return [{ bands: new Set(), at: null }]
  const found = new Map<string, Time>()
  const dates = calendar.bands.flatMap(({ windows }) =>
    windows.flatMap(window => [...(window.dates ?? [])])
  )
  const walk = (from: EpochMs, until: EpochMs) => {
    for (let at = from; at < until; ) {
      const span = bandsAt(calendar, at)
      const key = [...span.bands].toSorted().join(' ')
      if (!found.has(key)) found.set(key, { bands: span.bands, at })
      at = span.until
    }
  }
  walk(someWeek, someWeek + 8 * dayMs)
  const days = dates.map(date => (date.length === 5 ? `2028-${date}` : date))
  for (const day of [...calendar.holidays, ...days]) {
    const noon = Date.parse(`${day}T12:00:00Z`)
    walk(noon - dayMs, noon + dayMs)
  }
  return [...found.values()]
}

const dayMs = 86_400_000
/** Eight days from a Sunday without clock changes or usual holidays. */
const someWeek = Date.UTC(2026, 1, 1, 12)

const legs = ['originating', 'terminating', 'forwarding'] as const

function onLegs(catalogue: Catalogue, calls: readonly NetworkFacts[]): readonly NetworkFacts[] {
  const told = [...catalogue.offers.values()].some(({ prices, allowances, limits = [] }) =>
    [...prices, ...allowances, ...limits].some(({ match }) => match.legs !== null)
  )
  return told ? legs.flatMap(leg => calls.map(call => ({ ...call, leg }))) : calls
}

/** A network in each zone, in each country and network that a table names, and in each zone one that none names. */
function sampleNetworksAndRows(
  catalogue: Catalogue,
  { tables = [] }: CatalogueSource
): Pick<Samples, 'networks' | 'named'> {
  const countries = new Set(tables.flatMap(table => valuesIn(table, 'country')))
  const networks = new Set(tables.flatMap(table => valuesIn(table, 'network')))
  const isNamed = (plmn: string) => countries.has(plmn.slice(0, 3)) || networks.has(plmn)
  const found = new Set(sampleNetworks(catalogue, () => true).values())
  const named = new Set([
    ...sampleNetworks(catalogue, plmn => !isNamed(plmn)).values(),
    ...Array.from(countries, country => `${country}01`),
    ...networks
  ])
  return { networks: [...found], named: [...named].filter(plmn => !found.has(plmn)) }
}

/** Of the calls to each destination those to the ones that a rule or a table names, and to one that none does. */
function toldApart(
  { offers }: Catalogue,
  { tables = [] }: CatalogueSource,
  calls: ReadonlyMap<string, NetworkFacts>
): readonly NetworkFacts[] {
  const named = new Set(
    tables.flatMap(({ columns, rows }) =>
      rows.flatMap(cells => (cells[columns.indexOf('destination')] ?? '').split(' '))
    )
  )
  for (const { prices, allowances, limits = [] } of offers.values()) {
    for (const { match } of [...prices, ...allowances, ...limits]) {
      for (const destination of match.destinations ?? []) named.add(destination)
    }
  }
  const other = [...calls.keys()].find(destination => !named.has(destination))
  return Array.from(calls, ([destination, call]) =>
    named.has(destination) || destination === other ? [call] : []
  ).flat()
}

function valuesIn({ columns, rows }: TableFile, name: string): readonly string[] {
  const column = columns.indexOf(name)
  const values = rows.flatMap(cells => (cells[column] ?? '').split(' '))
  return values.filter(value => /^\d+$/.test(value))
}

/** A network in each zone that has one that may be taken. */
function sampleNetworks(
  catalogue: Catalogue,
  mayTake: (plmn: string) => boolean
): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const [group] = catalogue.ratingGroups.keys()
  if (group === undefined) return found
  const zoneOf = (plmn: string) => classify(catalogue, '', group, { plmn })?.zone
  for (const [network, zone] of catalogue.zones) {
    if (found.has(zone)) continue
    // An entry of three digits is a country: some network in it that is in no other zone.
    const tries = network.length > 3 ? [network] : endings.map(mnc => `${network}${mnc}`)
    const plmn = tries.find(candidate => mayTake(candidate) && zoneOf(candidate) === zone)
    if (plmn !== undefined) found.set(zone, plmn)
  }
  const elsewhere = foreign.find(
    candidate => mayTake(candidate) && zoneOf(candidate) === catalogue.otherZone
  )
  if (!found.has(catalogue.otherZone) && elsewhere !== undefined) {
    found.set(catalogue.otherZone, elsewhere)
  }
  // A request that names no network is at home, whatever networks home has.
  if (!found.has(catalogue.homeZone)) found.set(catalogue.homeZone, '')
  return found
}

/** Mobile network codes to try. */
const endings: readonly string[] = Array.from({ length: 100 }, (_, i) =>
  String(i).padStart(2, '0')
).toReversed()

/** Networks of many countries, for the zone of those that are in no other. */
const foreign: readonly string[] = [
  '310410',
  ...Array.from({ length: 600 }, (_, i) => `${200 + i}99`)
]

function sampleCalls(
  catalogue: Catalogue,
  { destinations, prefixes }: CatalogueSource
): ReadonlyMap<string, NetworkFacts> {
  const found = new Map<string, NetworkFacts>()
  const group = [...catalogue.ratingGroups].find(
    ([, id]) => catalogue.services.get(id)?.destinations === true
  )?.[0]
  if (group === undefined) return found
  const tryOut = (destination: string, calls: readonly NetworkFacts[]) => {
    if (found.has(destination)) return
    const fits = calls.find(
      call => classify(catalogue, '', group, call)?.destination === destination
    )
    if (fits !== undefined) found.set(destination, fits)
  }
  for (const entry of destinations.destinations) {
    for (const prefix of entry.prefixes ?? []) tryOut(entry.destination, numbersFrom(prefix))
    for (const number of entry.numbers ?? []) tryOut(entry.destination, [{ calledParty: number }])
    for (const routingNumber of entry['routing-numbers'] ?? []) {
      tryOut(entry.destination, [{ calledParty: '+123456789', routingNumber }])
    }
  }
  for (const { prefix, destination } of prefixes) {
    if (!found.has(destination)) tryOut(destination, numbersFrom(prefix))
  }
  tryOut(
    catalogue.otherDestination,
    others.map(calledParty => ({ calledParty }))
  )
  return found
}

/** Numbers that begin so; longer prefixes of other destinations are gone round. */
function numbersFrom(prefix: string): readonly NetworkFacts[] {
  return fillers.map(digits => ({ calledParty: `+${prefix}${digits}` }))
}

const fillers: readonly string[] = [
  ...Array.from({ length: 10 }, (_, digit) => String(digit).repeat(7)),
  ...Array.from({ length: 100 }, (_, digits) => `${String(digits).padStart(2, '0')}1234567`),
  ''
]

/** Numbers in no numbering plan, and an address that is no number. */
const others: readonly string[] = [
  ...Array.from({ length: 9 }, (_, digit) => `+${digit + 1}23456789`),
  ...Array.from({ length: 90 }, (_, digits) => `+${digits + 10}2345678`),
  'sip:nobody@example.org'
]

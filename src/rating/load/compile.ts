/**
 * From the files of a catalogue to what the engine rates by. Pure: the same source is the same catalogue,
 * and nothing is kept between two calls, so a reload that fails leaves no trace.
 */
import { createHash } from 'node:crypto'
import type { FinalUnits } from '../../domain/answer.ts'
import { currencyNumber } from '../../domain/currency.ts'
import type { Calendar, Catalogue, Offer, QuotaPolicy } from '../catalogue.ts'
import { compileGiven, type Given, joinLimits } from './compile-allowances.ts'
import { compileCalendar } from './compile-calendar.ts'
import { compileFree } from './compile-free.ts'
import {
  checkName,
  compileDestinations,
  compileServices,
  compileZones,
  emergencyNumbers,
  type Services
} from './compile-network.ts'
import { compileOwn, type OwnOffer } from './compile-offer.ts'
import { compilePartialRecords } from './compile-partial-records.ts'
import { compileFinalUnits, compileQuota } from './compile-quota.ts'
import type { DraftRule } from './compile-rule.ts'
import { withSales } from './compile-sale.ts'
import { type Known, knownOf } from './known.ts'
import { type AllOnAny, joinRules, markAll } from './mark-ups.ts'
import { invalidCatalogue, keyText, type Problem, type Report } from './problem.ts'
import { rulesOf } from './rules.ts'
import type { Part } from './schema.ts'
import {
  type CatalogueFile,
  type CatalogueParts,
  type CatalogueSource,
  canonicalSource,
  type OfferFile
} from './source.ts'
import { validatePart } from './validate.ts'

/** Compiles a catalogue. Throws GYRO_CATALOGUE_INVALID that names every problem by its key. */
export function compileCatalogue(source: CatalogueSource): Catalogue {
  const problems: Problem[] = []
  const report: Report = (path, message, atKey = false) => problems.push({ path, message, atKey })
  checkForm(source, report)
  const catalogue =
    problems.length === 0 ? compileParts(source, canonicalSource(source), report) : null
  if (catalogue !== null && problems.length === 0) return catalogue
  const lines = problems.map(({ path, message }) => `${keyText(path)}: ${message}`)
  throw invalidCatalogue('The catalogue', lines)
}

/** Compiles the catalogue again from `Catalogue.source`. Throws GYRO_CATALOGUE_INVALID. */
export function catalogueFromSource(json: string): Catalogue {
  let source: unknown
  try {
    source = JSON.parse(json)
  } catch (error) {
    throw invalidCatalogue('The stored catalogue', [`source: ${String(error)}`])
  }
  const format =
    typeof source === 'object' && source !== null && 'format' in source && source.format
  if (format !== 1) {
    const advice = 'another version of Gyro wrote it; run that version or a newer one'
    throw invalidCatalogue('The stored catalogue', [`format: is not 1; ${advice}`])
  }
  return compileCatalogue(source as CatalogueSource)
}

/**
 * Compiles the files that could be read, so that their problems are found also when others have faults.
 * null: a file was missing. What it returns is of use only when nothing was reported.
 */
export function compileParts(
  parts: CatalogueParts,
  source: string,
  report: Report
): Catalogue | null {
  const version = createHash('sha256').update(source).digest('hex').slice(0, 12)
  const emergency = emergencyNumbers(parts)
  const services = parts.services && compileServices(parts.services, report)
  const policy = parts.catalogue && compilePolicy(parts.catalogue, version, services, report)
  const zones = parts.zones && compileZones(parts.zones, report)
  const destinations =
    parts.destinations &&
    compileDestinations(parts.destinations, parts.prefixes ?? [], emergency, report)
  const known = knownOf(parts, {
    version,
    services: services?.services ?? null,
    zones: zones?.names ?? null,
    destinations: destinations?.names ?? null,
    bands: policy && new Set(policy.calendar?.bands.map(band => band.id)),
    finalUnits: policy?.finalUnits ?? null
  })
  const offers = withSales(compileOffers(parts, known, report), parts, report)
  const free = parts.services && compileFree(parts.services, known, report)
  if (!parts.catalogue || !policy || !services || !free || !zones || !destinations) return null
  const { names: _zoneNames, ...zoneMaps } = zones
  const { names: _destinationNames, ...destinationMaps } = destinations
  return {
    version,
    currency: parts.catalogue.currency,
    timeZone: parts.catalogue['time-zone'],
    countryCode: parts.catalogue['country-code'],
    emergencyNumbers: emergency,
    unnamedRefunds: parts.catalogue['unnamed-refunds'] ?? true,
    quota: policy.quota,
    calendar: policy.calendar,
    finalUnits: byRef(policy.finalUnits),
    ...compilePartialRecords(parts.catalogue, report),
    ...services,
    free,
    ...zoneMaps,
    ...destinationMaps,
    offers,
    ...rulesOf(offers),
    source
  }
}

interface Policy {
  readonly quota: QuotaPolicy
  readonly calendar: Calendar | null
  /** By id. */
  readonly finalUnits: ReadonlyMap<string, FinalUnits>
}

function compilePolicy(
  file: CatalogueFile,
  version: string,
  services: Services | null,
  report: Report
): Policy {
  if (currencyNumber(file.currency) === undefined) {
    report(['catalogue', 'currency'], `${file.currency} is not a currency of ISO 4217`)
  }
  if (!isTimeZone(file['time-zone'])) {
    report(['catalogue', 'time-zone'], `${file['time-zone']} is not an IANA time zone`)
  }
  const finalUnits = compileFinalUnits(file, version, report)
  const quota = compileQuota(file, services?.services ?? null, finalUnits, report)
  return { quota, calendar: compileCalendar(file, report), finalUnits }
}

function checkForm(source: CatalogueSource, report: Report): void {
  const files: Record<Exclude<Part, 'offers' | 'tables'>, unknown> = {
    catalogue: source.catalogue,
    services: source.services,
    zones: source.zones,
    destinations: source.destinations,
    prefixes: source.prefixes
  }
  for (const [part, value] of Object.entries(files))
    validatePart(part as Part, value, [part], report)
  if (source.tables !== undefined) validatePart('tables', source.tables, ['tables'], report)
  if (!Array.isArray(source.offers)) report(['offers'], 'must be a list')
  else
    for (const [index, offer] of source.offers.entries()) {
      validatePart('offers', offer, ['offers', index], report)
    }
}

function compileOffers(
  parts: CatalogueParts,
  known: Known,
  report: Report
): ReadonlyMap<string, Offer> {
  const files = new Map<string, OfferFile>()
  const own = new Map<string, OwnOffer & Given>()
  for (const [index, file] of parts.offers.entries()) {
    if (file === null) continue
    const at = ['offers', index]
    if (files.has(file.offer)) {
      report([...at, 'offer'], `there are two offers ${file.offer}; rename one`)
    }
    files.set(file.offer, file)
    own.set(file.offer, {
      ...compileOwn(file, known, at, report),
      ...compileGiven(file, known, at, report)
    })
  }
  const complete = parts.offers.every(file => file !== null)
  for (const [index, file] of parts.offers.entries()) {
    const from = file?.['prices-of']
    if (from === undefined || !complete) continue
    checkName(files, from, ['offers', index, 'prices-of'], 'offer', report)
    const other = files.get(from)
    if (file && other && file.currency !== other.currency) {
      const message = `${from} has its prices in another currency`
      report(['offers', index, 'prices-of'], message)
    }
    if (file && lineage(file, files).includes(file.offer)) {
      report(['offers', index, 'prices-of'], `leads from ${from} back to ${file.offer}`)
    }
  }
  return joinOffers(files, own, report)
}

/** Each offer with its own rules and limits, then those of the offer it takes prices of, and so on. */
function joinOffers(
  files: ReadonlyMap<string, OfferFile>,
  own: ReadonlyMap<string, OwnOffer & Given>,
  report: Report
): ReadonlyMap<string, Offer> {
  const offers = new Map<string, Offer>()
  const named = namedRules(own)
  const onAny: AllOnAny = new Map()
  for (const [id, file] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const offer = own.get(id)
    if (offer === undefined) continue
    const from = lineage(file, files)
    const inherited = from.flatMap(other => own.get(other)?.prices ?? [])
    const prices = joinRules(file, [...offer.prices, ...inherited], named, onAny, report)
    const limits = joinLimits(offer.limits, from, own)
    offers.set(id, { id, kind: file.kind, name: file.name, ...offer, ...limits, prices })
  }
  markAll(onAny, offers.values())
  return offers
}

/** Every rule by `offer/rule`. */
function namedRules(own: ReadonlyMap<string, OwnOffer>): ReadonlyMap<string, DraftRule> {
  const named = new Map<string, DraftRule>()
  for (const { prices } of own.values()) {
    for (const draft of prices)
      named.set(draft.rule.ref.slice(draft.rule.ref.indexOf(':') + 1), draft)
  }
  return named
}

/** The offers that prices are taken of, nearest first; a circle ends where it closes. */
function lineage(file: OfferFile, files: ReadonlyMap<string, OfferFile>): string[] {
  const found: string[] = []
  let next = file['prices-of']
  while (next !== undefined && !found.includes(next)) {
    found.push(next)
    next = files.get(next)?.['prices-of']
  }
  return found
}

function byRef(named: ReadonlyMap<string, FinalUnits>): ReadonlyMap<string, FinalUnits> {
  return new Map([...named.values()].map(entry => [entry.ref, entry]))
}

/** Those found so far: asking the runtime takes longer than reading a small catalogue. */
const timeZones = new Set<string>()

function isTimeZone(name: string): boolean {
  if (timeZones.has(name)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
  } catch {
    return false
  }
  timeZones.add(name)
  return true
}

/** What versions of a catalogue say beside each other: which are over, and what a later one lacks. */
import type { EpochMs } from '../../domain/time.ts'
import { localInstant } from '../calendar.ts'
import type { Catalogue } from '../catalogue.ts'
import type { Scheduled } from '../load/schedule.ts'
import type { CatalogueSource } from '../load/source.ts'
import { analyseCatalogue } from './analyse.ts'
import { covers } from './coverage.ts'
import { type AnalyseOptions, type Discovery, type Example, exampleOf } from './finding.ts'
import { witnessesOf } from './witnesses.ts'

export interface VersionDiscovery extends Discovery {
  /** Among the versions, from 0. */
  readonly version: number
}

/**
 * Everything that is found in each version and between them. A version is looked at as of its beginning when that is to
 * come, and one that is over as of its beginning too: its dates need not reach further. Pure.
 */
export function analyseSchedule(
  versions: readonly Scheduled[],
  options: AnalyseOptions
): readonly VersionDiscovery[] {
  return versions.flatMap(({ catalogue, from }, version) => {
    const next = versions[version + 1]
    const isOver = next !== undefined && next.from <= options.at
    const at = isOver ? from : Math.max(from, options.at)
    const own = analyseCatalogue(catalogue, { ...options, at })
    const before = versions[version - 1]?.catalogue
    const found = [
      ...own,
      ...(isOver ? [over(next.from, from)] : []),
      ...(before === undefined || isOver ? [] : lost(before, catalogue, { from, at, next }))
    ]
    return found.map(one => ({ ...one, version }))
  })
}

const begins = ['catalogue', 'effective-from']

function over(since: EpochMs, from: EpochMs): Discovery {
  const message = `is over: another version is in force since ${new Date(since).toISOString()}`
  const path = from === 0 ? ['catalogue'] : begins
  return { code: 'version-over', severity: 'note', path, message, example: null }
}

interface Span {
  readonly from: EpochMs
  /** From when on it is looked at. */
  readonly at: EpochMs
  readonly next: Scheduled | undefined
}

/** What the version before has and this one has not, while it is in force. */
function lost(before: Catalogue, catalogue: Catalogue, span: Span): readonly Discovery[] {
  const gone = [...before.offers.keys()].filter(id => !catalogue.offers.has(id))
  const offers = gone.map((id): Discovery => {
    const since = new Date(span.from).toISOString()
    const message = `lacks the offer ${id} of the version before: who has it has no price from ${since} on`
    const example = usageOf(before, id, span.at)
    return { code: 'offer-lost', severity: 'warning', path: begins, message, example }
  })
  const days = holidaysBetween(before, span).filter(
    day => catalogue.calendar?.holidays.has(day) !== true
  )
  const [first] = days
  if (first === undefined) return offers
  const more = days.length === 1 ? '' : `, and ${days.length - 1} more`
  const message = `lacks the holiday ${first} of the version before${more}`
  const holidays: Discovery = {
    code: 'holiday-lost',
    severity: 'warning',
    path: begins,
    message,
    example: usageOf(catalogue, null, localInstant(catalogue.timeZone, Date.parse(first)))
  }
  return [...offers, holidays]
}

/** Holidays of a version that begin while another one is in force, the first one first. */
function holidaysBetween({ calendar }: Catalogue, { at, next }: Span): readonly string[] {
  if (calendar === null) return []
  return [...calendar.holidays].toSorted().filter(day => {
    const midnight = localInstant(calendar.timeZone, Date.parse(day))
    return midnight >= at && (next === undefined || midnight < next.from)
  })
}

/** Any usage that the offer pays for, or any offer. */
function usageOf(catalogue: Catalogue, id: string | null, at: EpochMs): Example | null {
  const witnesses = witnessesOf(catalogue, JSON.parse(catalogue.source) as CatalogueSource)
  for (const offer of catalogue.offers.values()) {
    if (id !== null && offer.id !== id) continue
    const found = [...witnesses.values()].flat().find(witness => covers(offer, witness))
    if (found !== undefined) return { ...exampleOf(found, offer.id), at }
  }
  return null
}

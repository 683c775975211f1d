/**
 * A rater of its own: it reads a catalogue as it is written and prices whole sessions in exact fractions.
 *
 * It shares no code with src, and it takes the rules of docs/charging-rules.md and docs/catalogue.md at their word:
 * everything is looked for from the beginning each time, nothing is compiled, cached or counted in steps of reports.
 */
import { decimal, dividedBy, type Fraction, fraction, plus, roundedUp, times } from './fraction.ts'
import type {
  Leg,
  WrittenAllowance,
  WrittenCatalogue,
  WrittenMatch,
  WrittenOffer,
  WrittenRule
} from './written.ts'

/** Where a stretch of usage happens. */
export interface Place {
  readonly group: number
  readonly plmn: string | null
  readonly called: string | null
  readonly leg: Leg
}

/** An allowance that somebody holds. */
export interface Held {
  /** The name by which the engine knows it; it decides only between buckets that are alike. */
  readonly name: string
  /** With the line in front, because buckets of two lines have one name. */
  readonly id: string
  readonly allowance: WrittenAllowance
  /** null: shared by all lines. */
  readonly line: string | null
  readonly from: number
  /** null: for ever. */
  readonly until: number | null
  left: bigint
}

/** What a session used and owes: by rule `offer/rule`, by bucket, and without a price. */
export interface Bill {
  readonly rules: Map<string, { units: bigint; amount: bigint }>
  readonly buckets: Map<string, bigint>
  suspense: bigint
}

interface Means {
  readonly service: string
  readonly zone: string
  /** null: the service has no destinations. */
  readonly destination: string | null
  readonly leg: Leg
  readonly emergency: boolean
}

const factors: Readonly<Record<string, bigint>> = {
  B: 1n,
  kB: 1000n,
  MB: 1000n * 1000n,
  GB: 1000n * 1000n * 1000n,
  KiB: 1024n,
  MiB: 1024n * 1024n,
  s: 1n,
  min: 60n,
  h: 3600n
}

export class Rater {
  readonly catalogue: WrittenCatalogue
  /** Bought, the oldest first. */
  readonly offers: readonly string[]
  readonly holdings: Held[]

  constructor(catalogue: WrittenCatalogue, offers: readonly string[], holdings: Held[]) {
    this.catalogue = catalogue
    this.offers = offers
    this.holdings = holdings
  }

  /** Adds a stretch of usage to the bill of its session, and takes it out of the allowances held. */
  use(bill: Bill, line: string, place: Place, units: bigint): void {
    const means = this.meaning(place)
    let left = units
    const listed = this.isListedFree(means)
    if (!means.emergency && !listed) {
      for (const held of this.order(line, means)) {
        const take = smaller(held.left, left)
        if (take === 0n) continue
        held.left -= take
        left -= take
        bill.buckets.set(held.id, (bill.buckets.get(held.id) ?? 0n) + take)
      }
    }
    if (left === 0n) return
    const paid = !means.emergency && !listed
    const found = paid ? this.rule(means) : null
    if (paid && (found === null || found.rule.blocked === true)) {
      bill.suspense += left
      return
    }
    const name = found?.name ?? (means.emergency ? 'emergency' : 'free')
    const counted = (bill.rules.get(name)?.units ?? 0n) + left
    const amount = found === null ? 0n : price(found.rule, counted)
    bill.rules.set(name, { units: counted, amount })
  }

  /** Whether all of so many units could be had at once, as an event needs it. */
  canPay(line: string, place: Place, units: bigint): boolean {
    const means = this.meaning(place)
    if (means.emergency || this.isListedFree(means)) return true
    const rule = this.rule(means)
    if (rule !== null && rule.rule.blocked !== true) return true
    return this.order(line, means).reduce((sum, { left }) => sum + left, 0n) >= units
  }

  /** What everybody gets, as the catalogue lists it. */
  private isListedFree(means: Means): boolean {
    const { free = [] } = this.catalogue.services
    return free.some(entry => entry.service === means.service && matches(entry, means))
  }

  private meaning({ group, plmn, called, leg }: Place): Means {
    const { services, zones } = this.catalogue
    const service = services.services.find(entry => entry['rating-groups'].includes(group))
    if (service === undefined) throw new Error(`no service has the rating group ${group}`)
    const byNetwork = zones.zones.find(entry => plmn !== null && entry.networks?.includes(plmn))
    const byCountry = zones.zones.find(
      entry => plmn !== null && entry.countries?.includes(plmn.slice(0, 3))
    )
    const zone = plmn === null ? zones.home : (byNetwork?.zone ?? byCountry?.zone ?? zones.other)
    if (service.destinations !== true) {
      return { service: service.service, zone, destination: null, leg, emergency: false }
    }
    const number = called ?? ''
    const emergency = this.catalogue.catalogue.emergency.includes(number)
    const destination = this.destination(number)
    return { service: service.service, zone, destination, leg, emergency }
  }

  /** The longest prefix of the number in its international form; service numbers whole. */
  private destination(number: string): string {
    const { destinations, other } = this.catalogue.destinations
    const whole = destinations.find(entry => entry.numbers?.includes(number))
    if (whole !== undefined) return whole.destination
    const international = number.startsWith('tel:+')
      ? number.slice(5)
      : number.startsWith('00')
        ? number.slice(2)
        : this.catalogue.catalogue['country-code'] + number.slice(1)
    let best = ''
    let found = other
    for (const entry of destinations) {
      for (const prefix of entry.prefixes ?? []) {
        if (!international.startsWith(prefix) || prefix.length <= best.length) continue
        best = prefix
        found = entry.destination
      }
    }
    return found
  }

  /** Allowances for this usage: lower priority, sooner expiry, older, then by name. */
  private order(line: string, means: Means): Held[] {
    const rows = this.holdings.filter(
      held => (held.line === null || held.line === line) && isFor(held.allowance, means)
    )
    const ends = ({ until }: Held) => until ?? Number.POSITIVE_INFINITY
    return rows.sort((a, b) => {
      const first = (a.allowance.priority ?? 100) - (b.allowance.priority ?? 100)
      if (first !== 0) return first
      if (ends(a) !== ends(b)) return ends(a) < ends(b) ? -1 : 1
      if (a.from !== b.from) return a.from - b.from
      return a.name < b.name ? -1 : 1
    })
  }

  /** Add-ons come before the base offer, the last one bought first; own rules before those of other offers. */
  private rule(means: Means): { name: string; rule: WrittenRule } | null {
    const bought = this.offers.map(id => this.offer(id))
    const addons = bought.filter(offer => offer.kind === 'addon').reverse()
    const bases = bought.filter(offer => offer.kind === 'base')
    for (const offer of [...addons, ...bases]) {
      let from: WrittenOffer | null = offer
      while (from !== null) {
        for (const rule of from.prices ?? []) {
          const applies = rule.service === means.service && matches(rule, means)
          if (applies) return { name: `${from.offer}/${rule.rule}`, rule }
        }
        const parent: string | undefined = from['prices-of']
        from = parent === undefined ? null : this.offer(parent)
      }
    }
    return null
  }

  private offer(id: string): WrittenOffer {
    const offer = this.catalogue.offers.find(candidate => candidate.offer === id)
    if (offer === undefined) throw new Error(`there is no offer ${id}`)
    return offer
  }
}

function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

function isFor(allowance: WrittenAllowance, means: Means): boolean {
  return allowance.services.includes(means.service) && matches(allowance, means)
}

function matches(entry: WrittenMatch, { zone, destination, leg }: Means): boolean {
  if (entry.legs !== undefined && !entry.legs.includes(leg)) return false
  if (entry.zones !== undefined && !entry.zones.includes(zone)) return false
  if (entry.destinations === undefined) return true
  return destination !== null && entry.destinations.includes(destination)
}

/** What so many units of one session cost under a rule, in millionths. */
function price(rule: WrittenRule, units: bigint): bigint {
  if (rule.free === true || units === 0n) return 0n
  const step = amount(rule.step ?? 1)
  let counted = amount(rule.minimum ?? 0)
  if (units > counted) {
    const over = fraction(units - counted)
    counted += roundedUp(dividedBy(over, fraction(step))) * step
  }
  const millionths = times(decimal(rule.price ?? '0'), fraction(1_000_000n))
  const each: Fraction = dividedBy(millionths, fraction(amount(rule.per ?? 1)))
  const setUp = times(decimal(rule['set-up'] ?? '0'), fraction(1_000_000n))
  return roundedUp(plus(setUp, times(each, fraction(counted))))
}

/** `10 MB`, `1.5 min`, or a number of messages. */
export function amount(text: string | number): bigint {
  if (typeof text === 'number') return BigInt(text)
  const [number = '', unit = ''] = text.split(' ')
  return roundedUp(times(decimal(number), fraction(factors[unit] ?? 0n)))
}

/**
 * A rater of its own: it reads a catalogue as it is written and prices whole sessions in exact fractions.
 *
 * It shares no code with src, and it takes the rules of docs/charging-rules.md and docs/catalogue.md at their word:
 * everything is looked for from the beginning each time, nothing is compiled, cached or counted in steps of reports.
 */
import { decimal, fraction, plus, roundedUp, times } from './fraction.ts'
import { type Bought, type Counted, LimitCounts } from './limits.ts'
import { price } from './price.ts'
import type {
  Leg,
  Rat,
  WrittenAllowance,
  WrittenCatalogue,
  WrittenMatch,
  WrittenOffer,
  WrittenRule,
  WrittenTable
} from './written.ts'

/** Where a stretch of usage happens. */
export interface Place {
  readonly group: number
  readonly plmn: string | null
  readonly called: string | null
  readonly leg: Leg
  readonly rat: Rat
}

/** An allowance that somebody holds. */
export interface Held {
  /** The name by which the engine knows it; it decides only between buckets that are alike. */
  readonly name: string
  /** With the line in front, because buckets of two lines have one name. */
  readonly id: string
  readonly allowance: WrittenAllowance
  /** Lower is drawn first; add-ons come before base offers unless the catalogue says otherwise. */
  readonly priority: number
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

/** Everything that a bill comes to. */
export function owedBy({ rules }: Bill): bigint {
  return [...rules.values()].reduce((sum, { amount }) => sum + amount, 0n)
}

interface Means {
  readonly service: string
  readonly plmn: string | null
  readonly zone: string
  readonly rat: Rat
  /** null: the service has no destinations. */
  readonly destination: string | null
  readonly leg: Leg
  readonly emergency: boolean
}

export class Rater {
  readonly catalogue: WrittenCatalogue
  /** Bought, the oldest first. */
  readonly bought: readonly Bought[]
  readonly holdings: Held[]
  readonly limits: LimitCounts
  /** What was counted in a period, by who counts it, rule and day or month. */
  readonly counts = new Map<string, bigint>()

  constructor(catalogue: WrittenCatalogue, bought: readonly Bought[], holdings: Held[]) {
    this.catalogue = catalogue
    this.bought = bought
    this.holdings = holdings
    this.limits = new LimitCounts(catalogue.offers, bought)
  }

  /** Adds a stretch of usage to the bill of its session, takes it out of the allowances held, and counts it under limits. */
  use(bill: Bill, line: string, place: Place, units: bigint, now: number): void {
    const means = this.meaning(place)
    const before = owedBy(bill)
    this.bill(bill, line, means, units, now)
    if (means.emergency || this.isListedFree(means)) return
    this.limits.count(this.counted(line, means, units, owedBy(bill) - before, now))
  }

  private counted(line: string, means: Means, units: bigint, cost: bigint, now: number): Counted {
    const fits = (match: WrittenMatch) => matches(match, means)
    return { line, service: means.service, units, cost, now, fits }
  }

  private bill(bill: Bill, line: string, means: Means, units: bigint, now: number): void {
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
    if (paid && (found === null || plainOf(found).blocked === true)) {
      bill.suspense += left
      return
    }
    const name = found?.name ?? (means.emergency ? 'emergency' : 'free')
    const known = bill.rules.get(name) ?? { units: 0n, amount: 0n }
    const counted = known.units + left
    if (found === null) bill.rules.set(name, { units: counted, amount: 0n })
    else {
      const over = plainOf(found).over ?? 'session'
      const total = (many: bigint) => this.total(found, many)
      if (over === 'session') bill.rules.set(name, { units: counted, amount: total(counted) })
      else {
        const by = plainOf(found).counted === 'account' ? '' : line
        const date = new Date(now).toISOString()
        const key = `${by} ${name} ${over === 'day' ? date.slice(0, 10) : date.slice(0, 7)}`
        const before = this.counts.get(key) ?? 0n
        this.counts.set(key, before + left)
        const added = total(before + left) - total(before)
        bill.rules.set(name, { units: counted, amount: known.amount + added })
      }
    }
  }

  /** What so many units cost under a rule, or under what it marks up. */
  private total({ rule, marks }: Found, units: bigint): bigint {
    if (marks === null) return price(rule, units)
    const percent = decimal((rule['mark-up'] ?? '').replace(/[ %+-]/g, ''))
    const sign = rule['mark-up']?.startsWith('-') ? -1n : 1n
    const share = plus(fraction(1n), { top: sign * percent.top, bottom: percent.bottom * 100n })
    return roundedUp(times(fraction(this.total(marks, units)), share))
  }

  /** Whether all of so many units could be had at once, as an event needs it. */
  canPay(line: string, place: Place, units: bigint, now: number): boolean {
    const means = this.meaning(place)
    if (means.emergency || this.isListedFree(means)) return true
    const found = this.rule(means)
    const { cost, priced } = this.alone(line, means, units, now)
    const paid = priced && found !== null && plainOf(found).free !== true
    if (!this.limits.leaves(this.counted(line, means, units, cost, now), paid)) return false
    if (found !== null && plainOf(found).blocked !== true) return true
    return this.order(line, means).reduce((sum, { left }) => sum + left, 0n) >= units
  }

  /** What units would cost in a session of their own, and whether any of them is left to a price. */
  private alone(line: string, means: Means, units: bigint, now: number) {
    const left = this.holdings.map(held => held.left)
    const counts = new Map(this.counts)
    const bill: Bill = { rules: new Map(), buckets: new Map(), suspense: 0n }
    this.bill(bill, line, means, units, now)
    for (const [index, held] of this.holdings.entries()) held.left = left[index] ?? 0n
    this.counts.clear()
    for (const [key, count] of counts) this.counts.set(key, count)
    return { cost: owedBy(bill), priced: bill.rules.size > 0 }
  }

  /** What everybody gets, as the catalogue lists it. */
  private isListedFree(means: Means): boolean {
    const { free = [] } = this.catalogue.services
    return free.some(entry => entry.service === means.service && matches(entry, means))
  }

  private meaning({ group, plmn, called, leg, rat }: Place): Means {
    const { services, zones } = this.catalogue
    const service = services.services.find(entry => entry['rating-groups'].includes(group))
    if (service === undefined) throw new Error(`no service has the rating group ${group}`)
    const byNetwork = zones.zones.find(entry => plmn !== null && entry.networks?.includes(plmn))
    const byCountry = zones.zones.find(
      entry => plmn !== null && entry.countries?.includes(plmn.slice(0, 3))
    )
    const zone = plmn === null ? zones.home : (byNetwork?.zone ?? byCountry?.zone ?? zones.other)
    if (service.destinations !== true) {
      const emergency = false
      return { service: service.service, plmn, zone, rat, destination: null, leg, emergency }
    }
    const number = called ?? ''
    const emergency = this.catalogue.catalogue.emergency.includes(number)
    const destination = this.destination(number)
    return { service: service.service, plmn, zone, rat, destination, leg, emergency }
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
      const first = a.priority - b.priority
      if (first !== 0) return first
      if (ends(a) !== ends(b)) return ends(a) < ends(b) ? -1 : 1
      if (a.from !== b.from) return a.from - b.from
      return a.name < b.name ? -1 : 1
    })
  }

  /**
   * Add-ons come before the base offer, the last one bought first. Within an offer its own rules come before those of
   * other offers, and a lower priority before all of that. The first mark-up on any price is on what comes after it.
   */
  private rule(means: Means): Found | null {
    const bought = this.bought.map(({ offer }) => this.offer(offer))
    const addons = bought.filter(offer => offer.kind === 'addon').reverse()
    const bases = bought.filter(offer => offer.kind === 'base')
    let onAny: Named | null = null
    for (const offer of [...addons, ...bases]) {
      const rules = this.rulesOf(offer)
      for (const [index, own] of rules.entries()) {
        if (own.rule.of === '*') {
          if (own.rule.service === means.service && matches(own.rule, means)) onAny ??= own
          continue
        }
        const found = this.tryRule(own, rules.slice(index + 1), means)
        if (found === null) continue
        if (onAny === null) return found
        return { name: `${onAny.name}+${found.name}`, rule: onAny.rule, marks: found }
      }
    }
    return null
  }

  private tryRule(own: Named, later: readonly Named[], means: Means): Found | null {
    if (own.rule['mark-up'] === undefined) return this.plain(own, means)
    const { rule, name } = own
    if (rule.service !== means.service || !matches(rule, means)) return null
    if (rule.of !== undefined) {
      const [offer = ''] = name.split('/')
      const named = (this.offer(offer).prices ?? []).find(other => other.rule === rule.of)
      if (named === undefined) throw new Error(`there is no rule ${rule.of}`)
      const marks = { name: `${offer}/${named.rule}`, rule: named, marks: null }
      return { name: `${name}+${marks.name}`, rule, marks }
    }
    for (const next of later) {
      const base = next.rule['mark-up'] === undefined ? this.plain(next, means) : null
      if (base !== null) return { name: `${name}+${base.name}`, rule, marks: base }
    }
    return null
  }

  /** A rule that matches, with the row of its table if it has one. */
  private plain({ name, rule }: Named, means: Means): Found | null {
    const { table: id } = rule
    if (id === undefined) {
      const applies = rule.service === means.service && matches(rule, means)
      return applies ? { name, rule, marks: null } : null
    }
    if (!matches(rule, means)) return null
    if (rule.service !== undefined && rule.service !== means.service) return null
    const table = this.catalogue.tables.find(other => other.table === id)
    const row = table && bestRow(table, means)
    if (table === undefined || row === null || row === undefined) return null
    const { terms, keys } = row
    const period = { over: rule.over ?? 'session', counted: rule.counted ?? 'line' } as const
    return { name: `${name}@${keys}`, rule: { ...period, ...terms, rule: '' }, marks: null }
  }

  private rulesOf(offer: WrittenOffer): readonly Named[] {
    const rules: Named[] = []
    let from: WrittenOffer | null = offer
    while (from !== null) {
      for (const rule of from.prices ?? []) rules.push({ name: `${from.offer}/${rule.rule}`, rule })
      const parent: string | undefined = from['prices-of']
      from = parent === undefined ? null : this.offer(parent)
    }
    return rules.sort((a, b) => (a.rule.priority ?? 100) - (b.rule.priority ?? 100))
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

function matches(entry: WrittenMatch, { zone, destination, leg, rat }: Means): boolean {
  if (entry.rats !== undefined && !entry.rats.includes(rat)) return false
  if (entry.legs !== undefined && !entry.legs.includes(leg)) return false
  if (entry.zones !== undefined && !entry.zones.includes(zone)) return false
  if (entry.destinations === undefined) return true
  return destination !== null && entry.destinations.includes(destination)
}

interface Named {
  readonly name: string
  readonly rule: WrittenRule
}

interface Found extends Named {
  /** What it marks up. */
  readonly marks: Found | null
}

/** The price below all that mark it up. */
function plainOf({ rule, marks }: Found): WrittenRule {
  return marks === null ? rule : plainOf(marks)
}

/** The row that fits most closely: what is named goes before `*`, the first column before the others. */
function bestRow(table: WrittenTable, means: Means) {
  const columns = table.columns.filter(name => name in keyed)
  let best: { readonly row: readonly string[]; readonly fit: string } | null = null
  for (const row of table.rows) {
    const fits = columns.map(name => {
      const value = keyed[name]?.(means) ?? null
      const cell = (row[table.columns.indexOf(name)] ?? '').split(' ')
      if (value !== null && cell.includes(value)) return 'b'
      return cell.includes('*') ? 'a' : '-'
    })
    const fit = fits.join('')
    if (fits.includes('-') || (best !== null && best.fit >= fit)) continue
    best = { row, fit }
  }
  if (best === null) return null
  const { row } = best
  const text = (name: string) => row[table.columns.indexOf(name)] ?? ''
  const keys = columns.map(name => text(name).replaceAll(' ', '+')).join('/')
  if (text('price') === 'free') return { keys, terms: { free: true } }
  if (text('price') === 'blocked') return { keys, terms: { blocked: true } }
  const size = (name: string) => (/^\d+$/.test(text(name)) ? Number(text(name)) : text(name))
  const terms = {
    price: text('price'),
    per: size('per'),
    step: size('step'),
    ...(text('minimum') === '' ? {} : { minimum: size('minimum') }),
    ...(text('set-up') === '' ? {} : { 'set-up': text('set-up') })
  }
  return { keys, terms }
}

const keyed: Readonly<Record<string, (means: Means) => string | null>> = {
  country: ({ plmn }) => (plmn === null ? null : plmn.slice(0, 3)),
  network: ({ plmn }) => plmn,
  zone: ({ zone }) => zone,
  service: ({ service }) => service,
  destination: ({ destination }) => destination
}

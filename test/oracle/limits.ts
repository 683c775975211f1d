/** What usage has counted under the limits of offers, as they are written: everything is looked for anew each time. */
import { amount, millionths } from './price.ts'
import type { WrittenLimit, WrittenMatch, WrittenOffer } from './written.ts'

/** An offer that an account has, since when. */
export interface Bought {
  readonly offer: string
  readonly at: number
}

/** A stretch of usage as limits see it. */
export interface Counted {
  readonly line: string
  readonly service: string
  readonly units: bigint
  /** In millionths, whoever pays. */
  readonly cost: bigint
  readonly now: number
  fits(match: WrittenMatch): boolean
}

const day = 86_400_000

export class LimitCounts {
  readonly used = new Map<string, bigint>()
  readonly offers: readonly WrittenOffer[]
  readonly bought: readonly Bought[]

  constructor(offers: readonly WrittenOffer[], bought: readonly Bought[]) {
    this.offers = offers
    this.bought = bought
  }

  count(usage: Counted): void {
    for (const { key, limit } of this.under(usage)) {
      const more = limit.money === undefined ? usage.units : usage.cost
      this.used.set(key, (this.used.get(key) ?? 0n) + more)
    }
  }

  /** Whether no limit stands in the way of all of it at once; one of money does only where a price is to be paid. */
  leaves(usage: Counted, priced: boolean): boolean {
    return this.under(usage).every(({ key, limit }) => {
      if (limit.action === 'tell') return true
      const { money } = limit
      if (money !== undefined && !priced) return true
      const most = money === undefined ? amount(limit.amount ?? 0) : millionths(money)
      const more = money === undefined ? usage.units : usage.cost
      return (this.used.get(key) ?? 0n) + more <= most
    })
  }

  /** What each limit has counted in the period that goes on, by `offer/limit` and line; in one order. */
  textAt(now: number, lines: readonly string[]): string {
    const told = this.all(lines, now).map(({ name, key }) => `${name} ${this.used.get(key) ?? 0n}`)
    return told.sort().join(', ')
  }

  private under({ line, service, now, fits }: Counted) {
    const all = this.all([line], now)
    return all.filter(({ limit }) => limit.services.includes(service) && fits(limit))
  }

  /** Every limit for every line that it is for, with what it counts by. */
  private all(lines: readonly string[], now: number) {
    return this.bought.flatMap(({ offer, at }, index) =>
      this.limitsOf(offer).flatMap(limit =>
        (limit.sharing === 'line' ? lines : ['']).map(line => {
          const name = `${line}:${offer}/${limit.limit}`
          return { name, limit, key: `${index} ${name} ${periodOf(limit.period, at, now)}` }
        })
      )
    )
  }

  /** Those of the offer, and of the offers that it takes prices of; of those with one name the nearest. */
  private limitsOf(id: string): readonly WrittenLimit[] {
    const found = new Map<string, WrittenLimit>()
    let next: string | undefined = id
    while (next !== undefined) {
      const offer: WrittenOffer | undefined = this.offers.find(other => other.offer === next)
      for (const limit of offer?.limits ?? []) {
        if (!found.has(limit.limit)) found.set(limit.limit, limit)
      }
      next = offer?.['prices-of']
    }
    return [...found.values()]
  }
}

/** Which period an instant is in. */
function periodOf(period: string, since: number, now: number): string {
  const date = new Date(now)
  if (period === 'unlimited') return ''
  if (period === 'day') return date.toISOString().slice(0, 10)
  if (period === 'calendar-month') return date.toISOString().slice(0, 7)
  if (period !== 'week')
    return String(Math.floor((now - since) / (Number.parseInt(period, 10) * day)))
  const monday = now - ((date.getUTCDay() + 6) % 7) * day
  return new Date(monday).toISOString().slice(0, 10)
}

/** Random sessions, events and waits under a price that counts by periods, with what must be true after each of them. */
import type { Account, Line } from '../../src/domain/account.ts'
import type { Grant } from '../../src/domain/session.ts'
import type { Catalogue, Price } from '../../src/rating/catalogue.ts'
import { chargeFor } from '../../src/rating/price.ts'
import { EngineDriver, request } from './engine-driver.ts'
import { EUR, home, usage, world } from './shared-price.ts'

export interface PlayStep {
  readonly session: number
  readonly ids: readonly number[]
  readonly ask: number | null
  /** Percent of what was granted. */
  readonly share: number
  readonly abroad: boolean
  readonly ends: boolean
  /** It ends without a report. */
  readonly silent: boolean
  /** Units of an event of the same line. */
  readonly event: number | null
  /** Another session takes what money is left. */
  readonly others: boolean
  /** Milliseconds before it. */
  readonly wait: number
  readonly reload: boolean
  readonly operation: 'block' | 'unblock' | 'sweep' | 'drop' | 'take' | null
}

export interface Play {
  /** The first one, and the one that reloads go to and fro. */
  readonly catalogues: readonly Catalogue[]
  readonly sameTerms: boolean
  /** Limits that all usage under the price counts under. */
  readonly whole: readonly string[]
  readonly lines: readonly string[]
  readonly by: string
  readonly credit: number
  /** At night another price holds. */
  readonly night: boolean
  readonly given: boolean
  readonly limited: boolean
  /** No client uses more than it was granted. */
  readonly within: boolean
  readonly funds: number
  readonly steps: readonly PlayStep[]
}

export class PeriodPlay {
  readonly driver: EngineDriver
  readonly #play: Play
  #at = 0
  #drawn = false
  #number = 0
  readonly #granted = new Map<string, Map<number, number>>()

  constructor(play: Play) {
    this.#play = play
    const byVersion = new Map(play.catalogues.map(each => [each.version, each]))
    this.driver = new EngineDriver(() => ({ current: this.#catalogue(), byVersion }))
    const answer = this.driver.submit({
      kind: 'open-account',
      accountId: 'a1',
      lines: play.lines.map(msisdn => ({ msisdn })),
      offers: play.limited || play.given ? ['own', 'extra'] : ['own'],
      topUp: play.funds
    })
    if (answer.kind !== 'done') throw new Error(answer.detail)
  }

  run(): void {
    for (const step of this.#play.steps) {
      this.driver.now += step.wait
      if (step.reload) this.#at = 1 - this.#at
      if (step.operation !== null) {
        this.#operate(step.operation)
        this.#check()
      }
      this.#step(step)
      this.#check()
      if (step.event !== null) {
        this.#event(step.event, step)
        this.#check()
      }
      if (step.others) {
        this.#takeAll(step)
        this.#check()
      }
    }
    for (const session of [1, 2, 3, 4]) {
      if (!this.driver.sessions.has(`s;${session}`)) continue
      this.driver.lineId = this.#lineOf(session)
      this.driver.charge(request('termination', 999, [], { sessionId: `s;${session}` }))
      this.#check()
    }
    // Those that other requests were about to close.
    for (const { counters, buckets } of this.#documents()) {
      for (const { id, reserved } of [...counters, ...buckets]) {
        if (reserved !== 0) throw new Error(`${id} holds ${reserved} for nobody`)
      }
    }
    for (const { counts } of this.#documents()) {
      for (const { open } of counts ?? []) if (open) throw new Error('a count holds for nobody')
    }
  }

  #catalogue(): Catalogue {
    return this.#play.catalogues[this.#at]!
  }

  #documents(): readonly (Account | Line)[] {
    return [this.driver.account!, ...this.driver.lines.values()]
  }

  #lineOf(session: number): string {
    return this.#play.lines[session % 2] ?? ''
  }

  #step(step: PlayStep): void {
    const { driver } = this
    const sessionId = `s;${step.session}`
    driver.lineId = this.#lineOf(step.session)
    const begun = driver.sessions.get(sessionId)
    const open = begun !== undefined && begun.expiresAt > driver.now
    const own = (open ? this.#granted.get(sessionId) : undefined) ?? new Map<number, number>()
    if (!open && driver.closed.get(sessionId)?.end === 'terminated') {
      driver.closed.delete(sessionId)
    }
    const type = !open ? 'initial' : step.ends ? 'termination' : 'update'
    const ids = type === 'termination' && step.silent ? [] : step.ids
    const usages = ids.map(id => ({
      serviceIdentifiers: [id],
      ...(own.has(id)
        ? { used: { octets: Math.floor(((own.get(id) ?? 0) * step.share) / 100) } }
        : {}),
      ...(step.ask === null || type === 'termination' ? {} : { ask: { octets: step.ask } })
    }))
    const { facts } = step.abroad ? world : home
    const { units } = driver.charge(request(type, this.#number++, usages, { sessionId, facts }))
    for (const [at, id] of ids.entries()) own.set(id, units[at]?.granted?.amount ?? 0)
    if (type === 'termination') this.#granted.delete(sessionId)
    else this.#granted.set(sessionId, own)
    if (ids.length === 1 && type !== 'termination' && step.ask !== null) {
      this.#checkGrant(step.ask, own.get(ids[0]!) ?? 0)
    }
  }

  #operate(kind: NonNullable<PlayStep['operation']>): void {
    const { driver } = this
    const operation = { key: `o${this.#number++}`, digest: '' }
    const accountId = 'a1'
    const extra = driver.subscriptions().find(({ offer }) => offer === 'extra')
    if (kind === 'block') driver.submit({ kind, accountId, reason: 'test' })
    else if (kind === 'unblock') driver.submit({ kind, accountId })
    else if (kind === 'sweep') driver.submit({ kind, accountId })
    else if (kind === 'take' && extra === undefined) {
      driver.submit({ kind: 'subscribe', accountId, operation, offer: 'extra' } as never)
    } else if (kind === 'drop' && extra !== undefined) {
      const subscription = extra.id
      driver.submit({ kind: 'unsubscribe', accountId, operation, subscription } as never)
    }
  }

  #event(units: number, step: PlayStep): void {
    const { facts } = step.abroad ? world : home
    const asked = usage(1, { ask: { octets: units } })
    const sessionId = `e;${this.#number}`
    const event = { action: 'direct-debiting' } as never
    this.driver.charge(request('event', this.#number++, [asked], { sessionId, facts, event }))
  }

  /** Another session takes and uses all money that is not held. */
  #takeAll(step: PlayStep): void {
    const { facts } = step.abroad ? world : home
    const sessionId = `x;${this.#number}`
    const asked = usage(9, { ask: { money: { amount: 20 * EUR, currency: null } } })
    const { driver } = this
    const answer = driver.charge(request('initial', 0, [asked], { sessionId, facts }))
    this.#check()
    const amount = answer.units[0]?.granted?.amount ?? 0
    const used = { money: { amount, currency: null } }
    driver.charge(request('termination', 1, [usage(9, { used })], { sessionId, facts }))
    this.#number++
  }

  /** What is granted in part leaves less than one unit more costs. */
  #checkGrant(asked: number, granted: number): void {
    const { driver } = this
    const { limited, given, night } = this.#play
    if (granted >= asked || limited || given || night) return
    if (driver.account?.status === 'blocked') return
    const price = this.#price()
    const { available } = driver.wallet()
    const from = [driver.account!, driver.lines.get(driver.lineId)!]
      .flatMap(({ counts }) => counts ?? [])
      .filter(({ from, until }) => from <= driver.now && driver.now < until)
    const position = from.reduce((sum, { units, held }) => sum + units + held, 0)
    const more = chargeFor(price, position + 1) - chargeFor(price, position)
    const spendable = available + this.#play.credit
    if (more <= spendable && this.#play.sameTerms) {
      throw new Error(`${granted} of ${asked} where ${spendable} is left and ${more} is due`)
    }
  }

  #price(): Price {
    const { rules, version } = this.#catalogue()
    return rules.get(`${version}:own/data`)!.price
  }

  /** What is reserved of the wallet, of buckets and of limits, against what is held of them. */
  #check(): void {
    const held = new Map<string, number>()
    const add = (key: string, amount: number) => held.set(key, (held.get(key) ?? 0) + amount)
    const sums = new Map<string, number>()
    const sum = (key: string, amount: number) => sums.set(key, (sums.get(key) ?? 0) + amount)
    for (const { services, lineId } of this.driver.sessions.values()) {
      for (const { grant } of services) {
        if (grant === null) continue
        for (const { source, bucket, amount } of grant.draws) {
          add(source === 'wallet' ? 'wallet' : keyOf(source, lineId, bucket), amount)
        }
        for (const { source, counter, units } of grant.holds ?? []) {
          add(keyOf(source, lineId, counter), units)
        }
        if (grant.period !== undefined) this.#sum(grant, lineId, sum)
      }
    }
    for (const document of this.#documents()) {
      for (const { from, held: holds, open } of document.counts ?? []) {
        sum(`${from}`, -holds)
        if (open === undefined) continue
        add('wallet', open.cover)
        sum(`${from} wallet`, -open.wallet)
        sum(`${from} buckets`, -open.buckets)
        for (const { lineId, counter, cover, units, money } of open.limits) {
          add(`${lineId} ${counter}`, cover)
          sum(`${from} ${lineId} ${counter} units`, -units)
          sum(`${from} ${lineId} ${counter} money`, -money)
        }
      }
    }
    for (const [key, rest] of sums) if (rest !== 0) throw new Error(`${key} is ${rest} off`)
    this.#checkReserved(held)
    this.#checkFloor()
  }

  #sum(grant: Grant, lineId: string, sum: (key: string, amount: number) => void): void {
    let units = 0
    let paid = 0
    for (const { source, units: drawn, amount } of grant.draws) {
      if (source === 'wallet') {
        units += drawn
        paid += amount
      } else if (drawn === 0) sum(`${grant.period} buckets`, amount)
    }
    sum(`${grant.period}`, units)
    sum(`${grant.period} wallet`, paid)
    for (const { source, counter, units: money } of grant.holds ?? []) {
      sum(`${grant.period} ${keyOf(source, lineId, counter)} units`, units)
      sum(`${grant.period} ${keyOf(source, lineId, counter)} money`, money)
    }
  }

  #checkReserved(held: ReadonlyMap<string, number>): void {
    const same = (name: string, reserved: number) => {
      const open = held.get(name) ?? 0
      if (reserved !== open) throw new Error(`${name}: ${reserved} are reserved, ${open} are held`)
      if (reserved < 0) throw new Error(`${name}: ${reserved} are reserved`)
    }
    same('wallet', this.driver.wallet().reserved)
    for (const document of this.#documents()) {
      const at = 'accountId' in document ? document.id : ''
      for (const { id, unit, total, available, reserved } of document.buckets) {
        same(`${at} ${id}`, reserved)
        if (unit === 'money' && available < total) this.#drawn = true
      }
      for (const { id, reserved } of document.counters) same(`${at} ${id}`, reserved)
    }
  }

  /** Of clients that use what they are granted at most. */
  #checkFloor(): void {
    const { within, sameTerms, credit, whole } = this.#play
    if (!within || !sameTerms) return
    const { available } = this.driver.wallet()
    // What a bucket of money holds, or has paid, is for those alone that may draw on it.
    if (!this.#drawn && available < -credit) throw new Error(`the wallet is at ${available}`)
    for (const { counters } of this.#documents()) {
      for (const { id, limit, amount, used, reserved } of counters) {
        if (!whole.includes(limit) || used + reserved <= (amount ?? 0)) continue
        throw new Error(`${id}: ${used} are used and ${reserved} held of ${amount}`)
      }
    }
  }
}

function keyOf(source: string, lineId: string, id: string): string {
  return `${source === 'line' ? lineId : ''} ${id}`
}

/**
 * A customer of the shipped catalogue, in the words of a shop: surfs, calls, texts, buys. Each of them is a whole session of
 * the real engine, and what it says is what came of it: how much was used, and what the wallet paid.
 */
import { formatMoney, parseMoney } from '../../src/domain/money.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import type { AccountRequest, RequestType } from '../../src/domain/request.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { EngineDriver, request, type UsageTemplate } from './engine-driver.ts'

export const shipped = await loadCatalogue('conf/catalogue')
const catalogues = { current: shipped, byVersion: new Map([[shipped.version, shipped]]) }

/** Networks by where they are. */
const networks = {
  home: '26201',
  France: '20801',
  Switzerland: '22801',
  'the USA': '310410',
  India: '40410',
  Bhutan: '40211',
  'at sea': '90112'
} as const

export type Place = keyof typeof networks

/** What refusals mean to a customer. */
const refusals: Readonly<Record<string, string>> = {
  'credit-limit-reached': 'stopped',
  'service-denied': 'barred',
  'rating-failed': 'not sold'
}

const scales = {
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  s: 1,
  min: 60
} as const

type Scale = keyof typeof scales

/** `1.5 GB` in octets, `2 min` in seconds. */
function units(text: string): number {
  const [number, scale] = text.split(' ') as [string, Scale]
  return Math.round(Number(number) * scales[scale])
}

const octets = (amount: number) => scaled(amount, ['GB', 'MB', 'kB'])
const time = (amount: number) => (amount % 60 === 0 ? `${amount / 60} min` : `${amount} s`)

function scaled(amount: number, from: readonly Scale[]): string {
  const scale = from.find(name => amount >= scales[name]) ?? from.at(-1) ?? 'kB'
  return `${amount / scales[scale]} ${scale}`
}

/** With the cents at least: `2.50`, `0.0915`. */
export function money(amount: number): string {
  return formatMoney(amount).replace(/(\.\d\d\d*?)0+$/, '$1')
}

interface Circumstances {
  readonly where?: Place
  readonly apn?: string
  /** What is free at home: rating group 20. */
  readonly zeroRated?: boolean
}

interface Told {
  readonly group: number
  readonly context: string
  readonly unit: 'octets' | 'seconds'
  readonly facts: object
}

export class Customer {
  readonly driver = new EngineDriver(catalogues)
  #sessions = 0
  #told = 0

  /**
   * `from`: when the account is opened, by clocks in Berlin, such as `2026-11-02 09:00`. `lines`: how many, or the offers
   * of each.
   */
  constructor(offers: string[], from: string, topUp = '0', lines: number | string[][] = 1) {
    const own = typeof lines === 'number' ? Array.from({ length: lines }, () => []) : lines
    this.waitsUntil(from)
    const opened = this.#order({
      kind: 'open-account',
      accountId: 'a1',
      lines: own.map((offers, i) => ({ msisdn: `491510000000${i + 1}`, offers })),
      offers,
      topUp: parseMoney(topUp)
    })
    if (opened !== 'done') throw new Error(`the account cannot be opened: ${opened}`)
  }

  /** Winter time in Berlin. */
  waitsUntil(local: string): void {
    this.driver.now = Date.parse(`${local.replace(' ', 'T')}:00+01:00`)
    if (this.driver.account !== null) this.driver.submit({ kind: 'sweep', accountId: 'a1' })
  }

  /** From here on it is the line of that number, the first being 1, that does what is done. */
  takes(line: number): this {
    this.driver.lineId = `491510000000${line}`
    return this
  }

  surfs(amount: string, circumstances: Circumstances = {}): string {
    const { where = 'home', apn = 'internet', zeroRated = false } = circumstances
    const facts = { plmn: networks[where], apn }
    const told = { group: zeroRated ? 20 : 10, context: '32251', unit: 'octets', facts } as const
    return this.#uses(told, units(amount))
  }

  calls(calledParty: string, length: string, where: Place = 'home'): string {
    const facts = { plmn: networks[where], calledParty, leg: 'originating' }
    return this.#uses({ group: 100, context: '32260', unit: 'seconds', facts }, units(length))
  }

  isCalled(length: string, where: Place = 'home'): string {
    const facts = { plmn: networks[where], calledParty: '+4915100000001', leg: 'terminating' }
    return this.#uses({ group: 100, context: '32260', unit: 'seconds', facts }, units(length))
  }

  texts(calledParty: string, where: Place = 'home'): string {
    const facts = { plmn: networks[where], calledParty, leg: 'originating' as const }
    const sessionId = this.#nextSession()
    const usage = { ratingGroup: 200, ask: { messages: 1 } }
    const answer = this.driver.charge(
      request('event', 0, [usage], { sessionId, context: '32274', facts, ...this.#subscriber() })
    )
    const outcome = answer.units[0]?.outcome ?? answer.outcome
    if (outcome !== 'success') return refusals[outcome] ?? outcome
    return `sent for ${this.#paidFor(sessionId)}`
  }

  buys(offer: string): string {
    return this.#order({ kind: 'subscribe', accountId: 'a1', offer, operation: null })
  }

  /** For the line at hand alone. */
  buysForTheLine(offer: string): string {
    const { lineId } = this.driver
    return this.#order({ kind: 'subscribe', accountId: 'a1', offer, lineId, operation: null })
  }

  changesTo(offer: string, replaces: string): string {
    const operation = { key: this.#nextSession(), digest: offer }
    return this.#order({ kind: 'change-offer', accountId: 'a1', offer, replaces, operation })
  }

  changesTheLineTo(offer: string, replaces: string): string {
    const operation = { key: this.#nextSession(), digest: offer }
    const { lineId } = this.driver
    return this.#order({
      kind: 'change-offer',
      accountId: 'a1',
      offer,
      replaces,
      lineId,
      operation
    })
  }

  /** Gives up what the line at hand has for itself. */
  givesUp(offer: string): string {
    const { lineId } = this.driver
    const own = this.driver
      .subscriptions()
      .find(each => each.line === lineId && each.offer === offer)
    return this.#order({
      kind: 'unsubscribe',
      accountId: 'a1',
      subscription: own?.id ?? offer
    })
  }

  topsUp(amount: string): string {
    const operation = { key: this.#nextSession(), digest: amount }
    return this.#order({
      kind: 'top-up',
      accountId: 'a1',
      amount: parseMoney(amount),
      operation
    })
  }

  /** Of a limit that each line has for itself, for the line that is at hand. */
  chooses(limit: string, choice: object, shared = false): string {
    const lineId = shared ? null : this.driver.lineId
    return this.#order({ kind: 'set-limit', accountId: 'a1', limit, lineId, ...choice })
  }

  wallet(): string {
    return money(this.driver.wallet().available)
  }

  /** What is left of the allowances that the account, and the line at hand, have; money as it is. */
  left(): readonly string[] {
    const line = this.driver.lines.get(this.driver.lineId)
    return [...this.driver.account!.buckets, ...(line?.buckets ?? [])]
      .filter(({ ended }) => ended !== true)
      .map(({ allowance, available, unit, rolled }) => {
        const shown = { octets, seconds: time, money, messages: String }[unit](available)
        return `${allowance}: ${shown}${rolled ? ', saved' : ''}`
      })
  }

  /** What the customer was told since the last look. */
  notices(): readonly string[] {
    const events = this.driver.records.filter(record => record.kind === 'event')
    const news = events.slice(this.#told)
    this.#told = events.length
    return news.map(event => {
      const { type, subject, threshold, direction, status } = event
      const what = type === 'threshold' ? `${threshold} ${direction}` : type
      return `${subject}: ${what}${status === '' ? '' : `, ${status}`}`
    })
  }

  /** What the network is asked for on the line at hand: the policy counters that are not at rest. */
  statuses(): readonly string[] {
    const line = this.driver.lines.get(this.driver.lineId)
    return (line?.counters ?? []).map(({ status }) => status).filter(status => status !== '')
  }

  lastCdr(): CdrRecord {
    const last = this.driver.cdrs().at(-1)
    if (last === undefined) throw new Error('nothing was charged yet')
    return last
  }

  /** What was paid in and what was taken make what is in the wallet, and nothing is held; the difference, 0.00. */
  unaccounted(): string {
    const taken = this.driver.cdrs().reduce((sum, { amount }) => sum + amount, 0)
    const { available, reserved } = this.driver.wallet()
    return money(this.driver.funded() - taken - available + reserved)
  }

  #uses({ group, context, unit, facts }: Told, wanted: number): string {
    const sessionId = this.#nextSession()
    let number = 0
    const send = (type: RequestType, usage: Omit<UsageTemplate, 'ratingGroup'>) => {
      const more = { sessionId, context, facts, ...this.#subscriber() }
      return this.driver.charge(request(type, number++, [{ ratingGroup: group, ...usage }], more))
    }
    let used = 0
    for (let type: RequestType = 'initial', part = 0; ; type = 'update') {
      const report = type === 'initial' ? {} : { used: { [unit]: part } }
      const answer = send(type, { ...report, ask: { [unit]: wanted - used } })
      const [answered] = answer.units
      part = Math.min(answered?.granted?.amount ?? 0, wanted - used)
      used += part
      if (part > 0 && used < wanted) continue
      send('termination', part > 0 ? { used: { [unit]: part } } : {})
      const shown = unit === 'octets' ? octets(used) : time(used)
      const paid = `${shown} for ${this.#paidFor(sessionId)}`
      if (part > 0) return paid
      const outcome = answered?.outcome ?? answer.outcome
      const end = answered?.final === 'redirect' ? 'redirected' : (refusals[outcome] ?? outcome)
      return used === 0 ? end : `${paid}, then ${end}`
    }
  }

  #paidFor(sessionId: string): string {
    const own = this.driver.cdrs().filter(cdr => cdr.sessionId === sessionId)
    return money(own.reduce((sum, { amount }) => sum + amount, 0))
  }

  #subscriber() {
    return { subscribers: [{ type: 'msisdn' as const, value: this.driver.lineId }] }
  }

  #nextSession(): string {
    this.#sessions += 1
    return `s;${this.#sessions}`
  }

  #order(order: AccountRequest): string {
    const answer = this.driver.submit(order)
    return answer.kind === 'done' ? 'done' : answer.reason
  }
}

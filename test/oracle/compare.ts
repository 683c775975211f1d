/** Lives the same life twice, in the engine and in the rater of this folder, and compares every figure. */
import type { Decision } from '../../src/charging/decision.ts'
import type { createEngine } from '../../src/charging/engine.ts'
import { explainRecord } from '../../src/charging/explain/rerate.ts'
import { apply, emptyWorld, stateFor } from '../../src/charging/simulate/world.ts'
import type { Bucket, Counter } from '../../src/domain/account.ts'
import type { ChargingAnswer } from '../../src/domain/answer.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import type { ChargingRequest, EngineRequest, RequestType } from '../../src/domain/request.ts'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import type { compileCatalogue } from '../../src/rating/load/load.ts'
import { profile, start } from '../support/engine-driver.ts'
import {
  createDice,
  type Dice,
  groups,
  split,
  writeCatalogue,
  writePlace,
  writeUnits
} from './generate.ts'
import { amount } from './price.ts'
import { type Bill, type Held, owedBy, type Place, Rater } from './rater.ts'
import type { WrittenCatalogue, WrittenOffer } from './written.ts'

/** What is under test; a planted bug comes in here. */
export interface Engine {
  readonly createEngine: typeof createEngine
  readonly compileCatalogue: typeof compileCatalogue
}

export interface Compared {
  /** Stretches of usage under one set of circumstances. */
  readonly usages: number
  readonly requests: number
}

const day = 86_400_000
const lines = ['4915100000001', '4915100000002'] as const
const wallet = 9_000_000_000_000_000
const sessionsPerLife = 12
const rats = { utran: 1, eutra: 6, nr: 10 } as const

interface Stretch {
  readonly place: Place
  readonly units: number
  readonly reports: readonly number[]
}

/** One account on one random catalogue. Throws on the first figure that differs, with the seed. */
export function compareLife(engine: Engine, seed: number): Compared {
  try {
    return new Life(engine, createDice(seed)).run()
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
  }
}

class Life {
  readonly dice: Dice
  readonly written: WrittenCatalogue
  readonly catalogue: Catalogue
  readonly engine: ReturnType<typeof createEngine>
  readonly world = emptyWorld()
  readonly bought: { readonly offer: string; readonly at: number }[] = []
  readonly records: CdrRecord[] = []
  now = start
  requests = 0
  usages = 0

  constructor({ createEngine, compileCatalogue }: Engine, dice: Dice) {
    this.dice = dice
    this.written = writeCatalogue(dice)
    this.catalogue = compileCatalogue(this.written)
    const catalogues = {
      current: this.catalogue,
      byVersion: new Map([[this.catalogue.version, this.catalogue]])
    }
    this.engine = createEngine(() => catalogues)
  }

  run(): Compared {
    this.openAccount()
    const holdings = this.holdings()
    const rater = new Rater(this.written, this.bought, holdings)
    let owed = 0n
    let days = 0
    for (let number = 0; number < sessionsPerLife; number++) {
      this.now += this.dice.one([0, 1_000, 90_000])
      // The next day at noon, not so often that an allowance ends: no session goes on over midnight.
      if (days < 4 && this.dice.often(15)) this.now = start + ++days * day
      const line = this.dice.one(lines)
      const bill: Bill = { rules: new Map(), buckets: new Map(), suspense: 0n }
      this.records.length = 0
      if (this.dice.often(10)) this.event(rater, bill, line, `e${number}`)
      else this.session(rater, bill, line, `s${number}`)
      owed += this.check(bill)
      this.checkLimits(rater)
    }
    this.checkBalances(holdings, owed)
    return { usages: this.usages, requests: this.requests }
  }

  openAccount(): void {
    const lineList = lines.map(msisdn => ({ msisdn }))
    const addons = this.written.offers.filter(({ kind }) => kind === 'addon').map(o => o.offer)
    const first = addons.filter(() => this.dice.often(30))
    const offers = this.dice.often(50) ? ['base', ...first] : [...first, 'base']
    const accountId = 'a1'
    this.decide({ kind: 'open-account', accountId, lines: lineList, offers, topUp: wallet }, '')
    for (const offer of offers) this.bought.push({ offer, at: this.now })
    for (const offer of addons) {
      if (!this.dice.often(60)) continue
      this.now += 1 + this.dice.below(3 * 3_600_000)
      this.decide({ kind: 'subscribe', accountId, offer, operation: null }, '')
      this.bought.push({ offer, at: this.now })
    }
  }

  /** What the offers give, from what is written; only the names of the buckets are the engine's. */
  holdings(): Held[] {
    const { account } = this.world
    if (account === null) throw new Error('the account was not opened')
    const shown = this.engine.present(account, [...this.world.lines.values()], this.now)
    const nameOf = (buckets: readonly Bucket[], offer: string, allowance: string, from: number) => {
      const found = buckets.find(
        bucket =>
          bucket.offer === offer && bucket.allowance === allowance && bucket.validFrom === from
      )
      if (found === undefined) {
        const there = buckets.map(({ id }) => id).join(', ')
        throw new Error(`no bucket of ${offer}/${allowance} is among ${there}`)
      }
      return found.id
    }
    const held: Held[] = []
    for (const { offer, at } of this.bought) {
      for (const allowance of this.offer(offer).allowances ?? []) {
        const until = ends(allowance.period, at)
        const left = amount(allowance.amount)
        const priority = allowance.priority ?? (this.offer(offer).kind === 'addon' ? 50 : 100)
        for (const line of allowance.sharing === 'line' ? lines : [null]) {
          const of = shown.lines.find(({ id }) => id === line) ?? shown.account
          const name = nameOf(of.buckets, offer, allowance.allowance, at)
          held.push({
            name,
            id: `${line ?? ''}:${name}`,
            allowance,
            priority,
            line,
            from: at,
            until,
            left
          })
        }
      }
    }
    return held
  }

  offer(id: string): WrittenOffer {
    const offer = this.written.offers.find(candidate => candidate.offer === id)
    if (offer === undefined) throw new Error(`there is no offer ${id}`)
    return offer
  }

  event(rater: Rater, bill: Bill, line: string, sessionId: string): void {
    const { dice } = this
    const { group, unit } = dice.one(groups)
    const place = writePlace(dice, group)
    const units = writeUnits(dice, group)
    if (rater.canPay(line, place, BigInt(units), this.now))
      rater.use(bill, line, place, BigInt(units), this.now)
    this.charge('event', line, sessionId, 0, place, { asked: { [unit]: units } })
    this.usages++
  }

  session(rater: Rater, bill: Bill, line: string, sessionId: string): void {
    const { dice } = this
    const family = dice.one([[10, 11], [10], [100], [200]])
    const called = writePlace(dice, family[0] ?? 10).called
    const stretches = Array.from({ length: 1 + dice.below(4) }, (): Stretch => {
      const group = dice.one(family)
      const units = writeUnits(dice, group)
      const place = { ...writePlace(dice, group), called }
      return { place, units, reports: split(dice, units) }
    })
    for (const { place, units } of stretches) {
      rater.use(bill, line, place, BigInt(units), this.now)
      this.usages++
    }
    this.play(line, sessionId, stretches)
  }

  /** Each stretch is asked for where it happens, and reported before, or as, the circumstances change. */
  play(line: string, sessionId: string, stretches: readonly Stretch[]): void {
    const { dice } = this
    let number = 0
    for (const [index, { place, reports }] of stretches.entries()) {
      const before = stretches[index - 1]
      const goesOn = before !== undefined && before.place.group === place.group
      if (!goesOn) {
        const type = index === 0 ? 'initial' : 'update'
        this.charge(type, line, sessionId, number++, place, { asked: this.ask(place, reports[0]) })
      }
      for (const [step, used] of reports.entries()) {
        if (dice.often(20)) this.now += dice.below(120_000)
        const next = stretches[index + 1]
        const last = step === reports.length - 1
        const moves = last && next?.place.group === place.group ? next : null
        const unit = unitOf(place.group)
        const ends = last && next === undefined
        const asks = !last || moves !== null
        const to = moves?.place ?? place
        const ahead = moves === null ? reports[step + 1] : moves.reports[0]
        this.charge(ends ? 'termination' : 'update', line, sessionId, number++, to, {
          group: place.group,
          used: { [unit]: used },
          ...(asks ? { asked: this.ask(place, ahead) } : {})
        })
      }
    }
  }

  /** An empty ask, or exactly, more or less than what will be used. */
  ask(place: Place, ahead = 0): Partial<Record<string, number>> {
    const { dice } = this
    if (dice.often(40)) return {}
    const units = dice.one([ahead, ahead, ahead * 2, Math.ceil(ahead / 2)])
    return units === 0 ? {} : { [unitOf(place.group)]: units }
  }

  charge(
    type: RequestType,
    line: string,
    sessionId: string,
    number: number,
    place: Place,
    of: {
      readonly group?: number
      readonly used?: object
      readonly asked?: object
    }
  ): ChargingAnswer {
    const nothing = { octets: null, seconds: null, messages: null }
    const request: ChargingRequest = {
      kind: 'charging',
      type,
      sessionId,
      number,
      subscribers: [],
      context: '32251',
      origin: { host: 'pgw', realm: 'example' },
      route: { protocol: 'gy', peer: 'pgw' },
      profile,
      facts: {
        // A network that says nothing of where it is says nothing new either.
        plmn: place.plmn ?? '',
        leg: place.leg,
        rat: rats[place.rat],
        ...(place.called === null ? {} : { calledParty: place.called })
      },
      usages: [
        {
          ratingGroup: of.group ?? place.group,
          serviceIdentifiers: [],
          requested: of.asked === undefined ? null : { ...nothing, ...of.asked },
          used:
            of.used === undefined
              ? null
              : { ...nothing, inputOctets: null, outputOctets: null, ...of.used }
        }
      ]
    }
    return this.decide(request, line).answer as ChargingAnswer
  }

  decide(request: EngineRequest, lineId: string): Decision {
    this.requests++
    const state = stateFor(this.world, request, lineId, this.now)
    const decision = this.engine.decide(state, request, this.now)
    if (decision.answer.kind === 'refused') throw new Error(decision.answer.detail)
    if (decision.changes !== null) apply(this.world, decision.changes)
    for (const record of decision.changes?.records ?? []) {
      if (record.kind === 'cdr') this.records.push(record)
    }
    return decision
  }

  /** The session's CDR is its bill, and so is the CDR rated again; what it owes. */
  check(bill: Bill): bigint {
    const told: Bill = { rules: new Map(), buckets: new Map(), suspense: 0n }
    let debited = 0n
    let agrees = true
    for (const cdr of this.records) {
      debited += BigInt(cdr.amount)
      for (const part of cdr.parts) addPart(told, part, cdr.lineId)
      const catalogues = { current: this.catalogue, byVersion: new Map() }
      agrees &&= explainRecord(cdr, catalogues).agrees === true
    }
    const expected = textOf(bill)
    const found = textOf(told)
    if (expected !== found) throw new Error(`the bill is ${expected}, the CDR says ${found}`)
    const owed = owedBy(bill)
    if (owed !== debited) throw new Error(`${owed} is owed, ${debited} was debited`)
    if (!agrees) throw new Error('rated again it differs')
    return owed
  }

  /** What each limit has counted, and that it holds nothing for a session that is over. */
  checkLimits({ limits }: Rater): void {
    const { account } = this.world
    if (account === null) throw new Error('the account was not opened')
    const shown = this.engine.present(account, [...this.world.lines.values()], this.now)
    const of = (line: string, counters: readonly Counter[]) =>
      counters.map(({ offer, limit, used, reserved }) => {
        if (reserved !== 0) throw new Error(`${reserved} of ${offer}/${limit} is still held`)
        return `${line}:${offer}/${limit} ${used}`
      })
    const all = shown.lines.flatMap(({ id, counters = [] }) => of(id, counters))
    const found = [...of('', shown.account.counters ?? []), ...all].sort().join(', ')
    const expected = limits.textAt(this.now, lines)
    if (expected !== found) throw new Error(`the bill is ${expected}, limits say ${found}`)
  }

  checkBalances(holdings: readonly Held[], owed: bigint): void {
    const { account } = this.world
    const { available, reserved } = account?.wallet ?? { available: 0, reserved: 0 }
    if (reserved !== 0) throw new Error(`${reserved} is still reserved`)
    const left = BigInt(wallet) - owed
    if (BigInt(available) !== left) throw new Error(`the wallet has ${available}, not ${left}`)
    const shown = new Map<string, number>()
    for (const bucket of account?.buckets ?? []) shown.set(`:${bucket.id}`, bucket.available)
    for (const line of this.world.lines.values()) {
      for (const { id, available } of line.buckets) shown.set(`${line.id}:${id}`, available)
    }
    for (const held of holdings) {
      const has = shown.get(held.id)
      if (has !== undefined && BigInt(has) !== held.left) {
        throw new Error(`bucket ${held.id} has ${has}, not ${held.left}`)
      }
    }
  }
}

function addPart(told: Bill, part: CdrRecord['parts'][number], lineId: string): void {
  const units = BigInt(part.units)
  if (part.suspense) {
    told.suspense += units
  } else if (part.bucket !== '') {
    const own = `${lineId}:${part.bucket}`
    told.buckets.set(own, (told.buckets.get(own) ?? 0n) + units)
  } else {
    const name = part.price.slice(part.price.indexOf(':') + 1)
    const known = told.rules.get(name) ?? { units: 0n, amount: 0n }
    const sum = { units: known.units + units, amount: known.amount + BigInt(part.amount) }
    told.rules.set(name, sum)
  }
}

/** In one order, and buckets without their line: a CDR says only their id. */
function textOf({ rules, buckets, suspense }: Bill): string {
  const prices = [...rules].map(([name, { units, amount }]) => `${name} ${units} = ${amount}`)
  const sums = new Map<string, bigint>()
  for (const [id, units] of buckets) {
    const name = id.slice(id.indexOf(':') + 1)
    sums.set(name, (sums.get(name) ?? 0n) + units)
  }
  const drawn = [...sums].map(([name, units]) => `${name} -${units}`)
  return [...prices.sort(), ...drawn.sort(), `suspense ${suspense}`].join(', ')
}

function unitOf(group: number): string {
  return groups.find(entry => entry.group === group)?.unit ?? 'octets'
}

/** When the first period of an allowance ends. */
function ends(period: string, since: number): number | null {
  if (period === 'unlimited') return null
  if (period !== 'calendar-month') return since + Number(period.split(' ')[0]) * day
  const at = new Date(since)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)
}

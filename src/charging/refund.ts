/**
 * Refunds (REFUND_ACCOUNT: RFC 8506 6.4; Refund-Information: TS 32.299 7.2.171).
 *
 * A refund that names its debit gives back at most what that debit took, from the last part to the first, and never
 * twice: what is given back leaves the debit's receipt in the same commit. It names it by Refund-Information, by its
 * own session id, or by CC-Correlation-Id, in this order. One that names nothing is credited as it is asked for,
 * unless the catalogue forbids that. Each refund has a CDR of its own, with a negative amount.
 */
import type { ChargingAnswer, MultipleUnitAnswer } from '../domain/answer.ts'
import type { ChargingRequest, MultipleUnitUsage } from '../domain/request.ts'
import type { ClosedSession, Debit, UsagePart } from '../domain/session.ts'
import { add, type Units } from '../domain/units.ts'
import { chargeFor } from '../rating/price.ts'
import { fits, settleMoney } from './books.ts'
import { returnUnits } from './bucket-units.ts'
import { recordCdr, type SessionEffects } from './close.ts'
import { type Context, situationFor, statedPrice } from './context.ts'
import type { State } from './decision.ts'
import { addPart, type ServiceDraft, type SessionDraft } from './draft.ts'
import { eventService, unitsOf, usagesOf } from './event.ts'
import { answeredBefore, hasDebits, ledgerOf, withRefund } from './event-ledger.ts'
import { refused } from './grant.ts'
import { newSession } from './session.ts'
import { priceNow } from './tariff.ts'

/** The debit that a refund names. */
interface Target {
  readonly sessionId: string
  readonly receipt: ClosedSession
  /** Of one event; null: everything under the session id. */
  readonly number: number | null
  /** What is left to be given back. */
  debits: readonly Debit[]
}

/** Gives back what is asked for. Returns whether anything was. `closed` is the receipt of the session id. */
export function serveRefund(
  context: Context,
  effects: SessionEffects,
  state: State,
  request: ChargingRequest,
  closed: ClosedSession | null
): { readonly answer: ChargingAnswer; readonly changed: boolean } {
  const repeat = answeredBefore(context, closed, 'refund', request)
  if (repeat !== null) return { answer: repeat, changed: false }
  const target = targetOf(state, request, closed)
  const session = newSession(context, request, state.lineId, null)
  session.cdrs = closed?.cdrs ?? 0
  const units = usagesOf(request).map(usage => {
    if (target === 'unknown') return refused(usage, 'rating-failed')
    const service = eventService(context, session, request, usage)
    if (target === null) return creditUnnamed(context, service, request, usage)
    return giveBack(context, session, service, target, usage)
  })
  const answer: ChargingAnswer = { kind: 'charging', outcome: 'success', units, repeated: false }
  if (session.services.every(service => service.parts.length === 0)) {
    return { answer, changed: false }
  }
  const named = target !== null && target !== 'unknown'
  recordCdr(context, session, 'normalRelease', ['event', 'refund', ...(named ? [] : unnamed)])
  const own = named && target.sessionId === session.id ? target.debits : null
  effects.closed.set(session.id, withRefund(closed, session, request.number, answer, own))
  if (named && own === null) {
    const events = { ...ledgerOf(target.receipt, state.lineId), debits: target.debits }
    effects.closed.set(target.sessionId, { ...target.receipt, events })
  }
  return { answer, changed: true }
}

const unnamed = ['unnamed'] as const

/** null: the refund names no debit; `unknown`: it names one that is not known here. */
function targetOf(
  state: State,
  request: ChargingRequest,
  closed: ClosedSession | null
): Target | 'unknown' | null {
  const named = request.event?.original ?? null
  if (named === null && closed !== null && hasDebits(closed)) {
    return at(request.sessionId, closed, null, state.lineId)
  }
  const sessionId = named?.sessionId ?? state.receipt?.result
  if (sessionId === undefined) return null
  const receipt = sessionId === request.sessionId ? closed : state.original
  // Only events name themselves to others; and a session that may be open again must not be touched.
  if (receipt?.events === undefined) return 'unknown'
  return at(sessionId, receipt, named?.number ?? null, state.lineId)
}

function at(
  sessionId: string,
  receipt: ClosedSession,
  number: number | null,
  lineId: string
): Target | 'unknown' {
  const ledger = ledgerOf(receipt, lineId)
  if (ledger.lineId !== lineId) return 'unknown'
  return { sessionId, receipt, number, debits: ledger.debits }
}

/** What is still to be given back for one usage. */
interface Ask {
  /** null: the usage asks for units. */
  money: number | null
  /** Units that are asked for, by their type; empty: everything. */
  readonly units: Map<string, Units>
}

/** Gives back for one usage; nothing left to give back is `unable-to-comply`. */
function giveBack(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  target: Target,
  usage: MultipleUnitUsage
): MultipleUnitAnswer {
  const { currency } = context.books.before
  const money = usage.requested?.money
  if ((money?.currency ?? currency) !== currency) return refused(usage, 'rating-failed')
  const ask: Ask = { money: money?.amount ?? null, units: unitsAsked(usage) }
  const given: Part[] = []
  const kept: Debit[] = []
  for (const entry of target.debits.toReversed()) {
    const meant = isMeant(entry, target, usage)
    const part = meant ? partOf(context, session.lineId, target, entry, ask) : null
    if (part === null) {
      kept.push(entry)
      continue
    }
    settleMoney(context.books, 0, -part.amount)
    addNegative(service, part)
    given.push(part)
    const rest = {
      ...entry,
      units: entry.units - part.units,
      amount: entry.amount - part.amount
    }
    if (isLeft(entry, rest)) kept.push(rest)
  }
  target.debits = kept.reverse()
  if (given.length === 0) return refused(usage, 'unable-to-comply')
  const amount = given.reduce((sum, part) => add(sum, part.amount), 0)
  const unit = given.find(part => part.units > 0 && part.unit !== 'money')?.unit
  if (unit === undefined) return { ...refused(usage, 'success'), money: { amount, currency } }
  const same = given.filter(part => part.unit === unit)
  const units = same.reduce((sum, part) => add(sum, part.units), 0)
  return { ...refused(usage, 'success'), granted: { unit, amount: units } }
}

function unitsAsked({ requested }: MultipleUnitUsage): Map<string, Units> {
  const asked = new Map<string, Units>()
  for (const unit of ['octets', 'seconds', 'messages'] as const) {
    const units = requested?.[unit] ?? null
    if (units !== null) asked.set(unit, units)
  }
  return asked
}

/** What of a debit is given back, taken from what is asked; null: nothing. */
function partOf(
  context: Context,
  lineId: string,
  { debits }: Target,
  entry: Debit,
  ask: Ask
): Part | null {
  if (ask.money !== null) {
    const amount = Math.min(entry.amount, ask.money)
    ask.money -= amount
    return amount === 0 ? null : { ...entry, units: 0, amount }
  }
  const whole = ask.units.size === 0
  if (entry.unit === 'money' && entry.bucket !== '' && !whole) {
    return unitsBack(context, lineId, entry, promotionalShare(debits, entry, ask), false)
  }
  const wanted = whole ? entry.units : Math.min(ask.units.get(entry.unit) ?? 0, entry.units)
  const part = unitsBack(context, lineId, entry, wanted, whole)
  if (part !== null && !whole) ask.units.set(entry.unit, (ask.units.get(entry.unit) ?? 0) - wanted)
  return part
}

/** What a bucket of money gets back of a debit: its part of the price of the units that are given back. */
function promotionalShare(debits: readonly Debit[], entry: Debit, ask: Ask): Units {
  let units = 0
  let back = 0
  for (const other of debits) {
    if (other.number !== entry.number || other.unit === 'money') continue
    units += other.units
    back += Math.min(other.units, ask.units.get(other.unit) ?? 0)
  }
  return units === 0 ? 0 : shareOf(entry.units, Math.min(back, units), units)
}

/** Units whose money was given back are settled; those of a bucket, and free ones, are not. */
function isLeft(before: Debit, rest: Debit): boolean {
  if (rest.amount > 0) return true
  return rest.units > 0 && (rest.bucket !== '' || before.amount === 0)
}

function isMeant(entry: Debit, { number }: Target, { ratingGroup }: MultipleUnitUsage): boolean {
  if (number !== null && entry.number !== number) return false
  return ratingGroup === null || entry.ratingGroup < 0 || entry.ratingGroup === ratingGroup
}

type Part = Pick<UsagePart, 'price' | 'bucket' | 'zone' | 'unit' | 'units' | 'amount'>

/** Units with their share of the amount; fractions of a millionth stay with the units that are left. */
function unitsBack(
  context: Context,
  lineId: string,
  entry: Debit,
  units: Units,
  whole: boolean
): Part | null {
  if (units === 0 && !(whole && entry.amount > 0)) return null
  if (entry.bucket !== '' && !returnUnits(context.books, lineId, entry.bucket, units)) return null
  const share = units === entry.units ? entry.amount : shareOf(entry.amount, units, entry.units)
  return { ...entry, units, amount: share }
}

function shareOf(amount: number, units: Units, of: Units): number {
  return Number((BigInt(amount) * BigInt(units)) / BigInt(of))
}

/** A refund without a debit to it: the sum that is asked for, or what the units cost today. */
function creditUnnamed(
  context: Context,
  service: ServiceDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage
): MultipleUnitAnswer {
  if (!context.catalogue.unnamedRefunds) return refused(usage, 'rating-failed')
  const { books } = context
  const money = usage.requested?.money
  if (money !== undefined) {
    const { currency } = books.before
    const foreign = (money.currency ?? currency) !== currency
    if (foreign || !fits(books, money.amount)) {
      return refused(usage, 'rating-failed')
    }
    settleMoney(books, 0, -money.amount)
    const { amount } = money
    addNegative(service, {
      price: statedPrice,
      bucket: '',
      zone: '',
      unit: 'messages',
      units: 0,
      amount
    })
    return { ...refused(usage, 'success'), money: { amount, currency } }
  }
  const situation = situationFor(context, request, usage)
  const rule = situation === null ? null : priceNow(context, situation)
  if (situation === null || rule === null || rule.price.model === 'blocked') {
    return refused(usage, 'rating-failed')
  }
  const { unit } = situation.service
  const units = unitsOf(context, request, usage, situation)
  const amount = chargeFor(rule.price, units)
  settleMoney(books, 0, -amount)
  addNegative(service, { price: rule.ref, bucket: '', zone: situation.zone, unit, units, amount })
  return { ...refused(usage, 'success'), granted: { unit, amount: units } }
}

/** In a CDR, what was given back stands below zero. */
function addNegative(service: ServiceDraft, part: Part): void {
  const { price, bucket, zone, unit } = part
  const units = 0 - part.units
  if (unit !== 'money') service[unit] += units
  const amount = 0 - part.amount
  addPart(service, { price, bucket, zone, unit, units, amount, before: 0, suspense: false })
}

/** What subscribers choose of the limits of their offers: an amount of their own, and to go on beyond it. */
import type { Counter } from '../domain/account.ts'
import type { AccountAnswer } from '../domain/answer.ts'
import { GyroError } from '../domain/errors.ts'
import { parseMoney } from '../domain/money.ts'
import type { SetLimit } from '../domain/set-limit.ts'
import type { Units } from '../domain/units.ts'
import type { Catalogue, UsageLimit } from '../rating/catalogue.ts'
import { parseAmount } from '../rating/load/amount.ts'
import { type Books, type BucketPlace, sharedPlace } from './books.ts'
import { countersAt, limitOf, replaceCounter } from './counters.ts'
import { refuse } from './operations.ts'
import { levelOf, statusAt, tellThresholds } from './thresholds.ts'

/** Every limit of that name that the account, or the line, has. */
export function setLimit(books: Books, catalogue: Catalogue, request: SetLimit): AccountAnswer {
  const { lineId } = request
  const place: BucketPlace = lineId === null ? sharedPlace : { source: 'line', lineId }
  const counters = countersAt(books, place).filter(({ limit }) => limit === request.limit)
  if (counters.length === 0) return unknown(books, request, place)
  for (const counter of counters) {
    const limit = limitOf(catalogue, counter)
    if (limit === undefined) continue
    const chosen = choose(counter, limit, request)
    if ('kind' in chosen) return chosen
    change(books, place, limit, counter, chosen)
  }
  return { kind: 'done', repeated: false }
}

function unknown(books: Books, { limit, lineId }: SetLimit, place: BucketPlace): AccountAnswer {
  const known = countersAt(books, place).map(counter => counter.limit)
  const whose = lineId === null ? 'its lines share' : `line ${lineId} has`
  const list = known.length === 0 ? 'none' : known.join(', ')
  return refuse('limit-unknown', `there is no limit "${limit}" among those that ${whose}: ${list}`)
}

/** The counter as it is chosen, or why it cannot be. */
function choose(
  counter: Counter,
  limit: UsageLimit,
  { amount: text, beyond }: SetLimit
): Counter | AccountAnswer {
  if (beyond !== undefined && beyond !== 'no' && !limit.passable) {
    return refuse('offer-conflict', `nobody may go beyond the limit ${limit.id}`)
  }
  if (text === undefined) return { ...counter, beyond: beyond ?? counter.beyond }
  if (!limit.settable) {
    return refuse('offer-conflict', `the amount of the limit ${limit.id} cannot be chosen`)
  }
  const own = text === null ? null : amountIn(text, counter)
  if (typeof own === 'string') return refuse('invalid', `amount: ${own}`)
  return { ...counter, own, amount: own ?? limit.amount, beyond: beyond ?? counter.beyond }
}

function amountIn(text: string | number, { unit }: Counter): Units | string {
  if (unit !== 'money') return parseAmount(text, unit)
  if (typeof text === 'number') return 'must be decimal text, such as "20.00"'
  try {
    const amount = parseMoney(text)
    return amount < 0 ? `${text} is below zero` : amount
  } catch (error) {
    if (error instanceof GyroError) return error.message
    throw error
  }
}

/** Another amount moves the thresholds that are shares of it. */
function change(
  books: Books,
  place: BucketPlace,
  limit: UsageLimit,
  before: Counter,
  after: Counter
): void {
  const level =
    before.amount === after.amount
      ? before.level
      : levelOf(limit.thresholds, after.used, after.amount)
  tellThresholds(books, place, limit, { ...after, level: before.level }, level, null)
  const status = statusAt(limit.thresholds, level)
  replaceCounter(books, place, { ...after, level, status })
}

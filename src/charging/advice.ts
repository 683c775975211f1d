/** What a subscriber is told of cost and balance, when the client asks or the balance is low. */
import type { Advice, ChargingAnswer } from '../domain/answer.ts'
import type { ChargingRequest } from '../domain/request.ts'
import type { Context } from './context.ts'
import type { SessionDraft } from './draft.ts'

/** The answer with advice of charge; the same answer when there is nothing to tell. */
export function withAdvice(
  context: Context,
  session: SessionDraft,
  request: ChargingRequest,
  answer: ChargingAnswer
): ChargingAnswer {
  const { currency, quota } = context.catalogue
  // The policy says how little is low in its own currency only.
  const lowBalance = context.books.before.currency === currency ? quota.lowBalance : undefined
  if (request.advice !== true && lowBalance === undefined) return answer
  if (!request.profile.advice) return answer
  const { available, before } = context.books
  const low = lowBalance === undefined ? null : available + context.creditLimit < lowBalance
  const asked = request.advice === true
  if (!asked && low !== true) return answer
  let cost = 0
  for (const position of session.positions) cost += position.amount
  const advice: Advice = {
    cost: asked ? cost : null,
    remaining: asked ? available : null,
    low,
    currency: before.currency
  }
  return { ...answer, advice }
}

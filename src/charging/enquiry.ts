/**
 * Events that only ask: the balance check (RFC 8506 6.2) and the price enquiry (6.1). Both are played through on a
 * copy of the books that nobody writes, so they answer what a debit would meet now and leave nothing behind.
 */
import type { ChargingAnswer, MultipleUnitAnswer } from '../domain/answer.ts'
import type { ChargingRequest, MultipleUnitUsage } from '../domain/request.ts'
import { add, unitsMax } from '../domain/units.ts'
import { scratchOf } from './books.ts'
import { type Context, situationFor } from './context.ts'
import type { SessionDraft } from './draft.ts'
import { debit, eventService, exactly, usagesOf } from './event.ts'
import { grant, refused } from './grant.ts'
import { newSession } from './session.ts'

const chosenByServer = { octets: null, seconds: null, messages: null }

/** Whether the account can pay for everything that is asked, together; without values, for anything of it. */
export function checkBalance(
  context: Context,
  request: ChargingRequest,
  lineId: string
): ChargingAnswer {
  const trial = scratchOf(context)
  const session = newSession(trial, request, lineId, null)
  const found = usagesOf(request).map(usage => tryUsage(trial, session, request, usage))
  const poor = found.some(unit => unit.outcome === 'credit-limit-reached')
  const units = found.map(unit => {
    return refused(unit, unit.outcome === 'credit-limit-reached' ? 'success' : unit.outcome)
  })
  const answer: ChargingAnswer = { kind: 'charging', outcome: 'success', units, repeated: false }
  const rated = units.some(unit => unit.outcome === 'success')
  return rated ? { ...answer, enoughCredit: !poor } : answer
}

/** What everything that is asked would take from the wallet, if there were money enough. */
export function priceEnquiry(
  context: Context,
  request: ChargingRequest,
  lineId: string
): ChargingAnswer {
  const trial = scratchOf(context)
  trial.books.available = unitsMax - trial.creditLimit - trial.books.reserved
  const session = newSession(trial, request, lineId, null)
  const usages = usagesOf(request)
  const found = usages.map(usage => debit(trial, session, request, usage))
  const units = found.map(unit => refused(unit, unit.outcome))
  const answer: ChargingAnswer = { kind: 'charging', outcome: 'success', units, repeated: false }
  if (units.every(unit => unit.outcome !== 'success')) return answer
  let amount = 0
  for (const { parts } of session.services)
    for (const part of parts) amount = add(amount, part.amount)
  const { currency } = context.books.before
  return { ...answer, cost: { amount, currency, of: unitsPriced(usages, found) } }
}

function tryUsage(
  trial: Context,
  session: SessionDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage
): MultipleUnitAnswer {
  if (hasValue(usage)) return debit(trial, session, request, usage)
  const service = eventService(trial, session, request, usage)
  const situation = situationFor(trial, request, usage)
  return grant(trial, session, service, exactly(request), usage, chosenByServer, situation)
}

function hasValue({ requested }: MultipleUnitUsage): boolean {
  if (requested === null) return false
  const { octets, seconds, messages, money } = requested
  return Boolean(octets || seconds || messages || money)
}

/** What the price is of, when the server chose the units. */
function unitsPriced(
  usages: readonly MultipleUnitUsage[],
  found: readonly MultipleUnitAnswer[]
): string | null {
  const [usage] = usages
  const granted = found[0]?.granted
  if (usages.length !== 1 || usage === undefined || hasValue(usage) || !granted) return null
  const { amount, unit } = granted
  return `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`
}

/** Simulations and explanations as the HTTP API and the commands show them. */
import type {
  BucketChange,
  Holding,
  LimitHeld,
  PlayedRequest,
  PlayedStep,
  RecordExplained,
  Rerated,
  SessionExplained,
  Simulation,
  UnitExplained
} from '../charging/simulation.ts'
import { formatMoney } from '../domain/money.ts'
import type { EventRecord, MovementRecord } from '../domain/record.ts'
import { namesOfSession } from '../domain/session-key.ts'
import { viewQuantity } from './quantity.ts'
import { type TermsView, viewTerms } from './terms.ts'
import { viewUnit, viewUse } from './unit-views.ts'
import { iso, viewAccount, viewCdr, viewSession } from './views.ts'

/** `names`: what each step was called in the request. */
export function viewSimulation(played: Simulation, names: readonly string[]) {
  const last = played.steps.at(-1) ?? played.before
  const total = played.steps.reduce((sum, step) => sum + debitOf(step), 0)
  return {
    catalogue: played.catalogue,
    currency: played.before.account.currency,
    debited: formatMoney(total),
    before: viewAccount(played.before),
    steps: played.steps.map((step, index) => viewStep(step, index, names[index] ?? '')),
    after: viewAccount(last),
    prices: Object.fromEntries(Array.from(played.prices, ([ref, terms]) => [ref, viewTerms(terms)]))
  }
}

export type SimulationJson = ReturnType<typeof viewSimulation>
export type StepJson = SimulationJson['steps'][number]
export type RequestJson = StepJson['requests'][number]
export type UnitJson = RequestJson['units'][number]

export function viewExplanation(
  key: string,
  open: SessionExplained | null,
  records: readonly RecordExplained[]
) {
  return {
    ...namesOfSession(key),
    open:
      open === null
        ? null
        : {
            session: viewSession(open.session, null),
            limits: open.limits.map(viewHeld),
            stops: open.stops.map(({ lineId, ...stop }) => ({
              ...stop,
              available: viewQuantity(stop.unit, stop.available),
              line: lineId === '' ? null : lineId
            })),
            prices: open.prices.map(viewRerated),
            agrees: open.agrees
          },
    cdrs: records.map(({ cdr, prices, agrees }) => ({
      cdr: viewCdr(cdr),
      prices: prices.map(viewRerated),
      agrees
    }))
  }
}

export type ExplanationJson = ReturnType<typeof viewExplanation>
export type ReratedJson = ReturnType<typeof viewRerated>
export type TermsJson = TermsView | null

function viewStep(step: PlayedStep, index: number, name: string) {
  return {
    step: index,
    do: name,
    at: iso(step.at),
    used: step.used,
    debited: formatMoney(debitOf(step)),
    requests: step.requests.map(viewRequest),
    ...(name === 'look' ? { account: viewAccount(step) } : {})
  }
}

function debitOf(step: PlayedStep): number {
  return step.requests.reduce((sum, { debited }) => sum + debited, 0)
}

function viewRequest(played: PlayedRequest) {
  const { request, answer, explanation, records } = played
  const charging = request.kind === 'charging'
  return {
    at: iso(played.at),
    do: charging ? request.type : request.kind,
    session: charging ? request.sessionId : null,
    number: charging ? request.number : null,
    outcome: outcomeOf(answer),
    detail: detailOf(answer),
    debited: formatMoney(played.debited),
    wallet: { before: money(played.wallet.before), after: money(played.wallet.after) },
    buckets: played.buckets.filter(isOfInterest(explanation?.units ?? [])).map(viewBucket),
    positions: (explanation?.positions ?? []).map(position => ({
      ...position,
      amountBefore: formatMoney(position.amountBefore),
      amountAfter: formatMoney(position.amountAfter)
    })),
    units: (explanation?.units ?? []).map(viewUnit),
    cdrs: records.flatMap(record => (record.kind === 'cdr' ? [viewCdr(record)] : [])),
    movements: records.flatMap(record =>
      record.kind === 'movement' ? [viewMovement(record)] : []
    ),
    events: records.flatMap(record => (record.kind === 'event' ? [viewEvent(record)] : [])),
    orders: played.orders.map(({ sessionId, action, cause, ratingGroup }) => ({
      session: sessionId,
      action,
      cause,
      ratingGroup
    }))
  }
}

function outcomeOf(answer: PlayedRequest['answer']): string {
  return answer.kind === 'charging'
    ? answer.outcome
    : answer.kind === 'done'
      ? 'done'
      : answer.reason
}

function detailOf(answer: PlayedRequest['answer']): string | null {
  if (answer.kind === 'refused') return answer.detail
  const repeated = answer.kind === 'charging' && answer.repeated
  return repeated ? 'a repeat: it gets the stored answer, and nothing is decided again' : null
}

/** Buckets that changed or that could have been drawn. */
function isOfInterest(units: readonly UnitExplained[]): (change: BucketChange) => boolean {
  const drawable = new Set(
    units.flatMap(({ buckets }) =>
      buckets.filter(({ obstacle }) => obstacle === null).map(({ bucket }) => bucket)
    )
  )
  return ({ bucket, before, after }) =>
    drawable.has(bucket) ||
    before?.available !== after?.available ||
    before?.reserved !== after?.reserved
}

function viewBucket({ lineId, validUntil, before, after, ...change }: BucketChange) {
  return {
    ...change,
    before: viewHolding(change.unit, before),
    after: viewHolding(change.unit, after),
    line: lineId === '' ? null : lineId,
    validUntil: validUntil === null ? null : iso(validUntil)
  }
}

function viewHolding(unit: string, holding: Holding | null) {
  if (holding === null) return null
  const { available, reserved } = holding
  return { available: viewQuantity(unit, available), reserved: viewQuantity(unit, reserved) }
}

function viewHeld({ counter: _counter, lineId, validUntil, after, ...limit }: LimitHeld) {
  const { unit } = limit
  return {
    ...limit,
    amount: viewQuantity(unit, limit.amount),
    held: viewQuantity(unit, limit.held),
    ...viewUse(unit, after),
    line: lineId === '' ? null : lineId,
    validUntil: validUntil === null ? null : iso(validUntil)
  }
}

function viewEvent(event: EventRecord) {
  const { at, type, lineId, subject, threshold, direction, status, used, amount, unit } = event
  const line = lineId === '' ? null : lineId
  return {
    at: iso(at),
    type,
    line,
    subject,
    threshold,
    direction,
    status,
    used: viewQuantity(unit, used),
    amount: viewQuantity(unit, amount),
    unit
  }
}

function viewMovement({ at, type, amount, target, unit, reference }: MovementRecord) {
  const text = String(viewQuantity(target === 'wallet' ? 'money' : unit, amount))
  return { at: iso(at), type, amount: text, target, unit, reference }
}

function viewRerated({ price, terms, unit, before, units, amount, rerated }: Rerated) {
  return {
    price,
    unit,
    terms: viewTerms(terms),
    before,
    units,
    amount: formatMoney(amount),
    rerated: rerated === null ? null : formatMoney(rerated)
  }
}

function money({ available, reserved }: Holding) {
  return { available: formatMoney(available), reserved: formatMoney(reserved) }
}

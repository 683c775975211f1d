/**
 * The bound on absurd usage: a line cannot carry more than its rate times the time since it was last heard of.
 *
 * It is physical, never relative to what was granted. What is beyond it is not debited: it goes to suspense, and is
 * told.
 */
import type { EpochMs } from '../domain/time.ts'
import type { QuotaUnit, Units } from '../domain/units.ts'
import { recordEvent } from './books.ts'
import type { Context } from './context.ts'
import { addPart, type ServiceDraft, type SessionDraft } from './draft.ts'

/** Clients report late, and their clocks are their own. */
const graceSeconds = 60

/** How much of a report can be true: all of it unless the quota policy knows the rate of a line. */
export function plausible(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  unit: QuotaUnit,
  units: Units
): Units {
  if (context.catalogue.quota.lineRate === undefined || units === 0) return units
  const most = mostPlausible(context, service.grant?.at ?? session.startedAt, unit)
  if (most === null || units <= most) return units
  const slice = {
    price: '',
    bucket: '',
    zone: service.grant?.zone ?? '',
    unit,
    units: units - most
  }
  addPart(service, { ...slice, amount: 0, before: 0, suspense: true })
  recordEvent(context.books, {
    type: 'implausible',
    lineId: session.lineId,
    subject: session.id,
    threshold: '',
    direction: 'up',
    status: '',
    used: units,
    amount: most,
    unit
  })
  return most
}

/** How much a line can have carried since then; null: nobody knows. */
export function mostPlausible(context: Context, since: EpochMs, unit: QuotaUnit): Units | null {
  const { lineRate } = context.catalogue.quota
  if (lineRate === undefined) return null
  const rate = unit === 'octets' ? lineRate : unit === 'seconds' ? 1 : null
  if (rate === null) return null
  return rate * (Math.ceil(Math.max(0, context.now - since) / 1000) + graceSeconds)
}

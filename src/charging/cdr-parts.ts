/** The parts of a CDR: what each service of a session used under each price or bucket. */
import type { CdrPart } from '../domain/record.ts'
import type { UsagePart } from '../domain/session.ts'
import { type Context, isLost, ruleAt } from './context.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'

// Written out member by member: spreading takes some ten microseconds of every CDR.
export function cdrParts(context: Context, session: SessionDraft): CdrPart[] {
  const parts: CdrPart[] = []
  for (const service of session.services) {
    for (const part of service.parts) parts.push(completed(context, partOf(service, part), part))
  }
  return parts
}

/** With what few catalogues say: the period that the price counts in, and its tax. */
function completed(context: Context, made: CdrPart, { price, period }: UsagePart): CdrPart {
  // A session of a lost version closes all the same.
  const tax = price === '' || isLost(context, price) ? undefined : ruleAt(context, price)?.tax
  if (period === undefined && tax === undefined) return made
  return {
    ...made,
    ...(period === undefined ? {} : { period }),
    ...(tax === undefined ? {} : { tax })
  }
}

function partOf({ ratingGroup, serviceIdentifiers, upf }: ServiceDraft, part: UsagePart): CdrPart {
  const { price, bucket, zone, unit, units, amount, before, suspense } = part
  return upf === ''
    ? {
        ratingGroup,
        serviceIdentifiers,
        price,
        bucket,
        zone,
        unit,
        units,
        amount,
        before,
        suspense
      }
    : {
        ratingGroup,
        serviceIdentifiers,
        upf,
        price,
        bucket,
        zone,
        unit,
        units,
        amount,
        before,
        suspense
      }
}

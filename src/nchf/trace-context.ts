/** W3C Trace Context (Recommendation of 2021): what `traceparent` of a request says. */

/**
 * 3.2.2: version, trace-id, parent-id and flags. Of a version that is not known yet more may follow, behind a dash
 * (3.2.2.5, 4.3). Upper-case digits are invalid.
 */
const traceparent = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}($|-)/
/** Of version 00, which ends there. */
const length00 = 55

/** The trace-id in a traceparent; undefined: there is none, or one that must be ignored. */
export function traceIdIn(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined
  const [, version, traceId = '', parentId = ''] = traceparent.exec(header) ?? []
  if (version === undefined || version === 'ff') return undefined
  if (version === '00' && header.length !== length00) return undefined
  return isZero(traceId) || isZero(parentId) ? undefined : traceId
}

/** A traceparent of ours: the consumer is told the trace, of which nothing is recorded here beyond log and CDR. */
export function traceparentOf(traceId: string, parentId: string): string {
  return `00-${traceId}-${parentId}-00`
}

function isZero(digits: string): boolean {
  return /^0+$/.test(digits)
}

/** ProblemDetails (RFC 9457, TS 29.571 5.2.4.1) with the causes of TS 29.500 5.2.7.2 and TS 32.291 6.1.7.3. */

interface InvalidParam {
  /** A JSON pointer into the body, or `header <name>`. */
  readonly param: string
  readonly reason: string
}

/** What a request is answered with instead of a charging answer. */
export interface Problem {
  readonly status: number
  readonly cause: string
  readonly detail: string
  readonly invalidParams?: readonly InvalidParam[]
  readonly headers?: Readonly<Record<string, string>>
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  411: 'Length Required',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout'
}

export function problemText({ status, cause, detail, invalidParams }: Problem): string {
  const title = titles[status] ?? 'Error'
  return JSON.stringify({ title, status, detail, cause, invalidParams })
}

export function problem(status: number, cause: string, detail: string): Problem {
  return { status, cause, detail }
}

/** A wrong member of the body; its name stands in the detail as well, for people who read logs. */
export function wrongMember(cause: string, param: string, reason: string): Problem {
  const name = param === '' ? 'the body' : param.slice(1).replaceAll('/', '.')
  return { status: 400, cause, detail: `${name}: ${reason}`, invalidParams: [{ param, reason }] }
}

/** For what passes by itself: the consumer may repeat the request after this time. */
export function congested(detail: string): Problem {
  return { ...problem(503, 'NF_CONGESTION', detail), headers: { 'retry-after': '1' } }
}

export const notInTime: Problem = problem(
  504,
  'TIMED_OUT_REQUEST',
  'the time that 3gpp-Sbi-Max-Rsp-Time gives was over before the request could be charged'
)

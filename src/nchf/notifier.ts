/**
 * Orders over Nchf: Nchf_ConvergedCharging_Notify (TS 32.290 6.2.2, TS 32.291 6.1.5), a POST to the notifyUri.
 *
 * Nothing is appended to the notifyUri. A consumer that fails or does not answer is asked again, later each time, and
 * one that says when (Retry-After, RFC 9110 10.2.3) not before; one that does not know the session is asked a second
 * time, because a notification may overtake the answer that opens the session there.
 */
import type { Notifier } from '../charging/ports.ts'
import type { OrderResult, SessionOrder } from '../domain/order.ts'
import type { NchfRoute } from '../domain/route.ts'
import type { Random, Scheduler } from '../domain/time.ts'
import type { NoAnswer, Outgoing, OutgoingAnswer } from './outgoing.ts'
import type { Tokens } from './tokens.ts'
import { traceparentOf } from './trace-context.ts'

export interface NchfNotifierOptions {
  readonly outgoing: Outgoing
  readonly scheduler: Scheduler
  readonly random: Random
  /** Access tokens that notifications carry; default: none. */
  readonly tokens?: Tokens | null
  /** A notification is sent, also for the second time. */
  readonly onSent?: (notificationType: string) => void
  /** Unless given: three tries, each with two seconds to be answered, and a second, then two, between them. */
  readonly tries?: number
  readonly answerMs?: number
  readonly pauseMs?: number
  /** A consumer that says when it wants to be asked again is waited for so long in all; default: two minutes. */
  readonly patienceMs?: number
}

interface NchfOrder {
  readonly route: NchfRoute
  readonly traceId: string | undefined
}

const notificationTypes = { reauthorize: 'REAUTHORIZATION', abort: 'ABORT_CHARGING' } as const
const patienceDefaultMs = 120_000
/** TS 29.500 5.2.3.2.3. */
const callback = { '3gpp-sbi-callback': 'Nchf_ConvergedCharging_Notify' } as const

export function createNchfNotifier(options: NchfNotifierOptions): Notifier {
  const { outgoing, random, scheduler, tokens, answerMs = 2_000 } = options
  const pause = (ms: number) => new Promise<void>(resolve => void scheduler.later(ms, resolve))

  function post({ route, traceId }: NchfOrder, body: object, token: string | null) {
    const { notifyUri: uri, correlation, binding } = route
    const headers = {
      ...callback,
      ...(correlation === undefined ? {} : { '3gpp-sbi-correlation-info': correlation }),
      ...(binding === undefined ? {} : { '3gpp-sbi-routing-binding': binding }),
      ...(traceId === undefined ? {} : { traceparent: traceparentOf(traceId, random.hex(16)) }),
      ...(token === null ? {} : { authorization: token })
    }
    return outgoing.request({ method: 'POST', uri, headers, body, timeoutMs: answerMs })
  }

  async function send(order: NchfOrder, body: object): Promise<OutgoingAnswer | NoAnswer> {
    const authorization = (await tokens?.authorization()) ?? null
    const answer = await post(order, body, authorization)
    if (!tokens || authorization === null || !isUnauthorized(answer)) return answer
    // Such as after a change of the keys of the NRF.
    tokens.forget(authorization)
    return post(order, body, await tokens.authorization())
  }

  return {
    async deliver(order) {
      const { route } = order
      if (route.protocol !== 'nchf' || route.notifyUri === '') return 'unreachable'
      const body = notificationOf(order)
      const waitAfter = waiting(options)
      let before: OrderResult | null = null
      while (true) {
        options.onSent?.(body.notificationType)
        const answer = await send({ route, traceId: order.traceId }, body)
        const result = resultOf(answer)
        if (isFinal(result, before)) return result
        const waitMs = waitAfter(answer)
        if (waitMs === null) return result
        before = result
        await pause(waitMs)
      }
    }
  }
}

/** How long to wait after each answer to one order; null: it is given up. */
function waiting(
  options: NchfNotifierOptions
): (answer: OutgoingAnswer | NoAnswer) => number | null {
  const { tries = 3, pauseMs = 1_000, patienceMs = patienceDefaultMs } = options
  let left = tries
  let usualMs = pauseMs
  let waitedMs = 0
  return answer => {
    const askedMs = typeof answer === 'string' ? null : answer.retryAfterMs
    // A consumer that says when has not used up a try: it would be given up before it wants to be asked.
    if (askedMs === null && --left === 0) return null
    const waitMs = Math.max(usualMs, askedMs ?? 0)
    usualMs *= 2
    waitedMs += waitMs
    return askedMs !== null && waitedMs > patienceMs ? null : waitMs
  }
}

function isFinal(result: OrderResult, before: OrderResult | null): boolean {
  if (result === 'unknown-session') return before === result
  return result === 'accepted' || result === 'refused'
}

function isUnauthorized(answer: OutgoingAnswer | NoAnswer): boolean {
  return typeof answer !== 'string' && answer.status === 401
}

/** ChargingNotifyRequest, TS 32.291 6.1.6.2.1.3. */
function notificationOf({ action, ratingGroup }: SessionOrder) {
  const notificationType = notificationTypes[action]
  if (action === 'abort' || ratingGroup === null) return { notificationType }
  return { notificationType, reauthorizationDetails: [{ ratingGroup }] }
}

function resultOf(answer: OutgoingAnswer | NoAnswer): OrderResult {
  if (typeof answer === 'string') return answer
  const { status, text } = answer
  if (status === 200) return hasError(text) ? 'refused' : 'accepted'
  if (status === 204) return 'accepted'
  if (status === 404 || status === 410) return 'unknown-session'
  // What passes by itself: the consumer, or what is before it, could not.
  return status >= 500 || status === 408 || status === 429 ? 'timeout' : 'refused'
}

/** ChargingNotifyResponse of a consumer that negotiated NotifyInfoResponse. */
function hasError(text: string): boolean {
  try {
    return JSON.parse(text)?.invocationResult?.error !== undefined
  } catch {
    return false
  }
}

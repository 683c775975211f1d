/**
 * Orders over Nchf: Nchf_ConvergedCharging_Notify (TS 32.290 6.2.2, TS 32.291 6.1.5), a POST to the notifyUri.
 *
 * Nothing is appended to the notifyUri. A consumer that fails or does not answer is asked again, later each time; one
 * that does not know the session is asked a second time, because a notification may overtake the answer that opens the
 * session there.
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
}

interface NchfOrder {
  readonly route: NchfRoute
  readonly traceId: string | undefined
}

const notificationTypes = { reauthorize: 'REAUTHORIZATION', abort: 'ABORT_CHARGING' } as const
/** TS 29.500 5.2.3.2.3. */
const callback = { '3gpp-sbi-callback': 'Nchf_ConvergedCharging_Notify' } as const

export function createNchfNotifier(options: NchfNotifierOptions): Notifier {
  const {
    outgoing,
    random,
    scheduler,
    tokens,
    tries = 3,
    answerMs = 2_000,
    pauseMs = 1_000
  } = options
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
      let result: OrderResult = 'unreachable'
      for (let attempt = 1; attempt <= tries; attempt++) {
        if (attempt > 1) await pause(pauseMs * 2 ** (attempt - 2))
        options.onSent?.(body.notificationType)
        const answer = await send({ route, traceId: order.traceId }, body)
        const before: OrderResult = result
        result = resultOf(answer)
        const final = result === 'accepted' || result === 'refused'
        if (final || (result === 'unknown-session' && before === result)) return result
      }
      return result
    }
  }
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

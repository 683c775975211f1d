/**
 * Access tokens of our own, for notifications: client credentials at the NRF (TS 29.510 5.4.2.2, 6.3.5.2), kept until
 * shortly before they expire.
 */
import type { Logger } from '../domain/log.ts'
import type { Clock } from '../domain/time.ts'
import type { Outgoing } from './outgoing.ts'

export interface Tokens {
  /** The value of Authorization; null: there is none now, and the request is sent without. Never rejects. */
  authorization(): Promise<string | null>
  /** A consumer did not accept it: the next one is asked for anew. */
  forget(authorization: string): void
}

export interface TokensOptions {
  readonly outgoing: Outgoing
  readonly clock: Clock
  readonly logger: Logger
  /** The apiRoot of the NRF. */
  readonly nrfUri: string
  readonly instanceId: string
  /** The name of a service, such as `nsmf-callback`. */
  readonly scope: string
}

const answerMs = 2_000
/** Without a word of the NRF how long a token serves. */
const lifeDefaultSeconds = 60
/** A token is given up so long before its end, for the request with it must arrive. */
const marginMs = 5_000
/** An NRF that gave none is left alone so long, for notifications should not wait for it again and again. */
const refusedMs = 5_000
/** And longer when it asks for that, up to this. */
const retryAfterMaxMs = 300_000

export function createTokens(options: TokensOptions): Tokens {
  const { clock, instanceId, logger, nrfUri, outgoing, scope } = options
  const request = {
    method: 'POST',
    uri: `${nrfUri}/oauth2/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      nfInstanceId: instanceId,
      nfType: 'CHF',
      targetNfType: nfTypeOf(scope),
      scope
    }).toString(),
    timeoutMs: answerMs
  } as const
  let held: { readonly value: string | null; readonly until: number } | null = null
  let underWay: Promise<string | null> | null = null

  async function fetch(): Promise<string | null> {
    const answer = await outgoing.request(request)
    const token = typeof answer !== 'string' && answer.status === 200 ? tokenIn(answer.text) : null
    underWay = null
    if (token === null) {
      const reason =
        typeof answer === 'string' ? answer : `${answer.status} ${answer.text.slice(0, 200)}`
      logger.warn({ reason, scope }, 'the NRF gave no access token: notifications go without')
      const askedMs = typeof answer === 'string' ? null : answer.retryAfterMs
      const waitMs = Math.max(Math.min(askedMs ?? 0, retryAfterMaxMs), refusedMs)
      held = { value: null, until: clock.monotonic() + waitMs }
      return null
    }
    const lifeMs = token.seconds * 1_000
    const until = clock.monotonic() + Math.max(lifeMs / 2, lifeMs - marginMs)
    held = { value: `Bearer ${token.text}`, until }
    return held.value
  }

  return {
    async authorization() {
      if (held !== null && held.until > clock.monotonic()) return held.value
      underWay ??= fetch()
      return underWay
    },
    forget(authorization) {
      if (held?.value === authorization) held = null
    }
  }
}

/** AccessTokenRsp, TS 29.510 6.3.5.2.3. */
function tokenIn(text: string): { readonly text: string; readonly seconds: number } | null {
  try {
    const { access_token: token, expires_in: seconds } = JSON.parse(text)
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return null
    return { text: token, seconds: typeof seconds === 'number' ? seconds : lifeDefaultSeconds }
  } catch {
    return null
  }
}

/** `nsmf-callback` is a service of an SMF. */
function nfTypeOf(scope: string): string {
  return scope.slice(1, scope.indexOf('-')).toUpperCase()
}

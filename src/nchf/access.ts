/**
 * Who may use the service: access tokens of the NRF (TS 33.501 13.4.1, TS 29.510 6.3.5, TS 29.500 6.7.3).
 *
 * A token that was verified is remembered until it expires, so a usual request costs one look-up.
 */
import { errors, type JWTPayload, jwtVerify } from 'jose'
import type { Logger } from '../domain/log.ts'
import type { Clock } from '../domain/time.ts'
import { type Producer, strangeClaim } from './claims.ts'
import type { Keys } from './keys.ts'
import { type Problem, problem } from './problem.ts'

export interface Access {
  /** null: the request may be served; else what it is refused with. Never rejects. */
  check(authorization: string | undefined): Problem | null | Promise<Problem | null>
}

export interface AccessOptions {
  readonly keys: Keys
  readonly producer: Producer
  readonly clock: Clock
  readonly logger: Logger
}

const service = 'nchf-convergedcharging'
/** Only with a private key can a token be signed: no HMAC, no `none`. */
const algorithms = [
  ...['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512', 'EdDSA']
]
/** A consumer has one token at a time, and fetches another when it is over. */
const rememberedMax = 8_192

export function createAccess(options: AccessOptions): Access {
  const { clock, keys, logger, producer } = options
  /** When the tokens expire, in epoch milliseconds. */
  let young = new Map<string, number>()
  let old = new Map<string, number>()

  function remember(token: string, exp: number): void {
    if (young.size >= rememberedMax / 2) {
      old = young
      young = new Map()
    }
    young.set(token, exp)
  }

  async function verify(token: string): Promise<Problem | null> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms,
        requiredClaims: ['aud', 'exp', 'iss', 'sub'],
        currentDate: new Date(clock.now())
      })
      const strange = strangeClaim(payload, producer)
      if (strange !== null) return invalidToken(`${strange} does not name this server`)
      if (!scopesOf(payload).includes(service)) return insufficientScope
      remember(token, (payload.exp ?? 0) * 1_000)
      return null
    } catch (error) {
      if (isOfToken(error)) return invalidToken(error.message)
      const reason = error instanceof Error ? error.message : String(error)
      logger.warn({ reason }, 'the keys of access tokens cannot be had: requests are refused')
      return noKeys
    }
  }

  return {
    check(authorization) {
      if (authorization === undefined) return missingToken
      const token = tokenIn(authorization)
      if (token === null) return invalidToken('Authorization must be Bearer with an access token')
      const exp = young.get(token) ?? old.get(token)
      if (exp !== undefined && exp > clock.now()) return null
      return verify(token)
    }
  }
}

function tokenIn(authorization: string): string | null {
  const space = authorization.indexOf(' ')
  if (authorization.slice(0, space).toLowerCase() !== 'bearer') return null
  const token = authorization.slice(space + 1).trim()
  return token === '' ? null : token
}

function scopesOf({ scope }: JWTPayload): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ') : []
}

/** Not of the token: keys that could not be fetched in time, or were none. */
function isOfToken(error: unknown): error is errors.JOSEError {
  if (!(error instanceof errors.JOSEError)) return false
  // A bare one is what jose throws when the server of the keys does not answer as it should.
  return error.code !== 'ERR_JOSE_GENERIC' && !keyFaults.has(error.code)
}

const keyFaults = new Set<string>([errors.JWKSTimeout.code, errors.JWKSInvalid.code])

// TS 29.500 names no cause for a token: those of RFC 6749 5.2 and RFC 6750 3.1 stand in.
const missingToken: Problem = {
  ...problem(401, 'INVALID_CLIENT', `an access token for ${service} is needed`),
  headers: { 'www-authenticate': `Bearer realm="${service}"` }
}
const insufficientScope: Problem = {
  ...problem(403, 'INSUFFICIENT_SCOPE', `the scope of the access token lacks ${service}`),
  headers: {
    'www-authenticate': `Bearer realm="${service}", error="insufficient_scope", scope="${service}"`
  }
}
const noKeys = problem(
  500,
  'UNSPECIFIED_NF_FAILURE',
  'the keys that access tokens are verified with cannot be had now'
)

function invalidToken(detail: string): Problem {
  return {
    ...problem(401, 'INVALID_TOKEN', `the access token is not accepted: ${detail}`),
    headers: { 'www-authenticate': `Bearer realm="${service}", error="invalid_token"` }
  }
}

/** Public keys that access tokens of the NRF are verified with: PEM or JWK from a file, JWKS from a file or a URL. */
import { createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  type JSONWebKeySet,
  type JWTVerifyGetKey
} from 'jose'

/** Gives the key of a token. Rejects with an error of jose when none fits, with another one when none can be had. */
export type Keys = JWTVerifyGetKey

/** Keys that were fetched serve so long; an unknown one is looked for at once, but not more often than each 30 s. */
const cacheMs = 3_600_000
const fetchMs = 3_000

/** A JWKS that is fetched when it is first needed. */
export function remoteKeys(url: string): Keys {
  return createRemoteJWKSet(new URL(url), { cacheMaxAge: cacheMs, timeoutDuration: fetchMs })
}

/** A PEM public key or certificate, a JWK or a JWKS. Throws an error that says what is wrong with the text. */
export function keysIn(text: string): Keys {
  if (text.includes('-----BEGIN ')) return single(createPublicKey(text))
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null) throw new Error('it holds no key')
  const set = parsed as Partial<JSONWebKeySet>
  if (!Array.isArray(set.keys)) return single(fromJwk(parsed))
  if (set.keys.length === 0) throw new Error('its list of keys is empty')
  for (const jwk of set.keys) fromJwk(jwk)
  return createLocalJWKSet({ keys: set.keys })
}

/** Also a secret is a JWK: whoever verifies with it could sign. */
function fromJwk(jwk: object): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput)
}

/** One key serves all tokens, whatever name they give theirs. */
function single(key: KeyObject): Keys {
  return async () => key
}

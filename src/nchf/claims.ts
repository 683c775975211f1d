/** Whom an access token is for: AccessTokenClaims, TS 29.510 6.3.5.2.4, as TS 33.501 13.4.1.1.2 has a producer check them. */

interface Plmn {
  readonly mcc: string
  readonly mnc: string
}

/** What is known of this server; what is not is not checked. */
export interface Producer {
  /** In small letters, as RFC 4122 3 compares them. */
  readonly instanceId: string | null
  readonly setId: string | null
  /** Empty: any. */
  readonly plmns: readonly Plmn[]
}

const nfType = 'CHF'

/** The claim that names somebody else; null: the token is for us. Slices are not looked at: a CHF here serves them all. */
export function strangeClaim(
  claims: Readonly<Record<string, unknown>>,
  producer: Producer
): string | null {
  if (!isAudience(claims['aud'], producer.instanceId)) return 'aud'
  const set = claims['producerNfSetId']
  const own = producer.setId?.toLowerCase()
  if (set !== undefined && own !== undefined && lower(set) !== own) return 'producerNfSetId'
  return networks.find(name => isOfOthers(claims[name], producer.plmns)) ?? null
}

/** The NF type, or a list of NF instance ids. */
function isAudience(aud: unknown, instanceId: string | null): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return named.some(name => name === nfType || (instanceId !== null && lower(name) === instanceId))
}

const networks = ['producerPlmnId', 'producerSnpnId'] as const

/** A PlmnId; that of an SNPN has a NID besides, which is not configured. */
function isOfOthers(claim: unknown, plmns: readonly Plmn[]): boolean {
  if (claim === undefined || plmns.length === 0) return false
  const { mcc, mnc } = (claim ?? {}) as Partial<Plmn>
  return !plmns.some(plmn => plmn.mcc === mcc && plmn.mnc === mnc)
}

function lower(name: unknown): string | null {
  return typeof name === 'string' ? name.toLowerCase() : null
}

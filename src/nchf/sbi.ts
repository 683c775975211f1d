/** Custom headers of TS 29.500 5.2.3 that this server reads. */

type Header = string | readonly string[] | undefined

const rootLength = 1_024
/** Scheme, host, port and path: no userinfo, query or fragment (TS 29.501 4.4.1). */
const root = /^https?:\/\/(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?(?:\/[\w.~!$&'()*+,;=:@%-]+)*\/?$/i

/** The absolute http or https URI in 3gpp-Sbi-Target-apiRoot, without a slash at its end; null: it has none. */
export function apiRootIn(header: Header): string | null {
  if (typeof header !== 'string' || header.length > rootLength) return null
  if (!root.test(header) || !URL.canParse(header)) return null
  return header.endsWith('/') ? header.slice(0, -1) : header
}

/** 3gpp-Sbi-Message-Priority from 0, the highest, to 31: those of the upper half are shed last. */
export function isUrgent(header: Header): boolean {
  return typeof header === 'string' && /^\d\d?$/.test(header) && Number(header) < 16
}

const correlation = /^[\x20-\x7e]{1,1024}$/

/** 3gpp-Sbi-Correlation-Info as it stands; undefined: there is none, or more than is kept with a session. */
export function correlationIn(header: Header): string | undefined {
  return typeof header === 'string' && correlation.test(header) ? header : undefined
}

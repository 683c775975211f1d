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

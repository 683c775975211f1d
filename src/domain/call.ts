/** What the addresses and media lines of a call say, in the words of SIP. Pure. */

/** The routing number that a number portability query has put into a tel URI: `;rn=+4930` (RFC 4694 5.1). */
export function routingIn(address: string | undefined): string | undefined {
  const at = address?.indexOf(';rn=') ?? -1
  if (address === undefined || at < 0) return undefined
  return /^[+0-9A-Fa-f.()-]*/.exec(address.slice(at + 4))?.[0].replace(/[.()-]/g, '')
}

/** A media line of video whose port is not 0, which would say that it was refused (RFC 3264 6). */
export function isVideo(line: string): boolean {
  return /^(?:m=)?\s*video\s+(?!0\s)/i.test(line)
}

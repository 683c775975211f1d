/** Addresses as people write them. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `host:port`; an IPv6 address in brackets. */
export function show({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `host:port`, with an IPv6 address in brackets; port 0 lets the system choose. null: not an address. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text)
  if (!match) return null
  const port = Number(match[3])
  return port > 65_535 ? null : { host: match[1] ?? match[2] ?? '', port }
}

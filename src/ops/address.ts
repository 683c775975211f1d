/** Addresses as people write them. */
import type { Address } from './config.ts'

/** `host:port`; an IPv6 address in brackets. */
export function show({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

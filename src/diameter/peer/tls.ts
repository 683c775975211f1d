/**
 * TLS from the first octet (RFC 6733 2.1, 13.1): the handshake comes before the capabilities
 * exchange. TLS in-band, which old peers may ask for, is not spoken (5017).
 */
import { checkServerIdentity, type SecureContextOptions, type TLSSocket } from 'node:tls'

/** PEM texts. */
export interface TlsMaterial {
  readonly certificate: string
  readonly key: string
  /** Who signs the certificates of peers; null: those that the system trusts. */
  readonly ca: string | null
  /** Refuse peers without a certificate of such a signer, and those that it does not name. */
  readonly clientCertificate: boolean
}

/** RFC 9325: nothing older than TLS 1.2. */
export const secureContext = (material: TlsMaterial): SecureContextOptions => ({
  minVersion: 'TLSv1.2',
  cert: material.certificate,
  key: material.key,
  ...(material.ca === null ? {} : { ca: material.ca })
})

/** Whether the peer's certificate names this Origin-Host; one that needed no certificate is anybody. */
export function certifies(socket: TLSSocket, host: string): boolean {
  const certificate = socket.getPeerCertificate()
  // Without a request for one there is none, and the object is empty.
  if (certificate?.subject === undefined) return true
  return checkServerIdentity(host, certificate) === undefined
}

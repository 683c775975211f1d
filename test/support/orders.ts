/** RAR and ASR as a client in a test sees them. */
import { type Decoded, decode } from '../../src/diameter/codec/decode.ts'
import { encode } from '../../src/diameter/codec/encode.ts'
import { type Header, readHeader } from '../../src/diameter/codec/header.ts'
import type { DiameterClient } from './diameter-client.ts'

const commands = { RAR: 258, ASR: 274 } as const

export interface Ordered<C extends 'RAR' | 'ASR'> {
  readonly header: Header
  readonly avps: Decoded<C>['avps']
}

/** All requests of this kind that the client has had, in order. */
export function orders<C extends 'RAR' | 'ASR'>(client: DiameterClient, kind: C): Ordered<C>[] {
  return client.requests
    .filter(request => readHeader(request).command === commands[kind])
    .map(request => ({ header: readHeader(request), avps: decode(kind, request).avps }))
}

/** The request of this kind with this number, from 0; rejects when it does not come. */
export async function order<C extends 'RAR' | 'ASR'>(
  client: DiameterClient,
  kind: C,
  nth = 0,
  withinMs = 8_000
): Promise<Ordered<C>> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = orders(client, kind)[nth]
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`no ${kind} number ${nth} came`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** Answers a RAR or ASR with this Result-Code. */
export function answerOrder(
  client: DiameterClient,
  kind: 'RAR' | 'ASR',
  { header, avps }: Ordered<'RAR' | 'ASR'>,
  resultCode: number
): void {
  const answer = kind === 'RAR' ? 'RAA' : 'ASA'
  const { hopByHop, endToEnd } = header
  client.send(
    encode(
      answer,
      { hopByHop, endToEnd },
      {
        'Session-Id': avps['Session-Id'] ?? '',
        'Result-Code': resultCode,
        'Origin-Host': avps['Destination-Host'] ?? '',
        'Origin-Realm': 'example.org'
      }
    )
  )
}

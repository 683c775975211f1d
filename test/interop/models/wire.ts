/** A model's connection: sends CCRs, and waits for their answers no longer than a test can. */
import type { MessageInput } from '../../../src/diameter/dictionary/index.ts'
import { type Answer, connectDiameter } from '../../support/diameter-client.ts'

export type Ccr = MessageInput<'CCR'>

export interface Identity {
  readonly host: string
  readonly realm: string
}

export interface Wire {
  readonly identity: Identity
  /** null: no answer came, and the client's patience or the test's is over. */
  ask(request: Ccr): Promise<Answer | null>
  end(): void
}

export async function connectWire(
  port: number,
  identity: Identity,
  patienceMs: number
): Promise<Wire> {
  const client = await connectDiameter(port)
  await client.cer({
    'Origin-Host': identity.host,
    'Origin-Realm': identity.realm,
    'Vendor-Id': 10415,
    'Supported-Vendor-Id': [10415]
  })
  return {
    identity,
    ask(request) {
      const origin = { 'Origin-Host': identity.host, 'Origin-Realm': identity.realm }
      const answer = client.ccr({ ...request, ...origin }).catch(() => null)
      return Promise.race([answer, afterMs(patienceMs)])
    },
    end: client.end
  }
}

function afterMs(ms: number): Promise<null> {
  return new Promise(resolve => {
    setTimeout(() => resolve(null), ms).unref()
  })
}

/** What a user wants, and what happens meanwhile. */
export interface Plan {
  readonly sessionId: string
  readonly msisdn: string
  readonly imsi: string
  /** Octets or seconds. */
  readonly wants: number
  /** Before the second request goes out. */
  readonly meanwhile?: () => Promise<void>
}

export const success = 2001

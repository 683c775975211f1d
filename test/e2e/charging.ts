/** A data session over a Diameter socket, as tests need it. */
import type { MessageInput } from '../../src/diameter/dictionary/index.ts'
import { type Answer, connectDiameter, type DiameterClient } from '../support/diameter-client.ts'

export const megabyte = 1_000_000
const types = { initial: 1, update: 2, termination: 3 } as const

export async function connectPeer(port: number): Promise<DiameterClient> {
  const client = await connectDiameter(port)
  await client.cer()
  return client
}

export function dataRequest(
  sessionId: string,
  msisdn: string,
  type: keyof typeof types,
  number: number,
  used: number | null
): MessageInput<'CCR'> {
  const usage = used === null ? {} : { 'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(used) }] }
  const ask = type === 'termination' ? {} : { 'Requested-Service-Unit': {} }
  return {
    'Session-Id': sessionId,
    'CC-Request-Type': types[type],
    'CC-Request-Number': number,
    'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }],
    'Multiple-Services-Credit-Control': [{ 'Rating-Group': 10, ...ask, ...usage }]
  }
}

/** Octets granted to the first service. */
export function granted(answer: Answer): number {
  const [service] = answer.avps['Multiple-Services-Credit-Control'] ?? []
  return Number(service?.['Granted-Service-Unit']?.['CC-Total-Octets'] ?? 0)
}

/** One session from its beginning to its end, with this usage in one update and at the end. */
export async function dataSession(
  client: DiameterClient,
  sessionId: string,
  msisdn: string,
  first: number,
  last: number
): Promise<readonly (number | undefined)[]> {
  const answers = [
    await client.ccr(dataRequest(sessionId, msisdn, 'initial', 0, null)),
    await client.ccr(dataRequest(sessionId, msisdn, 'update', 1, first)),
    await client.ccr(dataRequest(sessionId, msisdn, 'termination', 2, last))
  ]
  return answers.map(answer => answer.resultCode)
}

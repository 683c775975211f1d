/**
 * Where a request gets its key from.
 *
 * A ChargingDataRef is a digest of what tells one session from another: consumer, subscriber, charging id or PDU
 * session, sequence number, and the day. So a repeated create finds its session on whatever node it arrives. An id that
 * a consumer uses again on the same day leads to a reference that is taken; the next generation is tried then.
 */
import { createHash } from 'node:crypto'
import type { Likeness } from '../domain/request.ts'
import type { ChargingDataRequest, NfIdentification } from './messages.ts'

/** Hexadecimal digits of a reference: 128 bits, which nobody meets by chance. */
const referenceDigits = 32
/** Numbers from here on are digests (charging/derived.ts). */
const digestBase = 0x1_0000_0000

export interface SessionKey {
  readonly text: string
  /** Whether the request names its session or event; else only its content tells it from others. */
  readonly named: boolean
}

/** What all creates of one session have in common, also one with a fresh time stamp. */
export function sessionKeyOf(body: ChargingDataRequest): SessionKey {
  const session = body.pDUSessionChargingInformation
  const names = [
    body.chargingId ?? session?.chargingId,
    session?.sMFchargingId,
    session?.pduSessionInformation?.pduSessionID,
    body.iMSChargingInformation?.imsChargingIdentifier
  ]
  const named = names.some(name => name !== undefined)
  const text = JSON.stringify([
    consumerOf(body.nfConsumerIdentification),
    subscriberOf(body),
    named ? names : contentOf(body),
    body.invocationSequenceNumber,
    new Date(body.invocationTimeStamp).toISOString().slice(0, 10)
  ])
  return { text, named }
}

/** The reference of a session in its so-manieth generation, from 0. */
export function referenceOf(key: SessionKey, generation: number): string {
  return digest(`${generation}\n${key.text}`).slice(0, referenceDigits)
}

/** The id of a one-time event, which its time stamp is part of, and what it has in common with its retransmissions. */
export function eventKeyOf(body: ChargingDataRequest): {
  readonly sessionId: string
  readonly likeness: Likeness
} {
  const content = contentOf(body)
  const { invocationTimeStamp: stamp, retransmissionIndicator } = body
  return {
    sessionId: digest(`event\n${stamp}\n${content}`).slice(0, referenceDigits),
    likeness: {
      digest: digest(content).slice(0, referenceDigits),
      stampedAt: Date.parse(stamp),
      retransmitted: retransmissionIndicator === true
    }
  }
}

/** The number of a create within its session: another time stamp makes another number. */
export function createNumberOf(body: ChargingDataRequest): number {
  return numberOf(`${body.invocationSequenceNumber}\n${body.invocationTimeStamp}`)
}

/** The number of an update or release; `contentKeys` as in ConsumerProfile. */
export function requestNumberOf(body: ChargingDataRequest, contentKeys: boolean): number {
  const sequence = body.invocationSequenceNumber
  return contentKeys || sequence === 0 ? numberOf(contentOf(body)) : sequence
}

/** A name or address of the NF consumer. */
export function consumerOf(consumer: NfIdentification): string {
  const { nFName, nFFqdn, nFIPv4Address, nFIPv6Address, nodeFunctionality } = consumer
  return nFName || nFFqdn || nFIPv4Address || nFIPv6Address || nodeFunctionality
}

function subscriberOf(body: ChargingDataRequest): string {
  const user = body.pDUSessionChargingInformation?.userInformation
  const { subscriberIdentifier, tenantIdentifier } = body
  return subscriberIdentifier || user?.servedGPSI || tenantIdentifier || user?.servedPEI || ''
}

/** The body without what a retransmission changes. */
function contentOf(body: ChargingDataRequest): string {
  const { invocationTimeStamp, retransmissionIndicator, ...content } = body
  return JSON.stringify(content)
}

function numberOf(text: string): number {
  return digestBase + Number.parseInt(digest(text).slice(0, 12), 16)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

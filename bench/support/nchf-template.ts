/** The requests of one PDU session: an update as prepared frames, in which few digits change, and the others as text. */
import { flags, frame, headerBlocks, types } from './h2-frames.ts'

export const base = '/nchf-convergedcharging/v3/chargingdata'
/** What the catalogue grants at first, and every update reports. */
const granted = 10_000_000
const referenceOctets = 32
/** Numbers that change have one width, so that a request is the same bytes but for them. */
const imsiBase = 262_010_000_000_000
export const idBase = 1_000_000_000
export const sequenceBase = 1_000

const report =
  ',"usedUnitContainer":[{"localSequenceNumber":1,"quotaManagementIndicator":"ONLINE_CHARGING",' +
  `"triggers":[{"triggerType":"QUOTA_EXHAUSTED","triggerCategory":"IMMEDIATE_REPORT"}],"totalVolume":${granted}}]`
const ask = ',"requestedUnit":{}'
/** A time stamp is as good as another one here. */
const stamp = new Date().toISOString()

function body(account: number, id: number, sequence: number, usage: string): string {
  return (
    `{"subscriberIdentifier":"imsi-${imsiBase + account}","chargingId":${idBase + id},"nfConsumerIdentification":` +
    '{"nodeFunctionality":"SMF","nFName":"9d1f7c8e-6f0b-4c57-8a35-3d2f0c9f2b11"},' +
    `"invocationTimeStamp":"${stamp}","invocationSequenceNumber":${sequenceBase + sequence},` +
    '"notifyUri":"http://127.0.0.1:9/callback","pDUSessionChargingInformation":{' +
    '"pduSessionInformation":{"pduSessionID":5,"dnnId":"internet","ratType":"NR"}},' +
    `"multipleUnitUsage":[{"ratingGroup":10${usage}}]}`
  )
}

export function createBody(account: number, id: number): string {
  return body(account, id, 0, ask)
}

export function releaseBody(account: number, id: number, sequence: number): string {
  return body(account, id, sequence, report)
}

export interface UpdateTemplate {
  /** The frames of an update; they are changed by the next call. `first`: the connection has sent nothing yet. */
  fill(
    first: boolean,
    reference: Buffer,
    account: number,
    id: number,
    sequence: number
  ): { readonly headers: Buffer; readonly data: Buffer }
}

export function updateTemplate(authority: string): UpdateTemplate {
  const text = body(0, 0, 0, ask + report)
  const blocks = headerBlocks(
    authority,
    `${base}/${'0'.repeat(referenceOctets)}/update`,
    text.length
  )
  const data = frame(types.data, flags.endStream, 0, Buffer.from(text))
  const placeOf = (bytes: Buffer, sought: string) => {
    const at = bytes.indexOf(sought)
    if (at < 0) throw new Error(`the template has no ${sought}`)
    return at
  }
  const places = {
    imsi: placeOf(data, String(imsiBase)),
    id: placeOf(data, `:${idBase},`) + 1,
    sequence: placeOf(data, `:${sequenceBase},`) + 1
  }
  const headersOf = (block: Buffer) => {
    const bytes = frame(types.headers, flags.endHeaders, 0, block)
    return { bytes, reference: placeOf(bytes, base) + base.length + 1 }
  }
  const first = headersOf(blocks.first)
  const next = headersOf(blocks.next)
  return {
    fill(isFirst, reference, account, id, sequence) {
      const headers = isFirst ? first : next
      reference.copy(headers.bytes, headers.reference)
      digits(data, places.imsi, 15, imsiBase + account)
      digits(data, places.id, 10, idBase + id)
      digits(data, places.sequence, 4, sequenceBase + sequence)
      return { headers: headers.bytes, data }
    }
  }
}

function digits(bytes: Buffer, at: number, count: number, value: number): void {
  let left = value
  for (let place = at + count - 1; place >= at; place--) {
    const rest = Math.floor(left / 10)
    bytes[place] = 48 + left - rest * 10
    left = rest
  }
}

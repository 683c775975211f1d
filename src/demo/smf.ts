/** An SMF for the demo: a real HTTP/2 client that charges PDU sessions over Nchf_ConvergedCharging. */
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Clock } from '../domain/time.ts'
import type { ChargingDataResponse, MultipleUnitUsage } from '../nchf/messages.ts'
import type { Teller } from './teller.ts'

export interface Smf {
  /** A PDU session from its beginning to its end: a report, the same report again, and the last one. */
  session(imsi: string): Promise<void>
  disconnect(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly location: string
  readonly response: Partial<ChargingDataResponse>
}

const resource = '/nchf-convergedcharging/v3/chargingdata'
const megabyte = 1_000_000
const internet = 10

export async function connectSmf(address: string, tell: Teller, clock: Clock): Promise<Smf> {
  const session = connect(`http://${address}`)
  await once(session, 'connect')
  let chargingId = 0

  async function charge(what: string, path: string, body: object): Promise<string> {
    const answer = await post(session, path, body)
    tell.say(`      SMF: ${what}`)
    tell.say(`     gyro: ${describe(answer)}`)
    return answer.location
  }

  return {
    async session(imsi) {
      chargingId++
      const body = (sequence: number, usage: MultipleUnitUsage) => ({
        subscriberIdentifier: `imsi-${imsi}`,
        nfConsumerIdentification: { nodeFunctionality: 'SMF', nFFqdn: 'smf1.demo' },
        invocationTimeStamp: new Date(clock.now()).toISOString(),
        invocationSequenceNumber: sequence,
        chargingId,
        pDUSessionChargingInformation: {
          pduSessionInformation: { pduSessionID: 1, dnnId: 'internet', ratType: 'NR' }
        },
        multipleUnitUsage: [usage]
      })
      const used = (totalVolume: number) => ({
        ratingGroup: internet,
        usedUnitContainer: [{ localSequenceNumber: 1, totalVolume }]
      })
      const ask = { ratingGroup: internet, requestedUnit: {} }
      const location = await charge(
        'a PDU session begins (POST chargingdata)',
        resource,
        body(1, ask)
      )
      const report = body(2, { ...ask, ...used(5 * megabyte) })
      await charge('5 MB used, more please (POST …/update)', `${location}/update`, report)
      await charge('the same report again, as if the answer had been lost', `${location}/update`, {
        ...report,
        retransmissionIndicator: true
      })
      const last = body(3, used(2 * megabyte))
      await charge(
        'the session ends, 2 MB used since (POST …/release)',
        `${location}/release`,
        last
      )
    },
    async disconnect() {
      session.close()
      await once(session, 'close')
    }
  }
}

async function post(session: ClientHttp2Session, target: string, body: object): Promise<Answer> {
  const path = target.startsWith('http') ? new URL(target).pathname : target
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/json'
  })
  stream.end(JSON.stringify(body))
  const [headers] = (await once(stream, 'response')) as [Readonly<Record<string, string>>]
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += chunk
  return {
    status: Number(headers[':status']),
    location: headers['location'] ?? '',
    response: text === '' ? {} : JSON.parse(text)
  }
}

function describe({ response, status }: Answer): string {
  const parts = (response.multipleUnitInformation ?? []).map(unit => {
    const volume = unit.grantedUnit?.totalVolume
    const grant = volume === undefined ? '' : `, granted ${volume / megabyte} MB`
    return `rating group ${unit.ratingGroup}: ${unit.resultCode}${grant}`
  })
  return [String(status), ...parts].join('; ')
}

/**
 * Drives Nchf sessions against a server for some seconds: a create, updates that report the grant, a release.
 *
 * Closed loop (`--window` sessions at a time), or open loop with `--rate` updates a second: then a request counts from
 * the instant at which it was due, so that a server that stalls cannot hide it. Prints one line of JSON.
 */
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8085' },
    seconds: { type: 'string', default: '8' },
    window: { type: 'string', default: '128' },
    connections: { type: 'string', default: '4' },
    accounts: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '0' },
    updates: { type: 'string', default: '50' }
  }
})
const accounts = Number(values.accounts)
const rate = Number(values.rate)
const updatesEach = Number(values.updates)
const base = '/nchf-convergedcharging/v3/chargingdata'
const grant = 10_000_000
const until = performance.now() + 1_000 * Number(values.seconds)
const sessions = await Promise.all(
  Array.from({ length: Number(values.connections) }, async () => {
    const session = connect(`http://127.0.0.1:${values.port}`)
    await once(session, 'connect')
    return session
  })
)
const latencies: number[] = []
let requests = 0
let updates = 0
let failed = 0
let started = 0

function post(session: ClientHttp2Session, path: string, body: string): Promise<string> {
  return new Promise(resolve => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/json'
    })
    let location = ''
    stream.on('response', headers => {
      requests++
      const status = headers[':status'] ?? 0
      if (status >= 300) failed++
      location = headers.location ?? ''
    })
    stream.on('error', () => failed++)
    stream.on('close', () => resolve(location))
    stream.resume()
    stream.end(body)
  })
}

/** A time stamp is as good as another one here. */
const stamp = new Date().toISOString()

function bodyOf(account: number, id: number, sequence: number, usage: string): string {
  const imsi = 262010000000000 + account
  return (
    `{"subscriberIdentifier":"imsi-${imsi}","chargingId":${id},"nfConsumerIdentification":` +
    '{"nodeFunctionality":"SMF","nFName":"9d1f7c8e-6f0b-4c57-8a35-3d2f0c9f2b11"},' +
    `"invocationTimeStamp":"${stamp}","invocationSequenceNumber":${sequence},` +
    '"notifyUri":"http://127.0.0.1:9/callback","pDUSessionChargingInformation":{' +
    '"pduSessionInformation":{"pduSessionID":5,"dnnId":"internet","ratType":"NR"}},' +
    `"multipleUnitUsage":[{"ratingGroup":10${usage}}]}`
  )
}

const ask = ',"requestedUnit":{}'
const report =
  ',"usedUnitContainer":[{"localSequenceNumber":1,"quotaManagementIndicator":"ONLINE_CHARGING",' +
  `"triggers":[{"triggerType":"QUOTA_EXHAUSTED","triggerCategory":"IMMEDIATE_REPORT"}],"totalVolume":${grant}}]`

/** Sessions one after another, until the time is over. */
async function worker(index: number, pace: () => Promise<number>): Promise<void> {
  const connection = sessions[index % sessions.length] as ClientHttp2Session
  while (performance.now() < until) {
    const id = started++
    const account = id % accounts
    const location = await post(connection, base, bodyOf(account, id, 1, ask))
    const path = location.slice(location.indexOf(base))
    let sequence = 2
    for (; sequence < updatesEach + 2 && performance.now() < until; sequence++) {
      const due = await pace()
      await post(connection, `${path}/update`, bodyOf(account, id, sequence, ask + report))
      updates++
      latencies.push(performance.now() - due)
    }
    await post(connection, `${path}/release`, bodyOf(account, id, sequence, report))
  }
}

/** Instants at which updates are due, one after another; a worker that comes late takes the next one at once. */
let due = performance.now()
async function open(): Promise<number> {
  const mine = due
  due += 1_000 / rate
  const wait = mine - performance.now()
  if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
  return mine
}
const closed = async () => performance.now()

const from = performance.now()
await Promise.all(
  Array.from({ length: Number(values.window) }, (_, index) =>
    worker(index, rate > 0 ? open : closed)
  )
)
const seconds = (performance.now() - from) / 1_000
for (const session of sessions) session.close()
latencies.sort((a, b) => a - b)
const at = (share: number) =>
  Math.round(1_000 * (latencies[Math.floor(latencies.length * share)] ?? 0))
console.log(
  JSON.stringify({
    perSecond: Math.round(updates / seconds),
    p50us: at(0.5),
    p99us: at(0.99),
    requests,
    updates,
    failed,
    generatorUs: Math.round((process.cpuUsage().user + process.cpuUsage().system) / requests)
  })
)

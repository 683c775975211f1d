/** What any HTTP/2 service in Node.js costs: parses the JSON of a request, and answers as much JSON as the server does. */
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'

const answer = {
  invocationTimeStamp: '',
  sessionFailover: 'FAILOVER_SUPPORTED',
  multipleUnitInformation: [
    {
      ratingGroup: 10,
      resultCode: 'SUCCESS',
      grantedUnit: { totalVolume: 10_000_000 },
      triggers: ['QUOTA_EXHAUSTED', 'QUOTA_THRESHOLD', 'VALIDITY_TIME'].map(triggerType => ({
        triggerType,
        triggerCategory: 'IMMEDIATE_REPORT'
      })),
      volumeQuotaThreshold: 2_000_000,
      validityTime: 3_600
    }
  ]
}
let references = 0
const server = createServer({ settings: { maxConcurrentStreams: 1_024 } })
server.on('stream', (stream, headers) => {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('error', () => {})
  stream.on('data', (chunk: string) => {
    text += chunk
  })
  stream.on('end', () => {
    const { invocationTimeStamp } = JSON.parse(text)
    const created = headers[':path']?.endsWith('/chargingdata') === true
    const location = `/${String(references++).padStart(32, '0')}`
    stream.respond({
      ':status': created ? 201 : 200,
      'content-type': 'application/json',
      ...(created ? { location } : {})
    })
    stream.end(JSON.stringify({ ...answer, invocationTimeStamp }))
  })
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }))
})
process.on('SIGTERM', () => {
  const { user, system } = process.cpuUsage()
  console.log(JSON.stringify({ cpuUs: user + system }))
  process.exit(0)
})

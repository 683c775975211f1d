/**
 * An independent implementation as the client: the npm package `diameter`, which shares no code with this
 * project. It encodes with its own dictionary and decodes our answers with it.
 */
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import t from 'tap'
import { startListener } from '../support/diameter-listener.ts'

type Body = [name: string, value: unknown][]

interface Message {
  header: {
    commandCode: number
    applicationId: number
    flags: { request: boolean; proxiable: boolean; error: boolean }
  }
  body: Body
}

interface ClientConnection {
  createRequest(application: string, command: string, sessionId?: string): Message
  sendRequest(request: Message): Promise<Message>
}

type ClientSocket = Socket & { diameterConnection: ClientConnection }

const diameter = createRequire(import.meta.url)('diameter') as {
  createConnection(options: { host: string; port: number }, onConnect: () => void): ClientSocket
}

const names = { base: 'Diameter Common Messages', gy: 'Diameter Credit Control Application' }
const origin: Body = [
  ['Origin-Host', 'pgw.example.org'],
  ['Origin-Realm', 'example.org']
]

async function connect(port: number): Promise<ClientSocket> {
  return new Promise((resolve, reject) => {
    const socket = diameter.createConnection({ host: '127.0.0.1', port }, () => resolve(socket))
    socket.on('error', reject)
  })
}

const memberOf = (body: Body, name: string): unknown => body.find(([key]) => key === name)?.[1]
/** Its 64-bit integers are objects of the package `long`. */
const numberOf = (value: unknown): number => Number(String(value))

t.test('the npm package diameter: CER, CCR-I, CCR-U, CCR-T, DPR', async t => {
  const { port, requests } = await startListener(t)
  const socket = await connect(port)
  t.teardown(() => socket.destroy())
  const client = socket.diameterConnection
  const sessionId = 'pgw.example.org;1876543210;523'

  const cer = client.createRequest(names.base, 'Capabilities-Exchange')
  cer.body = [
    ...origin,
    ['Host-IP-Address', '127.0.0.1'],
    ['Vendor-Id', 10415],
    ['Product-Name', 'node-diameter'],
    ['Auth-Application-Id', 'Diameter Credit Control']
  ]
  const cea = await client.sendRequest(cer)
  t.equal(memberOf(cea.body, 'Result-Code'), 'DIAMETER_SUCCESS')
  t.equal(memberOf(cea.body, 'Origin-Host'), 'ocs.gyro.test')
  t.equal(memberOf(cea.body, 'Product-Name'), 'Gyro')

  async function ccr(type: string, number: number, service: Body): Promise<Body> {
    const request = client.createRequest(names.gy, 'Credit-Control', sessionId)
    request.header.flags.proxiable = true
    request.body.push(
      ...origin,
      ['Destination-Realm', 'example.org'],
      ['Auth-Application-Id', 'Diameter Credit Control'],
      ['Service-Context-Id', '32251@3gpp.org'],
      ['CC-Request-Type', type],
      ['CC-Request-Number', number],
      [
        'Subscription-Id',
        [
          ['Subscription-Id-Type', 'END_USER_E164'],
          ['Subscription-Id-Data', '4915100000001']
        ]
      ],
      ['Multiple-Services-Credit-Control', service]
    )
    const answer = await client.sendRequest(request)
    t.match(answer.header, { commandCode: 272, applicationId: 4 })
    t.match(answer.header.flags, { request: false, proxiable: true, error: false })
    t.equal(memberOf(answer.body, 'Session-Id'), sessionId)
    t.equal(memberOf(answer.body, 'Result-Code'), 'DIAMETER_SUCCESS')
    t.equal(memberOf(answer.body, 'CC-Request-Type'), type)
    t.equal(memberOf(answer.body, 'CC-Request-Number'), number)
    return memberOf(answer.body, 'Multiple-Services-Credit-Control') as Body
  }

  const ask: Body[number] = ['Requested-Service-Unit', [['CC-Total-Octets', 3_000_000]]]
  const used: Body[number] = ['Used-Service-Unit', [['CC-Total-Octets', 2_500_000]]]
  const group: Body[number] = ['Rating-Group', 10]

  const first = await ccr('INITIAL_REQUEST', 0, [group, ask])
  t.equal(memberOf(first, 'Rating-Group'), 10)
  t.equal(memberOf(first, 'Validity-Time'), 3_600)
  const granted = memberOf(first, 'Granted-Service-Unit') as Body
  t.equal(numberOf(memberOf(granted, 'CC-Total-Octets')), 3_000_000)
  const second = await ccr('UPDATE_REQUEST', 1, [group, ask, used])
  t.ok(memberOf(second, 'Granted-Service-Unit'))
  const last = await ccr('TERMINATION_REQUEST', 2, [group, used])
  t.equal(memberOf(last, 'Granted-Service-Unit'), undefined)
  t.strictSame(
    requests.map(({ type, usages, subscribers }) => [
      type,
      usages[0]?.requested?.octets ?? null,
      usages[0]?.used?.octets ?? null,
      subscribers[0]?.value
    ]),
    [
      ['initial', 3_000_000, null, '4915100000001'],
      ['update', 3_000_000, 2_500_000, '4915100000001'],
      ['termination', null, 2_500_000, '4915100000001']
    ]
  )

  const dpr = client.createRequest(names.base, 'Disconnect-Peer')
  dpr.body = [...origin, ['Disconnect-Cause', 'REBOOTING']]
  const dpa = await client.sendRequest(dpr)
  t.equal(memberOf(dpa.body, 'Result-Code'), 'DIAMETER_SUCCESS')
})

/** Servers that do one thing wrong, to show that a client model would notice. */
import { createServer, type Socket } from 'node:net'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { encode } from '../../../src/diameter/codec/encode.ts'
import { readHeader } from '../../../src/diameter/codec/header.ts'
import { noteDiameterPort } from '../../support/diameter-ports.ts'

export type Fault =
  /** DIAMETER_LIMITED_SUCCESS where DIAMETER_SUCCESS is meant. */
  | 'answers-2002'
  /** Success, but no Granted-Service-Unit. */
  | 'grants-nothing'
  | 'never-answers'
  /** Answers bear the number of the request before. */
  | 'counts-wrongly'
  /** Rating-Group is not repeated. */
  | 'forgets-the-group'
  /** Grants for ever, and says at once that it is the last one. */
  | 'ends-too-early'

export interface BadServer {
  readonly port: number
  stop(): void
}

const identity = { 'Origin-Host': 'bad.example.org', 'Origin-Realm': 'example.org' }

export async function startBadServer(fault: Fault): Promise<BadServer> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    let bytes = Buffer.alloc(0)
    socket.on('data', chunk => {
      bytes = Buffer.concat([bytes, chunk])
      while (bytes.length >= 4 && bytes.length >= bytes.readUIntBE(1, 3)) {
        const length = bytes.readUIntBE(1, 3)
        const answer = answerTo(bytes.subarray(0, length), fault)
        if (answer) socket.write(answer)
        bytes = bytes.subarray(length)
      }
    })
    socket.on('error', () => {})
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  noteDiameterPort(port)
  return {
    port,
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}

function answerTo(message: Buffer, fault: Fault): Buffer | null {
  const header = readHeader(message)
  const ids = { hopByHop: header.hopByHop, endToEnd: header.endToEnd }
  if (header.command === 257) {
    return encode('CEA', ids, {
      'Result-Code': 2001,
      ...identity,
      'Host-IP-Address': ['127.0.0.1'],
      'Vendor-Id': 0,
      'Product-Name': 'bad',
      'Auth-Application-Id': [4]
    })
  }
  if (header.command !== 272 || fault === 'never-answers') return null
  const { avps } = decode('CCR', message)
  const number = avps['CC-Request-Number'] ?? 0
  return encode('CCA', ids, {
    'Session-Id': avps['Session-Id'],
    'Result-Code': fault === 'answers-2002' ? 2002 : 2001,
    ...identity,
    'Auth-Application-Id': 4,
    'CC-Request-Type': avps['CC-Request-Type'],
    'CC-Request-Number': fault === 'counts-wrongly' ? number + 1 : number,
    'Multiple-Services-Credit-Control': avps['Multiple-Services-Credit-Control'].map(service => ({
      ...(fault === 'forgets-the-group' ? {} : { 'Rating-Group': service['Rating-Group'] }),
      'Result-Code': 2001,
      'Validity-Time': 3_600,
      ...(fault === 'grants-nothing' || !service['Requested-Service-Unit']
        ? {}
        : { 'Granted-Service-Unit': service['Requested-Service-Unit'] }),
      ...(fault === 'ends-too-early' ? { 'Final-Unit-Indication': { 'Final-Unit-Action': 0 } } : {})
    }))
  })
}

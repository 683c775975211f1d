/**
 * A gateway for the demo: a real Diameter client on a socket, as far as a gateway needs it for charging.
 *
 * It connects, exchanges capabilities, sends CCRs, and answers the server's watchdog.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { decode } from '../diameter/codec/decode.ts'
import { encode } from '../diameter/codec/encode.ts'
import { flags, type Header, isRequest, readHeader } from '../diameter/codec/header.ts'
import type { MessageInput, MessageOf } from '../diameter/dictionary/index.ts'
import { createFramer } from '../diameter/framer.ts'
import { limits } from '../domain/limits.ts'

export type Ccr = MessageInput<'CCR'>
export type Cca = MessageOf<'CCA'>

export interface Pgw {
  readonly host: string
  readonly realm: string
  /** Sends a CCR and waits for its answer. */
  charge(ccr: Ccr): Promise<Cca>
  /** Sends the last CCR once more, with the T flag, as a gateway does that has seen no answer. */
  repeat(): Promise<Cca>
  /** DPR and DPA, then the end of the connection. */
  disconnect(): Promise<void>
}

const host = 'pgw1.epc.mnc001.mcc262.3gppnetwork.org'
const realm = 'epc.mnc001.mcc262.3gppnetwork.org'
const origin = { 'Origin-Host': host, 'Origin-Realm': realm }
const creditControl = 4
const watchdogCommand = 280
const success = 2001

/** Connects and exchanges capabilities. Rejects when the server refuses. */
export async function connectPgw(address: { host: string; port: number }): Promise<Pgw> {
  const socket = connect({ ...address, noDelay: true })
  await once(socket, 'connect')
  const exchange = exchanger(socket)
  let next = 0
  const ids = () => {
    next++
    return { hopByHop: next, endToEnd: 0x1000_0000 + next }
  }
  const cer: MessageInput<'CER'> = {
    ...origin,
    'Host-IP-Address': ['127.0.0.1'],
    'Vendor-Id': 0,
    'Product-Name': 'Gyro demo gateway',
    'Auth-Application-Id': [creditControl]
  }
  const cea = decode('CEA', await exchange(encode('CER', ids(), cer))).avps
  if (cea['Result-Code'] !== success) {
    throw new Error(`the server refused the gateway with ${cea['Result-Code']}`)
  }
  let last = { ids: ids(), ccr: {} as Ccr }

  return {
    host,
    realm,
    async charge(ccr) {
      const complete = { ...origin, 'Auth-Application-Id': creditControl, ...ccr }
      last = { ids: ids(), ccr: complete }
      return decode('CCA', await exchange(encode('CCR', last.ids, complete))).avps
    },
    async repeat() {
      // RFC 6733 3: a retransmission keeps End-to-End, gets a new Hop-by-Hop and sets the T flag.
      const header = {
        hopByHop: ids().hopByHop,
        endToEnd: last.ids.endToEnd,
        flags: flags.request | flags.proxiable | flags.retransmitted
      }
      return decode('CCA', await exchange(encode('CCR', header, last.ccr))).avps
    },
    async disconnect() {
      await exchange(encode('DPR', ids(), { ...origin, 'Disconnect-Cause': 0 }))
      socket.end()
      await once(socket, 'close')
    }
  }
}

/** Sends a request and waits for the answer with its Hop-by-Hop Identifier. */
function exchanger(socket: Socket): (request: Buffer) => Promise<Buffer> {
  const waiting = new Map<number, { resolve(answer: Buffer): void; reject(error: Error): void }>()
  const framer = createFramer({
    maxOctets: limits.diameterMessageOctets,
    onMessage(message) {
      const header = readHeader(message)
      if (isRequest(header)) answerWatchdog(socket, header)
      else waiting.get(header.hopByHop)?.resolve(message)
    },
    onError: fault => socket.destroy(new Error(fault.message))
  })
  socket.on('data', chunk => framer.push(chunk))
  socket.on('error', () => {})
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the server ended the connection'))
  })
  return request => {
    const { hopByHop } = readHeader(request)
    return new Promise<Buffer>((resolve, reject) => {
      waiting.set(hopByHop, { resolve, reject })
      socket.write(request)
    }).finally(() => waiting.delete(hopByHop))
  }
}

function answerWatchdog(socket: Socket, { command, hopByHop, endToEnd }: Header): void {
  if (command !== watchdogCommand) return
  socket.write(encode('DWA', { hopByHop, endToEnd }, { 'Result-Code': success, ...origin }))
}

/** The Diameter messages that tests recorded (test/support/diameter-frames.ts), decoded by tshark. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Frames, isFaulty, runTshark } from './capture.ts'

/** Where `npm test` leaves what its tests recorded, for the next `npm run interop`. */
export const recordedFolder = '.tap/frames'

/** Exported PDU: each packet begins with the name of its dissector. */
const linkType = 252
const dissectorTag = 12
const snapLength = 0x0100_0000

/**
 * What an answer repeats of its request octet by octet, sound or not: Failed-AVP (RFC 6733 7.5) and Proxy-Info (6.2).
 * A message with an error is decoded again without them, and the error is ours only if it is still there.
 */
const echoes = [279, 284]

/** Decodes what the folders hold; `file` is one to write into, `known` what tshark may say. Messages that differ in their identifiers alone are one. */
export function decodeRecorded(folders: readonly string[], file: string, known?: RegExp): Frames {
  const messages = distinct(folders.filter(existsSync).flatMap(recordedIn))
  const wrong = faultsOf(messages, file).map(({ message }) => withoutEchoes(message))
  const faults = faultsOf(wrong, file)
    .filter(({ said }) => known?.test(said) !== true)
    .map(({ message, said }) => `${said}: ${message.toString('hex').slice(0, 400)}`)
  return { messages: messages.length, faults }
}

function recordedIn(folder: string): Buffer[] {
  const files = readdirSync(folder).filter(name => name.endsWith('.frames'))
  return files.flatMap(name => messagesIn(readFileSync(join(folder, name))))
}

function messagesIn(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = []
  for (let at = 0; at + 20 <= bytes.length; ) {
    const end = at + Math.max(20, bytes.readUIntBE(at + 1, 3))
    messages.push(bytes.subarray(at, end))
    at = end
  }
  return messages
}

function distinct(messages: readonly Buffer[]): Buffer[] {
  const seen = new Map<string, Buffer>()
  for (const message of messages) {
    const key = message.toString('latin1', 0, 12) + message.toString('latin1', 20)
    if (!seen.has(key)) seen.set(key, message)
  }
  return [...seen.values()]
}

function faultsOf(messages: readonly Buffer[], file: string) {
  if (messages.length === 0) return []
  writeFileSync(file, Buffer.concat([fileHeader(), ...messages.map(packetOf)]))
  const fields = ['frame.number', 'diameter.cmd.code', '_ws.expert.severity', '_ws.expert.message']
  const found: { message: Buffer; said: string }[] = []
  for (const line of runTshark(['-n', '-r', file], fields)) {
    const [frame = '', command, severities = '', said = ''] = line.split('\t')
    const message = messages[Number(frame) - 1]
    // For tshark a value of the wrong length is worth a warning only.
    const wrong = isFaulty(severities) || /\bBad \w+ Length/.test(said)
    if (message === undefined || (command !== '' && !wrong)) continue
    found.push({ message, said: said || 'not recognised' })
  }
  return found
}

function fileHeader(): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(snapLength, 16)
  head.writeUInt32LE(linkType, 20)
  return head
}

function packetOf(message: Buffer): Buffer {
  const name = Buffer.from('diameter')
  const tags = Buffer.alloc(4 + name.length + 4)
  tags.writeUInt16BE(dissectorTag, 0)
  tags.writeUInt16BE(name.length, 2)
  name.copy(tags, 4)
  const length = tags.length + message.length
  const head = Buffer.alloc(16)
  head.writeUInt32LE(length, 8)
  head.writeUInt32LE(length, 12)
  return Buffer.concat([head, tags, message])
}

/** An answer without what it repeats of its request; a request as it is. */
function withoutEchoes(message: Buffer): Buffer {
  if ((message[4] ?? 0) & 0x80) return message
  const kept: Buffer[] = [message.subarray(0, 20)]
  for (let at = 20; at + 8 <= message.length; ) {
    const end = at + Math.max(8, (message.readUIntBE(at + 5, 3) + 3) & ~3)
    if (!echoes.includes(message.readUInt32BE(at))) kept.push(message.subarray(at, end))
    at = end
  }
  const whole = Buffer.concat(kept)
  whole.writeUIntBE(whole.length, 1, 3)
  return whole
}

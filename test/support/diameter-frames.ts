/**
 * The messages that pass over the sockets of tests, for `npm run interop` to have tshark decode them.
 *
 * GYRO_DIAMETER_FRAMES names a folder; each process leaves a file of its own there, one message behind the other. What
 * the server says is recorded whole. Of clients it is what their methods make; what a test sends as bare octets may be
 * wrong on purpose, and is not.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.env['GYRO_DIAMETER_FRAMES'] ?? ''
const most = 1_000_000
let frames: Buffer[] = []
let octets = 0

if (folder !== '') process.on('exit', write)

/** Keeps a message that is recorded, and returns it. */
export function recorded(message: Buffer): Buffer {
  if (folder === '') return message
  frames.push(Buffer.from(message))
  octets += message.length
  if (octets > most) write()
  return message
}

function write(): void {
  if (frames.length > 0)
    appendFileSync(join(folder, `${process.pid}.frames`), Buffer.concat(frames))
  frames = []
  octets = 0
}

/** A file read forward through a window of bounded size. */
import { type FileHandle, open } from 'node:fs/promises'

/** So much is read at a time. Larger than any record. */
const chunkOctets = 1 << 20

export interface Window {
  /** Octets of the file before the window. */
  readonly offset: number
  /** What is there from `offset` on. */
  readonly octets: Buffer
  /** Has at least so many octets there, unless the file ends before. At most a chunk. */
  fill(octets: number): Promise<void>
  skip(octets: number): void
  close(): Promise<void>
}

export async function openWindow(path: string): Promise<Window> {
  return windowOf(await open(path, 'r'))
}

function windowOf(file: FileHandle): Window {
  let octets: Buffer = Buffer.alloc(0)
  let offset = 0
  let ended = false
  return {
    get offset() {
      return offset
    },
    get octets() {
      return octets
    },
    async fill(wanted) {
      while (octets.length < wanted && !ended) {
        // Octets that were handed out stay as they are: each chunk has a buffer of its own.
        const next = Buffer.allocUnsafe(octets.length + chunkOctets)
        octets.copy(next)
        const { bytesRead } = await file.read(next, octets.length, chunkOctets, null)
        ended = bytesRead === 0
        octets = next.subarray(0, octets.length + bytesRead)
      }
    },
    skip(count) {
      offset += count
      octets = octets.subarray(count)
    },
    close: () => file.close()
  }
}

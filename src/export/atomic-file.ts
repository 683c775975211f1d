/** Files that are there whole or not at all: written under another name, forced to disk, renamed. */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../disk/sync-folder.ts'

/** Octets of the file are read back in pieces of this size. */
const pieceOctets = 1 << 20
/** Less is collected before it is written. */
const bufferOctets = 1 << 18

export interface AtomicFile {
  /** Octets so far. */
  octets(): number
  write(content: string | Buffer): Promise<void>
  /** Puts `head` in place of as many octets at the front, and the file in place of any of its name. */
  finish(head: string | Buffer): Promise<{ readonly sha256: string }>
  /** Leaves nothing behind. */
  discard(): Promise<void>
}

/** `writer`: who writes, so that two who write the same file do not meet in the middle. What others left of it is removed. */
export async function openAtomically(
  folder: string,
  name: string,
  writer: string
): Promise<AtomicFile> {
  await mkdir(folder, { recursive: true })
  await removeLeft(folder, name)
  const temporary = join(folder, `.${name}.${writer}.tmp`)
  const file = await open(temporary, 'w+')
  let octets = 0
  let waiting: Buffer[] = []
  let waitingOctets = 0

  async function flush(): Promise<void> {
    if (waitingOctets === 0) return
    const content = Buffer.concat(waiting)
    waiting = []
    waitingOctets = 0
    await file.writeFile(content)
  }

  return {
    octets: () => octets,
    async write(content) {
      const piece = typeof content === 'string' ? Buffer.from(content) : content
      waiting.push(piece)
      waitingOctets += piece.length
      octets += piece.length
      if (waitingOctets >= bufferOctets) await flush()
    },
    async finish(head) {
      await flush()
      const front = Buffer.from(head)
      if (front.length > 0) await file.write(front, 0, front.length, 0)
      await file.sync()
      const hash = createHash('sha256')
      const piece = Buffer.alloc(pieceOctets)
      for (let at = 0; at < octets; ) {
        const { bytesRead } = await file.read(piece, 0, piece.length, at)
        if (bytesRead === 0) throw new Error(`${temporary} is shorter than what was written to it`)
        hash.update(piece.subarray(0, bytesRead))
        at += bytesRead
      }
      await file.close()
      await rename(temporary, join(folder, name))
      // The rename itself must survive a loss of power.
      await syncFolder(folder)
      return { sha256: hash.digest('hex') }
    },
    async discard() {
      await file.close().catch(() => {})
      await unlink(temporary).catch(() => {})
    }
  }
}

/** Writes a small file whole. */
export async function writeAtomically(
  folder: string,
  name: string,
  writer: string,
  content: string
): Promise<void> {
  const file = await openAtomically(folder, name, writer)
  await file.write(content)
  await file.finish('')
}

async function removeLeft(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`.${name}.`) || !entry.endsWith('.tmp')) continue
    await unlink(join(folder, entry)).catch(() => {})
  }
}

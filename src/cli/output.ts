/** Data goes to stdout, everything else to stderr, so that output can be piped. */

import { once } from 'node:events'
import { formatMoney } from '../domain/money.ts'
import type { SessionNames } from '../domain/session-key.ts'

/** A reader that went away, as `| head` does, is a reason to stop and no error. */
export function stopWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

/** Writes a line of data; resolves once more can be written. */
export async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
}

/** Writes data as it is. */
export async function writeRaw(content: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(content)) await once(process.stdout, 'drain')
}

export async function printJson(value: unknown): Promise<void> {
  await print(JSON.stringify(value))
}

/** A line for the person who started the command. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** A session as tables and sentences name it. */
export function sessionText({ sessionId, subSessionId }: SessionNames): string {
  return subSessionId === undefined ? sessionId : `${sessionId} sub-session ${subSessionId}`
}

/** Columns as wide as their widest cell; the first row is the heading. Numbers are aligned to the right. */
export async function printTable(rows: readonly (readonly string[])[]): Promise<void> {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length)
    }
  }
  for (const row of rows) {
    const cells = row.map((cell, index) => {
      const width = widths[index] ?? 0
      return /^-?[\d.]+$/.test(cell) ? cell.padStart(width) : cell.padEnd(width)
    })
    await print(cells.join('  ').trimEnd())
  }
}

/** Units for people: octets in powers of ten, seconds as they are. */
export function showUnits(unit: string, amount: number | string): string {
  // Money of the API is text already.
  if (typeof amount === 'string') return amount
  if (unit === 'money') return formatMoney(amount)
  if (unit === 'seconds') return `${amount} s`
  if (unit !== 'octets') return `${amount} ${amount === 1 ? 'message' : 'messages'}`
  for (const [name, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3]
  ] as const) {
    if (Math.abs(amount) >= size) return `${Number((amount / size).toFixed(3))} ${name}`
  }
  return `${amount} B`
}

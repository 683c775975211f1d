/** What goes over the wire in tests, written down for scripts/conformance.ts when it names a file. */
import { appendFileSync } from 'node:fs'

const file = process.env['NCHF_EXCHANGES']
/** Else nothing is kept. */
export const keeps = file !== undefined

function write(line: object): void {
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`)
}

export interface Exchange {
  readonly path: string
  readonly request: unknown
  readonly status: number
  readonly location: string | null
  readonly type: string
  readonly response: unknown
}

/** A request to Nchf_ConvergedCharging, and its answer. */
export function keepExchange(exchange: Exchange): void {
  write(exchange)
}

/** A message that this server sends to others, or that an NF of the tests sends to it, by its name in OpenAPI. */
export function keepMessage(message: string, value: unknown): void {
  write({ message, value })
}

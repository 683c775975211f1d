/** Sums over the CDRs of a file, for its manifest. Exact, also beyond what a number holds. */
import type { ExportSums } from '../charging/ports.ts'
import type { CdrRecord } from '../domain/record.ts'

export interface Summing {
  add(cdr: CdrRecord): void
  sums(): ExportSums
}

export function createSumming(): Summing {
  const amounts = new Map<string, bigint>()
  const units = { octets: 0n, seconds: 0n, messages: 0n }
  return {
    add(cdr) {
      amounts.set(cdr.currency, (amounts.get(cdr.currency) ?? 0n) + BigInt(cdr.amount))
      units.octets += BigInt(cdr.octets)
      units.seconds += BigInt(cdr.seconds)
      units.messages += BigInt(cdr.messages)
    },
    sums: () => ({
      amounts: Object.fromEntries([...amounts].toSorted().map(([name, sum]) => [name, `${sum}`])),
      octets: `${units.octets}`,
      seconds: `${units.seconds}`,
      messages: `${units.messages}`
    })
  }
}

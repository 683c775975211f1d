/** The intake of usage records behind the API of a running server. */

import { parseMoney } from '../domain/money.ts'
import type {
  SuspendedUsage,
  UsageEstimate,
  UsageRefusal,
  UsageTotals
} from '../domain/usage-book.ts'
import type { UsageLine } from '../mediation/load.ts'
import type { Intake } from '../server/usage.ts'

/** Rejects with a GyroError for every status that is no success. */
export type Call = (path: string, init?: RequestInit) => Promise<Response>

const dayMs = 86_400_000
/** Of what cannot be read so much is sent; a line of the API holds more. */
const charactersMax = 200_000

export function usageBehind(call: Call): Intake {
  const json = async <T>(path: string, init: RequestInit): Promise<T> =>
    (await (await call(path, init)).json()) as T
  return {
    async load(usages, graceMs) {
      const { refused, ...totals } = await json<UsageTotals & { refused: UsageRefusal[] }>(
        `/v1/usage?grace=${graceMs / dayMs}`,
        { ...jsonLines, body: usages.map(lineOf).join('') }
      )
      return { totals, refused }
    },
    async dryRun(usages, graceMs, tell) {
      const sent = { ...jsonLines, body: bodyOf(usages), duplex: 'half' } as RequestInit
      const estimate = await json<
        Omit<UsageEstimate, 'amount'> & { amount: string; refused: UsageRefusal[] }
      >(`/v1/usage/dry-run?grace=${graceMs / dayMs}`, sent)
      const { refused, amount, ...counts } = estimate
      for (const one of refused) tell(one)
      return { ...counts, amount: parseMoney(amount) }
    },
    async suspended(cursor, limit) {
      const path = cursor ?? `/v1/usage/suspense?limit=${limit}`
      return await json<{ items: SuspendedUsage[]; next: string | null }>(path, {})
    },
    async replay(cursor, graceMs) {
      const path = cursor ?? `/v1/usage/suspense/replay?grace=${graceMs / dayMs}`
      const { next, ...totals } = await json<UsageTotals & { next: string | null }>(path, {
        method: 'POST'
      })
      return { totals, next }
    }
  }
}

const jsonLines = { method: 'POST', headers: { 'content-type': 'application/jsonl' } }

function lineOf({ file, line, content, read }: UsageLine): string {
  const sent =
    typeof read === 'string'
      ? { file, line, content: content.slice(0, charactersMax), reason: read.slice(0, 1_000) }
      : { file, line, content }
  return `${JSON.stringify(sent)}\n`
}

function bodyOf(batches: AsyncIterable<readonly UsageLine[]>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const iterator = batches[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value.map(lineOf).join('')))
    }
  })
}

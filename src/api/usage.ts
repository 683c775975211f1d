/** Usage records that the online path never saw: loaded, tried, and those in suspense. */
import type { Context } from 'hono'
import { formatMoney } from '../domain/money.ts'
import type { SentUsage, UsageIntake, UsageRefusal, UsageTotals } from '../domain/usage-book.ts'
import { readLines } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { pageOf, readPaging } from './paging.ts'
import { refuse } from './problem.ts'
import { requireBody } from './validate.ts'

interface NewUsage {
  readonly record?: object
  readonly content?: string
  readonly reason?: string
  readonly file?: string
  readonly line?: number
}

type UsageLoadJson = UsageTotals & { readonly refused: readonly UsageRefusal[] }

/** Lines that are charged together. */
const batchLines = 1_000
/** What cannot be read is kept for the answer up to here. */
const refusedMax = 1_000
/** A request is refused before its answer takes too long. */
const linesMax = 10_000
const graceDefault = 3
const dayMs = 86_400_000

const jsonLines = { body: 'NewUsage', bodyType: 'application/jsonl' } as const

export function usageOperations({ usage }: ApiParts): readonly Operation[] {
  return [
    {
      method: 'post',
      path: '/v1/usage',
      id: 'loadUsage',
      summary:
        'Charge usage records, each once however often it is sent: JSON Lines, at most 10,000',
      parameters: ['grace'],
      ...jsonLines,
      answers: { 200: { description: 'What became of them.', schema: 'UsageLoad' } },
      problems: [400, 413, 415],
      async handle(c) {
        const loaded = await load(usage, batchesOf(c, linesMax), graceOf(c))
        return c.json(loaded)
      }
    },
    {
      method: 'post',
      path: '/v1/usage/dry-run',
      id: 'estimateUsage',
      summary: 'What usage records would cost; nothing is changed',
      parameters: ['grace'],
      ...jsonLines,
      answers: { 200: { description: 'What they would cost.', schema: 'UsageEstimate' } },
      problems: [400, 413, 415],
      async handle(c) {
        const refused: UsageRefusal[] = []
        const tell = (one: UsageRefusal) => void (refused.length < refusedMax && refused.push(one))
        const lines = batchesOf(c, Number.POSITIVE_INFINITY)
        const { amount, ...estimate } = await usage.dryRun(lines, graceOf(c), tell)
        return c.json({ ...estimate, amount: formatMoney(amount), refused })
      }
    },
    {
      method: 'get',
      path: '/v1/usage/suspense',
      id: 'listSuspense',
      summary: 'Usage records that could not be charged',
      parameters: ['limit', 'cursor'],
      answers: { 200: { description: 'A page of them.', schema: 'SuspendedUsagePage' } },
      problems: [400],
      async handle(c) {
        const { cursor, limit } = readPaging(c)
        const { items, next } = await usage.suspended(cursor, limit)
        return c.json(pageOf(c, items, next))
      }
    },
    {
      method: 'post',
      path: '/v1/usage/suspense/replay',
      id: 'replaySuspense',
      summary: 'Try usage records in suspense once more, some of them in each request',
      parameters: ['grace', 'cursor'],
      answers: { 200: { description: 'What became of them.', schema: 'UsageReplay' } },
      problems: [400],
      async handle(c) {
        const { cursor } = readPaging(c)
        const { totals, next } = await usage.replay(cursor, graceOf(c))
        return c.json({ ...totals, next: pageOf(c, [], next).next })
      }
    }
  ]
}

async function load(
  usage: UsageIntake,
  batches: AsyncIterable<readonly SentUsage[]>,
  graceMs: number
): Promise<UsageLoadJson> {
  const sum = { charged: 0, duplicates: 0, suspended: 0, closed: 0 }
  const refused: UsageRefusal[] = []
  for await (const batch of batches) {
    const { totals, refused: some } = await usage.load(batch, graceMs)
    for (const name of ['charged', 'duplicates', 'suspended', 'closed'] as const) {
      sum[name] += totals[name]
    }
    for (const { file, line, reason } of some) refused.push({ file, line, reason })
  }
  return { ...sum, refused }
}

/** Throws 400 and 413; the lines before are taken, and may be sent again. */
async function* batchesOf(c: Context, most: number): AsyncGenerator<readonly SentUsage[]> {
  let batch: SentUsage[] = []
  let lines = 0
  for await (const { number, text } of readLines(c)) {
    lines += 1
    if (lines > most) throw refuse(413, 'too-large', `send at most ${most} lines in a request`)
    batch.push(usageOf(number, text))
    if (batch.length < batchLines) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function usageOf(number: number, text: string): SentUsage {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw refuse(400, 'not-json', `line ${number} is not JSON: ${(error as Error).message}`)
  }
  const { record, content, reason = null, ...place } = requireBody<NewUsage>('NewUsage', body)
  if ((record === undefined) === (content === undefined)) {
    throw refuse(400, 'invalid', `line ${number}: either record or content is required`)
  }
  const { file = 'api', line = number } = place
  return { file, line, content: content ?? JSON.stringify(record), reason }
}

function graceOf(c: Context): number {
  const text = c.req.query('grace')
  if (text === undefined) return graceDefault * dayMs
  if (/^\d{1,3}$/.test(text)) return Number(text) * dayMs
  const detail = 'must be a number of days'
  throw refuse(400, 'invalid', `grace: ${detail}`, [{ member: 'grace', detail }])
}

/**
 * Opening many accounts in one request: JSON Lines in, JSON Lines out, in the order of the request.
 *
 * Both directions are streamed, with a bounded number of accounts in flight: enough for the store to group
 * their commits, and never the whole file in memory.
 */
import type { Accounts } from '../charging/ports.ts'
import type { AccountRefusal } from '../domain/answer.ts'
import { GyroError } from '../domain/errors.ts'
import { type NewAccount, openRequest, repeatedNumbers } from './accounts.ts'
import { readLines } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { refusalStatus } from './problem.ts'
import { sentenceOf, wrongMembers } from './validate.ts'

const inFlightMax = 512

/** The outcome of one line: the status that POST /v1/accounts would have had. */
export interface ImportResult {
  /** From 1. */
  readonly line: number
  readonly id: string | null
  readonly status: number
  /** What the engine refused for, such as `account-exists`. */
  readonly reason?: AccountRefusal
  readonly detail?: string
}

export function bulkOperations(parts: ApiParts): readonly Operation[] {
  return [
    {
      method: 'post',
      path: '/v1/bulk/accounts',
      id: 'importAccounts',
      summary: 'Open many accounts: JSON Lines of the bodies of POST /v1/accounts',
      body: 'NewAccount',
      bodyType: 'application/jsonl',
      answers: {
        200: {
          description: 'One line for each line of the request, in its order.',
          schema: 'ImportResult',
          type: 'application/jsonl'
        }
      },
      problems: [415],
      handle(c) {
        const results = importLines(parts.accounts, readLines(c))
        return new Response(streamOf(results, parts), {
          headers: { 'content-type': 'application/jsonl' }
        })
      }
    }
  ]
}

/** Opens the account of each line, at most 512 at a time; results come in the order of the lines. */
export async function* importLines(
  accounts: Accounts,
  lines: AsyncIterable<{ readonly number: number; readonly text: string }>
): AsyncGenerator<ImportResult> {
  const waiting: Promise<ImportResult>[] = []
  for await (const { number, text } of lines) {
    waiting.push(importLine(accounts, number, text))
    const oldest = waiting.length >= inFlightMax ? waiting.shift() : undefined
    if (oldest !== undefined) yield await oldest
  }
  for (const result of waiting) yield await result
}

async function importLine(accounts: Accounts, line: number, text: string): Promise<ImportResult> {
  let id: string | null = null
  try {
    const body: unknown = JSON.parse(text)
    const wrong = wrongMembers('NewAccount', body)
    if (wrong.length > 0) return { line, id, status: 400, detail: sentenceOf(wrong) }
    const account = body as NewAccount
    id = account.id
    const repeated = repeatedNumbers(account.lines)
    if (repeated.length > 0) return { line, id, status: 400, detail: sentenceOf(repeated) }
    const answer = await accounts.submit(openRequest(account))
    if (answer.kind === 'done') return { line, id, status: 201 }
    const { reason, detail } = answer
    return { line, id, status: refusalStatus[reason], reason, detail }
  } catch (error) {
    return { line, id, status: statusOf(error), detail: (error as Error).message }
  }
}

function statusOf(error: unknown): number {
  if (error instanceof SyntaxError) return 400
  if (!(error instanceof GyroError)) return 500
  if (error.code === 'GYRO_INPUT_INVALID') return 400
  return error.code === 'GYRO_STORE_UNAVAILABLE' ? 503 : 500
}

function streamOf(
  results: AsyncGenerator<ImportResult>,
  parts: ApiParts
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await results.next()
        if (done === true) controller.close()
        else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
      } catch (error) {
        // The status line is gone, so the only way left to say that the answer is not whole is to cut it.
        parts.log.warn({ err: error }, 'an import was cut off')
        controller.error(error)
      }
    },
    async cancel() {
      await results.return(undefined)
    }
  })
}

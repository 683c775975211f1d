/** Lines of an account that is there: adding, other numbers, ending. */
import type { Context } from 'hono'
import type { Accounts } from '../charging/ports.ts'
import type { Operation as Keyed } from '../domain/operation.ts'
import type { NewAccount } from './accounts.ts'
import { idOf, keyed, keyOf, repeatedNumbers, repeatHeader, requireDone } from './accounts.ts'
import { readJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { refuse } from './problem.ts'
import { requireBody, sentenceOf } from './validate.ts'

type NewLines = NewAccount['lines']

export interface LineNumbers {
  readonly msisdn?: string
  readonly imsi?: string
}

interface Done {
  readonly repeated: boolean
}

export function lineOperations(parts: ApiParts): readonly Operation[] {
  return [adding(parts), ...changing(parts)]
}

/** Throws what a request over HTTP would be answered with, as the others do. */
export async function addLines(
  accounts: Accounts,
  accountId: string,
  body: unknown,
  key: string | null
): Promise<Done & { readonly lines: NewLines }> {
  const { lines } = requireBody<{ lines: NewLines }>('NewLines', body)
  const errors = repeatedNumbers(lines)
  if (errors.length > 0) throw refuse(400, 'invalid', sentenceOf(errors), errors)
  const operation = operationOf(key, `lines ${JSON.stringify(lines)}`)
  const request = { kind: 'add-lines', accountId, lines, ids: [], operation } as const
  return { ...requireDone(await accounts.submit(request)), lines }
}

export async function changeLine(
  accounts: Accounts,
  accountId: string,
  lineId: string,
  body: unknown,
  key: string | null
): Promise<Done & { readonly numbers: LineNumbers }> {
  const numbers = requireBody<LineNumbers>('LineNumbers', body)
  const { msisdn = '-', imsi = '-' } = numbers
  const operation = operationOf(key, `line ${lineId} ${msisdn} ${imsi}`)
  const asked = { kind: 'change-line', accountId, lineId, changes: null, operation } as const
  return { ...requireDone(await accounts.submit({ ...asked, ...numbers })), numbers }
}

export async function endLine(
  accounts: Accounts,
  accountId: string,
  lineId: string,
  key: string | null
): Promise<Done> {
  const operation = operationOf(key, `end ${lineId}`)
  return requireDone(
    await accounts.submit({ kind: 'end-line', accountId, lineId, besides: null, operation })
  )
}

function operationOf(key: string | null, content: string): Keyed | null {
  return key === null ? null : keyed(key, content)
}

function adding({ accounts }: ApiParts): Operation {
  return {
    method: 'post',
    path: '/v1/accounts/{id}/lines',
    id: 'addLines',
    summary: 'Add lines to an account, all of them or none; fees of their own offers are paid',
    parameters: ['id', 'keyOptional'],
    body: 'NewLines',
    answers: { 201: { description: 'Added.', schema: 'AddedLines' } },
    problems: [400, 402, 404, 409, 413, 415, 422],
    async handle(c) {
      const accountId = idOf(c)
      const { lines, repeated } = await addLines(accounts, accountId, await readJson(c), keyOf(c))
      const added = lines.map(({ msisdn = null, imsi = null }) => ({ msisdn, imsi }))
      return c.json({ accountId, lines: added }, 201, repeatHeader(repeated))
    }
  }
}

function changing({ accounts }: ApiParts): readonly Operation[] {
  return [
    {
      method: 'patch',
      path: '/v1/accounts/{id}/lines/{line}',
      id: 'changeLine',
      summary: 'Give a line another MSISDN or IMSI; its open sessions go on',
      parameters: ['id', 'line', 'keyOptional'],
      body: 'LineNumbers',
      answers: { 200: { description: 'Changed.', schema: 'ChangedLine' } },
      problems: [400, 404, 409, 413, 415],
      async handle(c) {
        const [accountId, line] = [idOf(c), named(c)]
        const body = await readJson(c)
        const { numbers, repeated } = await changeLine(accounts, accountId, line, body, keyOf(c))
        return c.json({ accountId, line, ...numbers }, 200, repeatHeader(repeated))
      }
    },
    {
      method: 'delete',
      path: '/v1/accounts/{id}/lines/{line}',
      id: 'endLine',
      summary: 'End a line at once with what it has for itself; its clients are asked to end',
      parameters: ['id', 'line', 'keyOptional'],
      answers: { 200: { description: 'Ended.', schema: 'EndedLine' } },
      problems: [404, 409],
      async handle(c) {
        const [accountId, line] = [idOf(c), named(c)]
        const { repeated } = await endLine(accounts, accountId, line, keyOf(c))
        return c.json({ accountId, line }, 200, repeatHeader(repeated))
      }
    }
  ]
}

function named(c: Context): string {
  return c.req.param('line') ?? ''
}

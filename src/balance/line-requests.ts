/**
 * What requests about lines need before they go to the lane of their account: the ids of lines, and the identities claimed.
 *
 * A crash between the claims and the commit leaves claims, and nothing else: the same request again goes on from there. To
 * everybody else those numbers are taken until then.
 */
import type { Line } from '../domain/account.ts'
import type { AccountAnswer } from '../domain/answer.ts'
import { hasEnded, hasNumber } from '../domain/line-numbers.ts'
import type { AddLines, ChangeLine, EndLine, LineRequest } from '../domain/lines.ts'
import type { Operation } from '../domain/operation.ts'
import { type LineRef, lineIdOf } from '../domain/subscriber.ts'
import { type ClaimsOptions, claimAll, claimsFor, claimsOf, identityTypes } from './claims.ts'
import { identityKey } from './directory.ts'
import { decodeLineRef } from './documents/receipts.ts'

export interface LineRequestsOptions extends ClaimsOptions {
  /** Whether something was done under the key; what, is for the lane to say. */
  wasDone(accountId: string, operation: Operation): Promise<boolean>
  /** All of them, or so many. */
  lineIds(accountId: string, limit?: number): Promise<readonly string[]>
  /** What adding the lines would be refused for as the account stands; null: nothing. */
  rehearse(request: AddLines): Promise<AccountAnswer | null>
  enqueue(request: LineRequest): Promise<AccountAnswer>
}

/** Lines looked at in one step for one that goes on. */
const linesPerStep = 16
/** Others change the same line at the same time, and win. */
const triesMax = 5

export async function submitForLines(
  options: LineRequestsOptions,
  request: LineRequest
): Promise<AccountAnswer> {
  const { accountId, operation } = request
  if (operation !== null && (await options.wasDone(accountId, operation))) {
    return options.enqueue(request)
  }
  if (request.kind === 'add-lines') {
    const added = await add(options, request)
    // The same request may have been done meanwhile: then what it claims is its own.
    const again = added.kind === 'refused' && operation !== null
    return again && (await options.wasDone(accountId, operation)) ? options.enqueue(request) : added
  }
  const change = request.kind === 'end-line' ? end : changeNumbers
  let answer = await change(options, request as never)
  for (let tries = 1; tries < triesMax && isOutdated(answer); tries += 1) {
    answer = await change(options, request as never)
  }
  return answer
}

function isOutdated(answer: AccountAnswer): boolean {
  return answer.kind === 'refused' && answer.reason === 'line-changed'
}

async function add(options: LineRequestsOptions, request: AddLines): Promise<AccountAnswer> {
  const { accountId, lines } = request
  const ids = await freeIds(options, request)
  const claims = claimsOf(accountId, lines, ids)
  if (!Array.isArray(claims)) return claims
  const whole = { ...request, ids }
  const refusal = (await options.rehearse(whole)) ?? (await claimAll(options, claims))
  return refusal ?? options.enqueue(whole)
}

/** The first identity of a line is its id, with a number behind it where a line of the account had it before. */
async function freeIds(
  { lines: load }: LineRequestsOptions,
  { accountId, lines }: AddLines
): Promise<string[]> {
  const ids = lines.map(line => lineIdOf(line) ?? '')
  const usual = [...ids]
  let open = ids.map((_, index) => index)
  for (let number = 2; open.length > 0; number += 1) {
    const known = await load(open.map(index => ({ accountId, lineId: ids[index] ?? '' })))
    open = open.filter((_, i) => known[i] != null)
    for (const index of open) ids[index] = `${usual[index]}.${number}`
  }
  return ids
}

async function changeNumbers(
  options: LineRequestsOptions,
  request: ChangeLine
): Promise<AccountAnswer> {
  const { line, refusal: unknown } = await lineNumbered(options, request.accountId, request.lineId)
  if (line === null) return unknown ?? options.enqueue(request)
  const { accountId, id: lineId } = line
  const changes = line.past?.changes ?? 0
  const { msisdn, imsi } = request
  const claims = claimsFor(
    { accountId, lineId, changes: changes + 1 },
    {
      ...(msisdn === undefined || msisdn === line.msisdn ? {} : { msisdn }),
      ...(imsi === undefined || imsi === line.imsi ? {} : { imsi })
    },
    ''
  )
  const refusal = await claimAll(options, claims)
  return refusal ?? options.enqueue({ ...request, lineId, changes })
}

async function end(options: LineRequestsOptions, request: EndLine): Promise<AccountAnswer> {
  const { line, refusal } = await lineNumbered(options, request.accountId, request.lineId)
  if (line === null) return refusal ?? options.enqueue(request)
  const { accountId, id: lineId } = line
  return options.enqueue({
    ...request,
    lineId,
    besides: await otherLine(options, accountId, lineId)
  })
}

/** A line of the account that goes on without this one; null: there is none. */
async function otherLine(
  { lineIds, lines }: LineRequestsOptions,
  accountId: string,
  lineId: string
): Promise<string | null> {
  const firstOf = async (ids: readonly string[]): Promise<string | null> => {
    const others = ids.filter(id => id !== lineId)
    for (let at = 0; at < others.length; at += linesPerStep) {
      const some = others.slice(at, at + linesPerStep)
      const found = await lines(some.map(other => ({ accountId, lineId: other })))
      const other = found.find(line => line !== null && !hasEnded(line))
      if (other != null) return other.id
    }
    return null
  }
  const near = await firstOf(await lineIds(accountId, linesPerStep))
  return near ?? firstOf(await lineIds(accountId))
}

interface Named {
  /** null: there is none. */
  readonly line: Line | null
  /** What is named was the number of a line that has other ones now. */
  readonly refusal: AccountAnswer | null
}

/** The line of the account that has the MSISDN, IMSI or tenant now, or else this id. */
export async function lineNumbered(
  { resolve, lines }: Pick<LineRequestsOptions, 'resolve' | 'lines'>,
  accountId: string,
  named: string
): Promise<Named> {
  const number = named.startsWith('tenant:') ? named.slice('tenant:'.length) : named
  const entries = await Promise.all(identityTypes.map(type => resolve(identityKey(type, number))))
  const refs: LineRef[] = entries.flatMap(value => (value === null ? [] : [decodeLineRef(value)]))
  const own = refs.filter(ref => ref.accountId === accountId)
  const found = await lines([...own, { accountId, lineId: named }])
  const isOf = (line: Line | null) =>
    line !== null && identityTypes.some(type => hasNumber(line, type, number))
  const byId = found.at(-1) ?? null
  const line = found.find(isOf) ?? null
  if (line !== null || byId?.past === undefined) return { line: line ?? byId, refusal: null }
  const detail = `account ${accountId} has no line ${named}`
  return { line: null, refusal: { kind: 'refused', reason: 'line-unknown', detail } }
}

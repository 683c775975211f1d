/** Lines of an account that comes to have them, that change their numbers, and that end. */
import type { AccountAnswer } from '../domain/answer.ts'
import { ended, hasEnded, renumbered } from '../domain/line-numbers.ts'
import type { AddLines, ChangeLine, EndLine } from '../domain/lines.ts'
import type { Catalogue } from '../rating/catalogue.ts'
import { advance } from './advance.ts'
import { type Books, type BucketPlace, bucketsAt, lineOf, replaceLine } from './books.ts'
import { end } from './change-offer.ts'
import { endBucket } from './offer-changes.ts'
import { buyAll, firstOf, linesOf, offersObstacle, refuse } from './operations.ts'
import { subscriptionsAt } from './own-offers.ts'

const done: AccountAnswer = { kind: 'done', repeated: false }
const repeated: AccountAnswer = { kind: 'done', repeated: true }

/** Each line gets what lines of the account get from now on, and buys what it has for itself, as at an opening. */
export function addLines(books: Books, catalogue: Catalogue, request: AddLines): AccountAnswer {
  const obstacle = offersObstacle(catalogue, request)
  if (obstacle !== null) return obstacle
  const known = request.ids.findIndex(id => books.knownLines.has(id))
  if (known >= 0) return taken(request, known)
  const lines = linesOf(request, request.ids, books.now)
  if (lines === null) return refuse('invalid', 'a line needs an msisdn, an imsi or a tenant')
  books.changedLines = new Map([...(books.changedLines ?? []), ...lines])
  books.lineIds = [...books.lineIds, ...request.ids]
  const refused = firstOf(request.lines, ({ offers = [] }, index) =>
    offers.length === 0 ? null : buyAll(books, catalogue, offers, request.ids[index] ?? '')
  )
  if (refused !== null) return refused
  advance(books, catalogue)
  return done
}

function taken({ accountId, ids }: AddLines, index: number): AccountAnswer {
  const detail = `the account ${accountId} has the line ${ids[index]} already`
  return { kind: 'refused', reason: 'identity-taken', detail, member: `lines/${index}` }
}

/** Open sessions go on under what they began with. */
export function changeLine(books: Books, request: ChangeLine): AccountAnswer {
  const line = lineOf(books, request.lineId)
  const { msisdn = line.msisdn, imsi = line.imsi } = request
  if (msisdn === line.msisdn && imsi === line.imsi) return repeated
  if ((line.past?.changes ?? 0) !== request.changes) return changedMeanwhile(request.lineId)
  replaceLine(books, renumbered(line, { msisdn, imsi }, books.now))
  return done
}

/** What the line has for itself ends with it. What its sessions hold stays with them until they report or end. */
export function endLine(books: Books, catalogue: Catalogue, request: EndLine): AccountAnswer {
  const { lineId, besides } = request
  const line = lineOf(books, lineId)
  // With another line found it was ended by this very request, whose commit was not known to have been done.
  if (hasEnded(line) && besides !== null) return repeated
  if (hasEnded(line)) return refuse('line-unknown', `line ${lineId} has ended`)
  if (besides === null) {
    return refuse('line-last', `${lineId} is the only line of the account; block the account`)
  }
  const other = books.knownLines.get(besides)
  if (other === undefined || hasEnded(other) || besides === lineId) {
    return changedMeanwhile(besides)
  }
  replaceLine(books, ended(line, books.now))
  for (const own of subscriptionsAt(books, lineId).filter(({ line }) => line === lineId)) {
    end(books, catalogue, own, null, null)
  }
  const place: BucketPlace = { source: 'line', lineId }
  for (const bucket of bucketsAt(books, place)) {
    if (bucket.ended !== true) endBucket(books, place, bucket.id, books.now)
  }
  return done
}

function changedMeanwhile(lineId: string): AccountAnswer {
  return refuse('line-changed', `line ${lineId} was changed by somebody else just now; repeat it`)
}

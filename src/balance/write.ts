/** Gathers the changes of a batch into one write: each document once, as it stands at the end. */
import type { Changes } from '../charging/decision.ts'
import { type Account, feesDueAt, type Line } from '../domain/account.ts'
import { assert } from '../domain/errors.ts'
import { limits } from '../domain/limits.ts'
import { leadsToReceipt, type OperationReceipt } from '../domain/request.ts'
import type { ChargingSession, ClosedSession } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import { accountHead, encodeAccount, encodeLine } from './documents/account.ts'
import { encodeClosed, encodeLineRef, encodeOperation } from './documents/receipts.ts'
import { encodeSession, sessionHead } from './documents/session.ts'
import { encodeRecord } from './documents/snapshot.ts'
import type { Job } from './job.ts'
import type { Image } from './lane.ts'
import type { Write } from './store.ts'

const hourMs = 3_600_000
/** A directory entry lives so long; a session that lives longer renews it. */
const directorySeconds = 48 * 3_600
const renewEveryMs = 24 * hourMs
/** A session of this age renews its entry when it closes, so that the entry outlives the receipt. */
const renewAtCloseMs = 20 * hourMs
/** What leads to a receipt is needed as long as that is there. */
const leadSeconds = limits.receiptHours * 3_600

interface TouchedSession {
  readonly id: string
  readonly before: ChargingSession | undefined
  /** null: not open any more. */
  session: ChargingSession | null
  closed: ClosedSession | null
  lineId: string
  /** The directory entry is that of a live session of another account. */
  elsewhere: boolean
}

interface TouchedLine {
  readonly before: Line | undefined
  line: Line
}

export interface Draft {
  /** null: nothing is written. */
  account: Account | null
  readonly sweepBefore: EpochMs
  lines: Map<string, TouchedLine>
  readonly sessions: TouchedSession[]
  operations: Map<string, OperationReceipt>
  records: readonly string[]
  orders: readonly string[]
}

const noLines: Draft['lines'] = new Map()
const noOperations: Draft['operations'] = new Map()
/** Most writes have none of most things: one empty list serves all. */
const none: readonly never[] = []

export function createDraft(image: Image): Draft {
  return {
    account: null,
    sweepBefore: image.account?.sweepAt ?? 0,
    lines: noLines,
    sessions: [],
    operations: noOperations,
    records: none,
    orders: none
  }
}

/** Whether the changes open a session that the draft closes: one write cannot say both. */
export function reopens(draft: Draft, changes: Changes | null): boolean {
  if (changes === null) return false
  for (const session of changes.sessions) {
    if (find(draft, session.id)?.closed) return true
  }
  return false
}

/** The receipt that the draft gives a session. */
export function touchedClosed(draft: Draft, sessionId: string): ClosedSession | null {
  return find(draft, sessionId)?.closed ?? null
}

/**
 * Applies a decision to the image, and notes what is to be written of it. Only the session of the request itself can
 * close without having been open: on the request's line, and without a directory entry when another account has a live
 * session of this id.
 */
export function addChanges(
  draft: Draft,
  image: Image,
  { lineId, visit }: Pick<Job, 'lineId' | 'visit'>,
  changes: Changes
): void {
  draft.account = changes.account
  image.account = changes.account
  for (const line of changes.lines) addLine(draft, image, line)
  for (const session of changes.sessions) {
    const touched = touch(draft, image, session.id)
    touched.session = session
    touched.lineId = session.lineId
    image.sessions.set(session.id, session)
  }
  for (const { sessionId, receipt } of changes.closed) {
    const touched = touch(draft, image, sessionId)
    touched.session = null
    touched.closed = receipt
    if (touched.lineId === '') touched.lineId = lineId
    if (visit === 'live' && touched.before === undefined) touched.elsewhere = true
    image.sessions.delete(sessionId)
    image.sessionHeads.delete(sessionId)
  }
  if (changes.records.length > 0) {
    draft.records = draft.records.concat(changes.records.map(encodeRecord))
  }
  if (changes.orders.length > 0) {
    draft.orders = draft.orders.concat(changes.orders.map(order => JSON.stringify(order)))
  }
  if (changes.receipt !== null) addOperation(draft, changes.receipt)
}

/** The write of everything in the draft, the account document under a new version. */
export function finishDraft(
  draft: Draft,
  image: Image,
  version: string,
  operationSeconds: number
): Write {
  const account = draft.account
  assert(account !== null, 'a draft without changes is not written')
  image.accountHead = accountHead(account, image.accountHead)
  const sessions: Write['sessions'][number][] = []
  let closed: Write['closed'] = none
  for (const touched of draft.sessions) {
    if (touched.session !== null)
      sessions.push(writeSession(image, account, touched, touched.session))
    if (touched.closed !== null) {
      closed = closed.concat(writeClosed(account, touched, touched.closed))
    }
  }
  return {
    version,
    account: encodeAccount(account, image.accountHead),
    lines: draft.lines.size === 0 ? none : [...draft.lines.values()].map(writeLine),
    sessions,
    closed,
    operations:
      draft.operations.size === 0
        ? none
        : [...draft.operations].map(([key, receipt]) => ({
            key,
            value: encodeOperation(receipt),
            ttlSeconds: leadsToReceipt(key) ? leadSeconds : operationSeconds
          })),
    sweepAt: account.sweepAt === draft.sweepBefore ? null : account.sweepAt,
    records: draft.records,
    orders: draft.orders
  }
}

function writeLine({ before, line }: TouchedLine): Write['lines'][number] {
  const feesAt = feesDueAt(line)
  return {
    id: line.id,
    document: encodeLine(line),
    added: before === undefined,
    feesAt: feesAt === feesDueAt(before) ? null : feesAt
  }
}

function writeSession(
  image: Image,
  account: Account,
  { id, before }: TouchedSession,
  session: ChargingSession
): Write['sessions'][number] {
  const renew =
    before === undefined ||
    Math.floor((session.lastAt - session.startedAt) / renewEveryMs) >
      Math.floor((before.lastAt - before.startedAt) / renewEveryMs)
  const known = image.sessionHeads.get(id)
  const head = sessionHead(session, known)
  if (head !== known) image.sessionHeads.set(id, head)
  return {
    id,
    document: encodeSession(session, head),
    sweepAt: before !== undefined && before.sweepAt === session.sweepAt ? null : session.sweepAt,
    directory: renew ? directoryEntry(account.id, session.lineId) : null
  }
}

function writeClosed(
  account: Account,
  { id, before, elsewhere, lineId }: TouchedSession,
  closed: ClosedSession
): Write['closed'][number] {
  const renew =
    before === undefined ? !elsewhere : account.lastAt - before.startedAt >= renewAtCloseMs
  return {
    id,
    receipt: encodeClosed(closed),
    hour: Math.floor(account.lastAt / hourMs),
    directory: renew ? directoryEntry(account.id, lineId) : null
  }
}

function directoryEntry(accountId: string, lineId: string): { value: string; ttlSeconds: number } {
  return { value: encodeLineRef({ accountId, lineId }), ttlSeconds: directorySeconds }
}

function find(draft: Draft, sessionId: string): TouchedSession | undefined {
  for (const touched of draft.sessions) {
    if (touched.id === sessionId) return touched
  }
  return undefined
}

function touch(draft: Draft, image: Image, id: string): TouchedSession {
  const known = find(draft, id)
  if (known !== undefined) return known
  const before = image.sessions.get(id)
  const touched: TouchedSession = {
    id,
    before,
    session: null,
    closed: null,
    lineId: before?.lineId ?? '',
    elsewhere: false
  }
  draft.sessions.push(touched)
  return touched
}

function addLine(draft: Draft, image: Image, line: Line): void {
  if (draft.lines === noLines) draft.lines = new Map()
  const known = draft.lines.get(line.id)
  if (known === undefined) draft.lines.set(line.id, { line, before: image.lines.get(line.id) })
  else known.line = line
  image.lines.set(line.id, line)
}

function addOperation(draft: Draft, { key, receipt }: NonNullable<Changes['receipt']>): void {
  if (draft.operations === noOperations) draft.operations = new Map()
  draft.operations.set(key, receipt)
}

/**
 * Decides the requests of a batch one after another, each on what the former left, and makes one write of them.
 *
 * The image changes as the decisions are made. If the commit fails the image is dropped or replaced, never mended.
 */
import type { Decide, Decision, State } from '../charging/decision.ts'
import type { Account } from '../domain/account.ts'
import { assert, VersionUnknown } from '../domain/errors.ts'
import { likenessKey } from '../domain/likeness.ts'
import { correlationKey, type EngineRequest, type OperationReceipt } from '../domain/request.ts'
import type { ClosedSession } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import { createJob, failedAnswer, forget, type Job } from './job.ts'
import type { Image, Lane } from './lane.ts'
import type { Write } from './store.ts'
import { goHome, isAstray, isEvent, isInitial, isLateGuest, leftLine } from './visits.ts'
import {
  addChanges,
  createDraft,
  type Draft,
  finishDraft,
  reopens,
  touchedClosed
} from './write.ts'

export interface Deciding {
  readonly decide: Decide
  readonly operationSeconds: number
  nextVersion(): string
  /** A decision failed: a bug. */
  failed(job: Job, state: State, error: unknown): void
}

/** `commit` false: nothing was decided that the store must confirm. */
export interface BatchResult {
  readonly commit: boolean
  readonly write: Write | null
}

const nothing: BatchResult = { commit: false, write: null }
const checkOnly: BatchResult = { commit: true, write: null }
const noIds: readonly string[] = []

/**
 * Requests that cannot be decided together with those before them go back to the head of the queue: all of them when
 * the first one needs a version of the catalogue that is not loaded.
 */
export function decideBatch(lane: Lane, now: EpochMs, deciding: Deciding): BatchResult {
  const image = lane.image
  assert(image !== null, 'a batch is decided on an image')
  const draft = createDraft(image)
  if (lane.duesUpTo !== null && payFirst(lane, image, draft, lane.duesUpTo, deciding)) {
    const result = resultOf(draft, image, deciding, false)
    // There may be many more, and nobody has asked for most of them.
    for (const id of lane.dueLines) image.lines.delete(id)
    return result
  }
  return decideJobs(lane, image, draft, now, deciding)
}

function decideJobs(
  lane: Lane,
  image: Image,
  draft: Draft,
  now: EpochMs,
  deciding: Deciding
): BatchResult {
  const batch = lane.batch
  let unconfirmed = false
  let count = 0
  for (const job of batch) {
    if (isDue(draft.account, now)) break
    const state = stateOf(lane, image, job, now, draft)
    const decision = decideJob(lane, job, state, now, deciding)
    if (decision === null) {
      count += failures(lane)
      break
    }
    if (decision !== 'astray') {
      if (reopens(draft, decision.changes)) break
      if (!note(draft, image, job, decision)) unconfirmed = true
    }
    count++
  }
  putBack(lane, count)
  return resultOf(draft, image, deciding, unconfirmed)
}

function resultOf(
  draft: Draft,
  image: Image,
  deciding: Deciding,
  unconfirmed: boolean
): BatchResult {
  if (draft.account === null) return unconfirmed ? checkOnly : nothing
  const write = finishDraft(draft, image, deciding.nextVersion(), deciding.operationSeconds)
  return { commit: true, write }
}

/**
 * More lines have fees to pay than go into one decision: the first of them do so before anything else is decided, and as
 * of the last of their instants, so that all fees are paid in their order. False: there was nothing to do.
 */
function payFirst(
  lane: Lane,
  image: Image,
  draft: Draft,
  upTo: EpochMs,
  deciding: Deciding
): boolean {
  const job = createJob({ kind: 'sweep', accountId: lane.key.accountId }, () => undefined, 0)
  // Nobody waits for it.
  job.answered = true
  const state: State = {
    account: image.account,
    lines: image.lines,
    sessions: image.sessions,
    lineId: '',
    closed: null,
    receipt: null,
    due: noIds,
    dueLines: lane.dueLines,
    nextDue: upTo
  }
  const decision = decideOne(lane, job, state, upTo, deciding)
  if (decision !== null && decision.changes === null) return false
  // A bug fails the request that met it, so that those that wait do not meet it for ever.
  const [first] = lane.batch
  const failed = decision === null && lane.missing === '' && first !== undefined
  if (failed) first.decided = failedAnswer(first.request)
  putBack(lane, failed ? 1 : 0)
  if (decision !== null) {
    note(draft, image, job, decision)
    lane.batch = [job]
  }
  return true
}

/** Whether the session of the request is open, and not about to expire. */
function hasOpen({ due, sessions }: State, { request }: Job): boolean {
  if (request.kind !== 'charging') return false
  return sessions.has(request.sessionId) && !due.includes(request.sessionId)
}

/** A request that waits for a version of the catalogue is not decided yet. */
function failures(lane: Lane): number {
  return lane.missing === '' ? 1 : 0
}

/** False: that nothing changes is still to be confirmed. */
function note(draft: Draft, image: Image, job: Job, decision: Decision): boolean {
  job.decided = decision.answer
  job.changes = decision.changes
  if (decision.changes === null) return isRepeat(decision)
  addChanges(draft, image, job, decision.changes)
  return true
}

function decideJob(
  lane: Lane,
  job: Job,
  state: State,
  now: EpochMs,
  deciding: Deciding
): Decision | 'astray' | null {
  if (job.visit === 'away') return decideVisitor(lane, job, state, now, deciding)
  return leftLine(lane, job, state) ? 'astray' : decideOne(lane, job, state, now, deciding)
}

/** A visitor is decided here if its session is open, or has had the request before its end: then it has a receipt. */
function decideVisitor(
  lane: Lane,
  job: Job,
  state: State,
  now: EpochMs,
  deciding: Deciding
): Decision | 'astray' | null {
  const open = hasOpen(state, job)
  const begins = isInitial(job)
  if (!isAstray(job, open)) {
    return begins ? taken : decideOne(lane, job, state, now, deciding)
  }
  if (isLateGuest(lane, job, state)) return decideOne(lane, job, state, now, deciding)
  if (!isEvent(job) && !begins && state.closed !== null) {
    const decision = decideOne(lane, job, state, now, deciding)
    if (decision === null || isRepeat(decision)) return decision
  }
  goHome(lane, job, open)
  return 'astray'
}

/** RFC 6733 8.8: a Session-Id is one session's. */
const taken: Decision = {
  answer: { kind: 'charging', outcome: 'unable-to-comply', units: [], repeated: false },
  changes: null
}

/**
 * null: the decision failed, and this request alone fails, and the image is not used again; or it needs the version of
 * the catalogue that `lane.missing` names.
 */
function decideOne(
  lane: Lane,
  job: Job,
  state: State,
  now: EpochMs,
  deciding: Deciding
): Decision | null {
  try {
    return deciding.decide(state, job.request, now)
  } catch (error) {
    if (error instanceof VersionUnknown) {
      lane.missing = error.version
      return null
    }
    lane.missing = ''
    deciding.failed(job, state, error)
    job.decided = failedAnswer(job.request)
    job.changes = null
    lane.suspect = true
    return null
  }
}

/**
 * The stored answer of a charging request stays true whatever the account's version is now. What an operation found
 * to be done already (a block, say) may have been undone since.
 */
function isRepeat(decision: Decision): boolean {
  return decision.answer.kind === 'charging' && decision.answer.repeated
}

function isDue(account: Account | null, now: EpochMs): boolean {
  if (account === null) return false
  const at = account.lastAt > now ? account.lastAt : now
  return account.sweepAt !== 0 && account.sweepAt <= at
}

function stateOf(lane: Lane, image: Image, job: Job, now: EpochMs, draft: Draft): State {
  const { account } = image
  const due = lane.due !== null && isDue(account, now) ? lane.due : null
  const receipt = receiptOf(job, draft)
  return {
    account,
    lines: image.lines,
    sessions: image.sessions,
    lineId: job.lineId,
    closed: closedOf(job, draft),
    receipt,
    original: originalOf(job, draft, receipt),
    due: due === null ? noIds : due.filter(id => image.sessions.has(id)),
    dueLines: due === null ? noIds : lane.dueLines,
    nextDue: due === null ? null : lane.nextDue
  }
}

/** What the batch itself has closed is newer than what was looked up. */
function closedOf({ closed, request }: Job, draft: Draft): ClosedSession | null {
  if (draft.account === null || request.kind !== 'charging') return closed ?? null
  return touchedClosed(draft, request.sessionId) ?? closed ?? null
}

function receiptOf({ receipt, request }: Job, draft: Draft): OperationReceipt | null {
  const key = operationKeyOf(request)
  return (key === undefined ? undefined : draft.operations.get(key)) ?? receipt ?? null
}

function operationKeyOf(request: EngineRequest): string | undefined {
  if (request.kind !== 'charging') {
    return 'operation' in request ? request.operation?.key : undefined
  }
  if (request.likeness !== undefined) return likenessKey(request.likeness)
  const correlation = request.event?.correlation ?? null
  return correlation === null ? undefined : correlationKey(correlation)
}

/** The receipt that a refund names, or that of an event like this one, as the batch has left it. */
function originalOf(
  { request, original }: Job,
  draft: Draft,
  receipt: OperationReceipt | null
): ClosedSession | null {
  if (request.kind !== 'charging' || request.type !== 'event') return null
  if (request.event?.action !== 'refund' && request.likeness === undefined) return null
  const id = request.event?.original?.sessionId ?? receipt?.result
  return (id === undefined ? null : touchedClosed(draft, id)) ?? original ?? null
}

/** What was looked up for them is older than the write that comes first. */
function putBack(lane: Lane, decided: number): void {
  if (decided === lane.batch.length) return
  const rest = lane.batch.slice(decided)
  for (const job of rest) forget(job)
  lane.batch.length = decided
  lane.queue = rest.concat(lane.queue)
}

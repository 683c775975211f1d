/**
 * What a batch still lacks before it can be decided.
 *
 * Everything is looked up after the image and before the commit, and the commit checks that the image's version
 * still stands: so whatever was found in between belongs to that version. When a load shows another version, all
 * that was found is forgotten and looked up again.
 */
import { isRepeatOf, likenessKey } from '../domain/likeness.ts'
import { lineOfOperation } from '../domain/operation-line.ts'
import { type AccountRequest, type ChargingRequest, correlationKey } from '../domain/request.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Job } from './job.ts'
import { emptyImage, type Image, type Lane } from './lane.ts'
import type { DocumentKeys } from './store.ts'
import { leave, mayVisit, stay } from './visits.ts'

/** Each starts a look-up and counts it in `lane.pending`. */
export interface Lookups {
  load(lane: Lane, wanted: DocumentKeys): void
  directory(lane: Lane, job: Job, sessionId: string): void
  closed(lane: Lane, job: Job, sessionId: string, at: EpochMs): void
  original(lane: Lane, job: Job, sessionId: string, at: EpochMs): void
  operation(lane: Lane, job: Job, key: string): void
  due(lane: Lane, at: EpochMs): void
}

/** True: the batch can be decided on `lane.image`. False: look-ups are under way. */
export function prepare(lane: Lane, now: EpochMs, lookups: Lookups): boolean {
  if (lane.image === null) {
    if (lane.batch[0]?.request.kind !== 'open-account') {
      loadAll(lane, lookups)
      return false
    }
    lane.image = emptyImage()
  }
  const image = lane.image
  const wanted = new Wanted()
  const at = instantOf(image, now)
  for (const job of lane.batch) want(lane, image, job, at, wanted, lookups)
  if (wanted.any()) lookups.load(lane, wanted)
  if (lane.pending > 0) return false
  return prepareDue(lane, image, at, lookups)
}

/** The instant that decisions on the image take place at: time never goes back behind the account's last. */
export function instantOf(image: Image, now: EpochMs): EpochMs {
  const last = image.account?.lastAt ?? 0
  return last > now ? last : now
}

/** Whether a request may be the first of its session. */
export function opens(request: ChargingRequest): boolean {
  return request.type === 'initial' || request.type === 'event'
}

/** Documents to load, each named once. Nothing is allocated while nothing is wanted. */
class Wanted implements DocumentKeys {
  lines: string[] = none
  sessions: string[] = none

  line(id: string): void {
    if (this.lines === none) this.lines = [id]
    else if (!this.lines.includes(id)) this.lines.push(id)
  }

  session(id: string): void {
    if (this.sessions === none) this.sessions = [id]
    else if (!this.sessions.includes(id)) this.sessions.push(id)
  }

  any(): boolean {
    return this.lines !== none || this.sessions !== none
  }
}

const none: string[] = []

function loadAll(lane: Lane, lookups: Lookups): void {
  const wanted = new Wanted()
  for (const { request, lineId } of lane.batch) {
    if (lineId !== '' || request.kind === 'charging') wanted.line(lineId)
    if (request.kind !== 'charging') continue
    wanted.session(request.sessionId)
  }
  lookups.load(lane, wanted)
}

function want(
  lane: Lane,
  image: Image,
  job: Job,
  at: EpochMs,
  wanted: Wanted,
  lookups: Lookups
): void {
  const request = job.request
  if (request.kind === 'charging') {
    wantUsual(lane, image, job, request, at, wanted, lookups)
  } else {
    wantOperation(lane, image, job, request, wanted, lookups)
  }
}

function wantOperation(
  lane: Lane,
  image: Image,
  job: Job,
  request: AccountRequest,
  wanted: Wanted,
  lookups: Lookups
): void {
  if ('operation' in request && request.operation !== null && job.receipt === undefined) {
    lookups.operation(lane, job, request.operation.key)
  }
  if (request.kind === 'change-offer' || request.kind === 'unsubscribe') {
    job.lineId = lineOfOperation(image.account, request)
  }
  if (job.lineId !== '') wantLine(lane, image, job.lineId, wanted)
  wantBesides(lane, image, request, wanted)
}

/** Lines that an operation concerns beside its own. */
function wantBesides(lane: Lane, image: Image, request: AccountRequest, wanted: Wanted): void {
  switch (request.kind) {
    case 'end-line':
      if (request.besides !== null) wantLine(lane, image, request.besides, wanted)
      return
    case 'add-lines':
      wantAdded(lane, image, request.ids, wanted)
      return
    case 'reverse-cdr':
      wantLine(lane, image, request.cdr.lineId, wanted)
      return
    case 'restore':
      if (request.lineId !== '') wantLine(lane, image, request.lineId, wanted)
      return
    case 'order':
    case 'close-session':
      if (request.sessionId !== null) wantNamed(lane, image, request.sessionId, wanted)
  }
}

/** Thousands, each of them once. */
function wantAdded(lane: Lane, image: Image, ids: readonly string[], wanted: Wanted): void {
  const missing = ids.filter(id => !image.lines.has(id) && !lane.absent.has(`l:${id}`))
  if (missing.length > 0) wanted.lines = wanted.lines.concat(missing)
}

function wantLine(lane: Lane, image: Image, id: string, wanted: Wanted): void {
  if (!image.lines.has(id) && !lane.absent.has(`l:${id}`)) wanted.line(id)
}

function wantUsual(
  lane: Lane,
  image: Image,
  job: Job,
  request: ChargingRequest,
  at: EpochMs,
  wanted: Wanted,
  lookups: Lookups
): void {
  const session = image.sessions.get(request.sessionId)
  if (session === undefined) wantSession(lane, job, request, at, wanted, lookups)
  else job.lineId = session.lineId
  wantLine(lane, image, job.lineId, wanted)
  if (request.type === 'event' && job.visit !== 'away') wantOfEvent(lane, job, request, at, lookups)
}

/** The open session that an operation names, and its line. */
function wantNamed(lane: Lane, image: Image, id: string, wanted: Wanted): void {
  const session = image.sessions.get(id)
  if (session === undefined) {
    if (!lane.absent.has(`s:${id}`)) wanted.session(id)
  } else {
    wantLine(lane, image, session.lineId, wanted)
  }
}

/**
 * The session is not in the image. A request that may be the first of its session asks the directory, which is
 * written before a session's first commit: a session that is not in it was never opened, closed or charged, and
 * needs nothing else. Other requests ask for the document first, and for the receipt when there is none; and whether
 * the session is another account's (visits.ts).
 */
function wantSession(
  lane: Lane,
  job: Job,
  request: ChargingRequest,
  at: EpochMs,
  wanted: Wanted,
  lookups: Lookups
): void {
  const id = request.sessionId
  if (opens(request)) {
    if (job.entry === undefined) {
      lookups.directory(lane, job, id)
      return
    }
    if (job.entry === null) return
  }
  if (!lane.absent.has(`s:${id}`)) {
    wanted.session(id)
    return
  }
  if (mayVisit(job)) {
    if (job.entry === undefined) lookups.directory(lane, job, id)
    else if (leave(lane, job)) return
    else stay(job)
  }
  if (job.closed === undefined) lookups.closed(lane, job, id, at)
}

function wantOfEvent(
  lane: Lane,
  job: Job,
  request: ChargingRequest,
  at: EpochMs,
  lookups: Lookups
): void {
  const { event, likeness } = request
  if (event?.action === 'refund') wantOriginal(lane, job, request, at, lookups)
  if (likeness === undefined) return
  if (job.receipt === undefined) {
    lookups.operation(lane, job, likenessKey(likeness))
  } else if (job.original === undefined && isRepeatOf(likeness, job.receipt)) {
    lookups.original(lane, job, job.receipt.result, at)
  }
}

/** The receipt of what a refund names: by its reference, or by the CC-Correlation-Id of the debit. */
function wantOriginal(
  lane: Lane,
  job: Job,
  { event, sessionId }: ChargingRequest,
  at: EpochMs,
  lookups: Lookups
): void {
  const correlation = event?.correlation ?? null
  const named = event?.original?.sessionId
  if (named === undefined && correlation !== null && job.receipt === undefined) {
    lookups.operation(lane, job, correlationKey(correlation))
    return
  }
  const id = named ?? job.receipt?.result
  if (id === undefined || id === sessionId || job.original !== undefined) return
  lookups.original(lane, job, id, at)
}

function prepareDue(lane: Lane, image: Image, at: EpochMs, lookups: Lookups): boolean {
  const sweepAt = image.account?.sweepAt ?? 0
  if (sweepAt === 0 || sweepAt > at) return true
  if (lane.due === null) {
    lookups.due(lane, at)
    return false
  }
  const wanted = new Wanted()
  for (const id of lane.due) wantNamed(lane, image, id, wanted)
  for (const id of lane.dueLines) wantLine(lane, image, id, wanted)
  if (!wanted.any()) return true
  lookups.load(lane, wanted)
  return false
}

/**
 * The lane of an account: its requests in order, and the image of its documents.
 *
 * The image is what the store held at `version`, with the changes of the present batch already applied.
 * It is trusted only because the commit checks the version, which covers every document of the account.
 */

import type { Changes } from '../charging/decision.ts'
import type { Account, Line } from '../domain/account.ts'
import type { EngineAnswer } from '../domain/answer.ts'
import type { ChargingSession } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import { type AccountHead, decodeAccount, decodeLine } from './documents/account.ts'
import { decodeSession, type SessionHead } from './documents/session.ts'
import { forget, type Job } from './job.ts'
import type { AccountKey, DocumentKeys, Documents } from './store.ts'

export interface Image {
  version: string
  account: Account | null
  readonly lines: Map<string, Line>
  readonly sessions: Map<string, ChargingSession>
  /** Encoded beginnings of the documents, which seldom change. */
  accountHead: AccountHead | null
  readonly sessionHeads: Map<string, SessionHead>
}

/** A commit whose fate is not known, with the answers that it would have made true. */
export interface Attempt {
  readonly expected: string
  readonly version: string
  readonly jobs: readonly Job[]
  readonly answers: readonly (EngineAnswer | null)[]
  readonly changes: readonly (Changes | null)[]
}

export interface LaneLimits {
  readonly requestsPerDecision: number
  readonly commitsPerGroup: number
  readonly lookupsPerGroup: number
  readonly closedAnswers: number
  readonly dueSessions: number
  readonly dueLines: number
  readonly receiptHours: number
  readonly operationSeconds: number
}

export interface Lane {
  readonly key: AccountKey
  image: Image | null
  /** Waiting. */
  queue: Job[]
  /** Being decided and committed together. */
  batch: Job[]
  /** In the ready list, or waiting for the store or a timer. */
  busy: boolean
  /** Look-ups under way; the batch goes on when there is none. */
  pending: number
  /** A look-up of this round failed. */
  failed: boolean
  /** A stored document of this round cannot be read. */
  unreadable: unknown
  /** Races lost by the batch. */
  races: number
  /** Failures of the store met by the batch. */
  failures: number
  attempts: Attempt[]
  /** The version of the catalogue that the last decision could not do without; empty: there was none. */
  missing: string
  /** The image is to be dropped once the batch is committed: a decision on it failed. */
  suspect: boolean
  /** Documents (`l:` lines, `s:` sessions) that the store does not have at the image's version. */
  absent: Set<string>
  /** Due sessions; null: not looked up. */
  due: readonly string[] | null
  /** Lines with fees that are due. */
  dueLines: readonly string[]
  /** Not all of these are among them: the instant up to which they are. null: they all are. */
  duesUpTo: EpochMs | null
  nextDue: EpochMs
  /** Of the batch: they leave for another account. null: none. */
  strays: Job[] | null
  /** Documents counted by the cache. */
  documents: number
  newer: Lane | null
  older: Lane | null
}

const none: readonly string[] = []

export function createLane(key: AccountKey): Lane {
  return {
    key,
    image: null,
    queue: [],
    batch: [],
    busy: false,
    pending: 0,
    failed: false,
    unreadable: undefined,
    races: 0,
    failures: 0,
    attempts: [],
    missing: '',
    suspect: false,
    absent: new Set(),
    due: null,
    dueLines: none,
    duesUpTo: null,
    nextDue: 0,
    strays: null,
    documents: 0,
    newer: null,
    older: null
  }
}

/** An account that nobody has loaded: taken to be absent, which the commit checks. */
export function emptyImage(): Image {
  return {
    version: '',
    account: null,
    lines: new Map(),
    sessions: new Map(),
    accountHead: null,
    sessionHeads: new Map()
  }
}

/** Forgets what was looked up beside the documents; the batch is decided anew. */
export function clearLookups(lane: Lane): void {
  if (lane.absent.size > 0) lane.absent.clear()
  lane.due = null
  lane.dueLines = none
  lane.duesUpTo = null
  lane.nextDue = 0
  lane.suspect = false
  for (const job of lane.batch) forget(job)
}

export function dropImage(lane: Lane): void {
  lane.image = null
  clearLookups(lane)
}

/** Makes the documents the lane's image. Throws GYRO_DOCUMENT_FORMAT. */
export function installDocuments(lane: Lane, documents: Documents, wanted: DocumentKeys): void {
  lane.image = null
  clearLookups(lane)
  const image = emptyImage()
  image.version = documents.version
  image.account = documents.account === null ? null : decodeAccount(documents.account)
  addDocuments(lane, image, documents, wanted)
  lane.image = image
}

/** Adds loaded documents to the image, or makes them the image when they are of another version. */
export function mergeDocuments(lane: Lane, documents: Documents, wanted: DocumentKeys): void {
  const image = lane.image
  if (image === null || image.version !== documents.version) {
    installDocuments(lane, documents, wanted)
  } else {
    addDocuments(lane, image, documents, wanted)
  }
}

function addDocuments(lane: Lane, image: Image, documents: Documents, wanted: DocumentKeys): void {
  for (let i = 0; i < wanted.lines.length; i++) {
    const id = wanted.lines[i] ?? ''
    const text = documents.lines[i] ?? null
    if (text === null) lane.absent.add(`l:${id}`)
    else image.lines.set(id, decodeLine(text))
  }
  for (let i = 0; i < wanted.sessions.length; i++) {
    const id = wanted.sessions[i] ?? ''
    const text = documents.sessions[i] ?? null
    if (text === null) lane.absent.add(`s:${id}`)
    else image.sessions.set(id, decodeSession(text))
  }
}

/** The documents that the batch would need again if it lost the race. */
export function wantedOf(lane: Lane): { lines: string[]; sessions: string[] } {
  const lines: string[] = []
  const sessions: string[] = []
  for (const { request, lineId } of lane.batch) {
    if (request.kind !== 'charging') continue
    if (!lines.includes(lineId)) lines.push(lineId)
    if (!sessions.includes(request.sessionId)) sessions.push(request.sessionId)
  }
  return { lines, sessions }
}

/** Takes what waits into the batch; requests whose time is over are not decided at all: the client repeats them. */
export function take(lane: Lane, most: number): void {
  const queue = lane.queue
  if (queue.length <= most) {
    lane.queue = lane.batch
    lane.batch = queue
  } else {
    lane.batch = queue.splice(0, most)
  }
}

export function dropAnswered(lane: Lane): void {
  for (const job of lane.batch) {
    if (job.answered) {
      lane.batch = lane.batch.filter(other => !other.answered)
      return
    }
  }
}

/** The batch is done. */
export function reset(lane: Lane): void {
  lane.batch.length = 0
  lane.races = 0
  lane.failures = 0
  if (lane.attempts.length > 0) lane.attempts = []
  if (lane.suspect) lane.image = null
  clearLookups(lane)
}

/**
 * Which account and line a request belongs to.
 *
 * What was found is cached; that an identity is unknown is never cached, because it may be opened at any moment. When a
 * line has ended or has other numbers, its identities lead to it until another line claims them: its document says so,
 * and then they are looked for anew (visits.ts).
 */
import type { IsEmergency } from '../charging/decision.ts'
import type { ChargingRequest } from '../domain/request.ts'
import {
  callerId,
  emergencyAccountId,
  isIdentity,
  type LineRef,
  type SubscriberId
} from '../domain/subscriber.ts'
import { type DirectorySink, identityKey } from './directory.ts'
import { decodeHolder, decodeLineRef, type Holder } from './documents/receipts.ts'
import type { Group } from './group.ts'
import type { Job } from './job.ts'
import { opens } from './prepare.ts'
import { createRecentMap, type RecentMap } from './recent-map.ts'
import type { DirectoryKey } from './store.ts'

export interface Identities {
  /** The line of a request as far as it is cached; undefined: it must be looked for. */
  cached(request: ChargingRequest): LineRef | undefined
  /** Looks for the line of the job's request, and hands the job on when that is known. */
  find(job: Job): void
  /** Forgets what is cached for a request: the documents say that it is wrong. */
  forget(request: ChargingRequest): void
  /** The same of a job that leaves its lane. True: its line was looked for anew (visits.ts). */
  left(job: Job): boolean
  size(): number
}

export interface IdentitiesOptions {
  readonly directory: Group<DirectoryKey, DirectorySink>
  readonly entriesMax: number
  readonly found: (job: Job, ref: LineRef) => void
  /** Nobody knows the subscriber; the session may be open on this line all the same. */
  readonly stranger: (job: Job, ref: LineRef) => void
  readonly unknown: (job: Job, outcome: 'user-unknown' | 'unknown-session') => void
  /** Whether a request is served although its subscriber is not known. */
  readonly isEmergency: IsEmergency
  /** Two identities of one request belong to different accounts. */
  readonly contradictory: (request: ChargingRequest, accountIds: readonly string[]) => void
  /** The store is away: calls back when it may be tried again. */
  readonly retry: (run: () => void) => void
}

interface Caches {
  readonly msisdns: RecentMap<LineRef>
  readonly imsis: RecentMap<LineRef>
  readonly tenants: RecentMap<LineRef>
  readonly sessions: RecentMap<LineRef>
}

export function createIdentities(options: IdentitiesOptions): Identities {
  const caches: Caches = {
    msisdns: createRecentMap(options.entriesMax),
    imsis: createRecentMap(options.entriesMax),
    tenants: createRecentMap(options.entriesMax),
    sessions: createRecentMap(options.entriesMax)
  }
  return {
    cached: request => cachedLine(caches, request),
    find: job => find(options, caches, job),
    forget: request => forget(caches, request),
    left(job) {
      if (job.request.kind === 'charging') forget(caches, job.request)
      if (!job.renewing) return false
      job.renewing = false
      find(options, caches, job)
      return true
    },
    size: () =>
      caches.msisdns.size() + caches.imsis.size() + caches.tenants.size() + caches.sessions.size()
  }
}

function forget(caches: Caches, request: ChargingRequest): void {
  for (const subscriber of request.subscribers) {
    cacheOf(caches, subscriber)?.delete(subscriber.value)
  }
  caches.sessions.delete(request.sessionId)
}

/**
 * Whether all identities agree is settled when a session begins, and then all of them must be known; later requests
 * take the first that is. Identities that contradict each other are looked for anew.
 */
function cachedLine(caches: Caches, request: ChargingRequest): LineRef | undefined {
  const all = opens(request)
  let ref: LineRef | undefined
  let usable = 0
  let known = 0
  for (const subscriber of request.subscribers) {
    const cache = cacheOf(caches, subscriber)
    if (cache === null) continue
    usable++
    const hit = cache.get(subscriber.value)
    if (hit === undefined) continue
    if (!all) return hit
    known++
    ref ??= hit
    if (hit.accountId !== ref.accountId) return undefined
  }
  if (usable === 0) return caches.sessions.get(request.sessionId)
  return known < usable ? undefined : ref
}

function cacheOf(caches: Caches, { type }: SubscriberId): RecentMap<LineRef> | null {
  if (type === 'msisdn') return caches.msisdns
  if (type === 'imsi') return caches.imsis
  return type === 'tenant' ? caches.tenants : null
}

function find(options: IdentitiesOptions, caches: Caches, job: Job): void {
  if (job.answered) return
  const keys = keysOf(job.request as ChargingRequest)
  const values: (string | null)[] = keys.map(() => null)
  let waiting = keys.length
  let failed = false
  const settle = (): void => {
    if (--waiting > 0 || job.answered) return
    if (failed) options.retry(() => find(options, caches, job))
    else settleFound(options, caches, job, keys, values)
  }
  keys.forEach((key, i) => {
    options.directory.add(key, {
      resolved(value) {
        values[i] = value
        settle()
      },
      unresolved() {
        failed = true
        settle()
      }
    })
  })
}

function settleFound(
  options: IdentitiesOptions,
  caches: Caches,
  job: Job,
  keys: readonly DirectoryKey[],
  values: readonly (string | null)[]
): void {
  const request = job.request as ChargingRequest
  const refs = values.map(value => refOf(value, job.gone)).filter(ref => ref !== null)
  const ref = refs[0]
  const agreed = refs.every(other => other.accountId === ref?.accountId)
  if ((ref === undefined || !agreed) && options.isEmergency(request)) {
    // Not cached: an account may be opened for the subscriber at any moment.
    const lineId = callerId(request.subscribers)
    options.found(job, { accountId: emergencyAccountId, lineId })
    return
  }
  if (ref === undefined) {
    settleUnknown(options, caches, job, keys)
    return
  }
  if (!agreed) {
    options.contradictory(request, [...new Set(refs.map(other => other.accountId))])
    settleUnknown(options, caches, job, keys)
    return
  }
  values.forEach((value, i) => {
    const key = keys[i]
    const own = refOf(value, job.gone)
    if (own !== null && key !== undefined) keep(caches, key, own)
  })
  options.found(job, ref)
}

/** Where an entry leads; null: to nobody, or to the line that is known to be left. */
function refOf(value: string | null, gone: Holder | null): LineRef | null {
  if (value === null) return null
  const { accountId, lineId, changes } = decodeHolder(value)
  const isLeft =
    gone !== null &&
    accountId === gone.accountId &&
    lineId === gone.lineId &&
    changes <= gone.changes
  return isLeft ? null : { accountId, lineId }
}

/**
 * Nobody knows the subscriber, or identities contradict each other. Later requests are found by their session: only the
 * first one of an emergency call need name the number, and the usage of an open session is its account's.
 */
function settleUnknown(
  options: IdentitiesOptions,
  caches: Caches,
  job: Job,
  keys: readonly DirectoryKey[]
): void {
  const request = job.request as ChargingRequest
  if (opens(request)) {
    options.unknown(job, 'user-unknown')
    return
  }
  if (job.gone !== null) {
    // Nobody else has the number: what was used is the line's that had it last.
    options.found(job, job.gone)
    return
  }
  if (keys[0]?.kind === 'session') {
    options.unknown(job, 'unknown-session')
    return
  }
  options.directory.add(
    { kind: 'session', value: request.sessionId },
    {
      resolved(value) {
        const ref = value === null ? null : decodeLineRef(value)
        if (job.answered) return
        if (ref === null) options.unknown(job, 'user-unknown')
        else if (ref.accountId === emergencyAccountId) options.found(job, ref)
        else options.stranger(job, ref)
      },
      unresolved: () => options.retry(() => find(options, caches, job))
    }
  )
}

function keep(caches: Caches, key: DirectoryKey, ref: LineRef): void {
  if (key.kind === 'session') caches.sessions.set(key.value, ref)
  else if (key.value.startsWith('imsi:')) caches.imsis.set(key.value.slice(5), ref)
  else if (key.value.startsWith('tenant:')) caches.tenants.set(key.value.slice(7), ref)
  else caches.msisdns.set(key.value.slice(7), ref)
}

/** Identities that accounts are found by; the session's own entry when the request names none. */
function keysOf(request: ChargingRequest): readonly DirectoryKey[] {
  const keys: DirectoryKey[] = []
  for (const { type, value } of request.subscribers) {
    if (isIdentity(type)) keys.push(identityKey(type, value))
  }
  return keys.length > 0 ? keys : [{ kind: 'session', value: request.sessionId }]
}

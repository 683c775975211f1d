/** Requests of business systems: they go through the same lanes as the network's, after an account's identities are claimed. */
import type { Decide, State } from '../charging/decision.ts'
import type { AccountAnswer, AccountRefusal } from '../domain/answer.ts'
import type { Logger } from '../domain/log.ts'
import type { AccountRequest } from '../domain/request.ts'
import { lineIdOf, partitionOf } from '../domain/subscriber.ts'
import type { OpenAccount } from '../domain/subscriptions.ts'
import type { Clock } from '../domain/time.ts'
import { type DirectorySink, identityKey } from './directory.ts'
import { encodeLineRef } from './documents/receipts.ts'
import { dumpDecision } from './dump.ts'
import { createGroup, type Group } from './group.ts'
import { busyAnswer, failedAnswer } from './job.ts'
import type { AccountKey, DirectoryKey, DocumentKeys, Documents, Store } from './store.ts'
import type { Turn } from './turn.ts'

export interface AccountsOptions {
  readonly store: Store
  readonly decide: Decide
  readonly clock: Clock
  readonly logger: Logger
  readonly turn: Turn
  readonly callsMax: number
  readonly directory: Group<DirectoryKey, DirectorySink>
  /** Hands a request to the lane of its account. */
  readonly enqueue: (request: AccountRequest, reply: (answer: AccountAnswer) => void) => void
}

export interface AccountRequests {
  submit(request: AccountRequest): Promise<AccountAnswer>
  /** Sends what was gathered. */
  send(): void
}

interface Load {
  readonly key: AccountKey
  readonly wanted: DocumentKeys
}

interface Claim {
  readonly key: DirectoryKey
  readonly value: string
}

const noDocuments: DocumentKeys = { lines: [], sessions: [] }

export function createAccountRequests(options: AccountsOptions): AccountRequests {
  const { store, turn, callsMax } = options
  const schedule = () => turn.gather()
  const claims = createPromises((group: readonly Claim[]) => store.claim(group), callsMax, schedule)
  const loads = createPromises((group: readonly Load[]) => store.load(group), callsMax, schedule)

  function enqueue(request: AccountRequest): Promise<AccountAnswer> {
    return new Promise(resolve => options.enqueue(request, resolve))
  }

  function resolveEntry(key: DirectoryKey): Promise<string | null> {
    return new Promise((resolve, reject) => {
      options.directory.add(key, { resolved: resolve, unresolved: reject })
    })
  }

  function loadAccount(accountId: string): Promise<Documents> {
    const key = { partition: partitionOf(accountId, store.partitions), accountId }
    return loads.ask({ key, wanted: noDocuments })
  }

  /**
   * A claim is never given back, so nothing is claimed for an account that will not be opened: the request is
   * decided once for show, and account and identities are looked at before.
   */
  async function open(request: OpenAccount): Promise<AccountAnswer> {
    const entries = claimsOf(request)
    if (!Array.isArray(entries)) return entries
    const refusal = rehearse(options, request)
    if (refusal !== null) return refusal
    const [documents, standing] = await Promise.all([
      loadAccount(request.accountId),
      Promise.all(entries.map(entry => resolveEntry(entry.key)))
    ])
    if (documents.version !== '') {
      return refused('account-exists', `the account ${request.accountId} exists already`)
    }
    const taken = firstTaken(entries, standing)
    if (taken !== null) return taken
    const claimed = await Promise.all(entries.map(entry => claims.ask(entry)))
    return firstTaken(entries, claimed) ?? enqueue(request)
  }

  return {
    async submit(request) {
      if (request.kind !== 'open-account') return enqueue(request)
      try {
        return await open(request)
      } catch {
        return busyAnswer(request) as AccountAnswer
      }
    },
    send() {
      claims.send()
      loads.send()
    }
  }
}

/** What opening the account would be refused for; null: nothing. */
function rehearse(
  { clock, decide, logger }: AccountsOptions,
  request: OpenAccount
): AccountAnswer | null {
  try {
    const { answer } = decide(nobody, request, clock.now())
    return answer.kind === 'refused' ? answer : null
  } catch (error) {
    logger.error({ error: String(error), dump: dumpDecision(nobody, request) }, 'a decision failed')
    return failedAnswer(request) as AccountAnswer
  }
}

/** An account that does not exist. */
const nobody: State = {
  account: null,
  lines: new Map(),
  sessions: new Map(),
  lineId: '',
  closed: null,
  receipt: null,
  due: [],
  nextDue: null
}

/** A directory entry for each identity of each line, or why there cannot be. */
function claimsOf(request: OpenAccount): Claim[] | AccountAnswer {
  const claims: Claim[] = []
  for (const line of request.lines) {
    const lineId = lineIdOf(line)
    if (lineId === null) return refused('invalid', 'a line has no msisdn, imsi or tenant')
    const value = encodeLineRef({ accountId: request.accountId, lineId })
    for (const type of ['msisdn', 'imsi', 'tenant'] as const) {
      const identity = line[type]
      if (identity !== undefined) claims.push({ key: identityKey(type, identity), value })
    }
  }
  const seen = new Set<string>()
  for (const { key } of claims) {
    if (seen.has(key.value)) return refused('invalid', `${key.value} stands in two lines`)
    seen.add(key.value)
  }
  return claims
}

function firstTaken(
  entries: readonly Claim[],
  values: readonly (string | null)[]
): AccountAnswer | null {
  for (const [i, entry] of entries.entries()) {
    const value = values[i] ?? null
    if (value !== null && value !== entry.value) {
      return refused('identity-taken', `${entry.key.value} belongs to another account or line`)
    }
  }
  return null
}

function refused(reason: AccountRefusal, detail: string): AccountAnswer {
  return { kind: 'refused', reason, detail }
}

interface Promises<Call, Result> {
  ask(call: Call): Promise<Result>
  send(): void
}

/** A group whose results are promises: for what is rare, or many calls of one request. */
function createPromises<Call, Result>(
  call: (calls: readonly Call[]) => Promise<readonly Result[]>,
  callsMax: number,
  schedule: () => void
): Promises<Call, Result> {
  type Waiting = { resolve(result: Result): void; reject(error: unknown): void }
  const group = createGroup<Call, Result, Waiting>({
    call,
    callsMax,
    schedule,
    done: (waiting, result) => waiting.resolve(result),
    failed: (waiting, error) => waiting.reject(error)
  })
  return {
    ask: asked => new Promise((resolve, reject) => group.add(asked, { resolve, reject })),
    send: () => group.send()
  }
}

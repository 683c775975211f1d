/** Requests of business systems: they go through the same lanes as the network's, after an account's identities are claimed. */
import type { Decide, State } from '../charging/decision.ts'
import type { Line } from '../domain/account.ts'
import type { AccountAnswer } from '../domain/answer.ts'
import { VersionUnknown } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import type { AccountRequest } from '../domain/request.ts'
import type { SetLimit } from '../domain/set-limit.ts'
import { type LineRef, partitionOf } from '../domain/subscriber.ts'
import type { ChangeOffer, OpenAccount, Subscribe } from '../domain/subscriptions.ts'
import type { Clock } from '../domain/time.ts'
import { claimAll, claimsOf } from './claims.ts'
import type { DirectorySink } from './directory.ts'
import { decodeAccount, decodeLine } from './documents/account.ts'
import { encodeLineRef } from './documents/receipts.ts'
import { dumpDecision } from './dump.ts'
import type { Group } from './group.ts'
import { busyAnswer, failedAnswer } from './job.ts'
import { type LineRequestsOptions, lineNumbered, submitForLines } from './line-requests.ts'
import { createPromises, type Promises } from './promises.ts'
import type {
  AccountKey,
  DirectoryKey,
  DocumentKeys,
  Documents,
  IdentityClaim,
  Store
} from './store.ts'
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

const noDocuments: DocumentKeys = { lines: [], sessions: [] }

export function createAccountRequests(options: AccountsOptions): AccountRequests {
  const { store, turn, callsMax } = options
  const schedule = () => turn.gather()
  const claims = createPromises(
    (group: readonly IdentityClaim[]) => store.claim(group),
    callsMax,
    schedule
  )
  const loads = createPromises((group: readonly Load[]) => store.load(group), callsMax, schedule)

  const enqueue = (request: AccountRequest): Promise<AccountAnswer> =>
    new Promise(resolve => options.enqueue(request, resolve))

  const asking = createAsking(options, claims, loads, enqueue)

  /**
   * A claim is never given back, so nothing is claimed for an account that will not be opened: the request is
   * decided once for show, and account and identities are looked at before.
   */
  async function open(request: OpenAccount): Promise<AccountAnswer> {
    const entries = claimsOf(request.accountId, request.lines, null)
    if (!Array.isArray(entries)) return entries
    const refusal = rehearse(options, nobody, request)
    if (refusal !== null) return refusal
    const key = keyOf(store, request.accountId)
    const exists = loads
      .ask({ key, wanted: noDocuments })
      .then(({ version }): AccountAnswer | null => {
        const detail = `the account ${request.accountId} exists already`
        return version === '' ? null : { kind: 'refused', reason: 'account-exists', detail }
      })
    return (await claimAll(asking, entries, exists)) ?? enqueue(request)
  }

  /** Names the line by its id. */
  async function forLine(request: Subscribe | ChangeOffer | SetLimit): Promise<AccountAnswer> {
    const { line, refusal } = await lineNumbered(asking, request.accountId, request.lineId ?? '')
    if (line === null) return refusal ?? enqueue(request)
    return enqueue({ ...request, lineId: line.id })
  }

  function prepared(request: AccountRequest): Promise<AccountAnswer> | null {
    switch (request.kind) {
      case 'open-account':
        return open(request)
      case 'add-lines':
      case 'change-line':
      case 'end-line':
        return submitForLines(asking, request)
      case 'subscribe':
      case 'change-offer':
      case 'set-limit':
        return request.lineId == null ? null : forLine(request)
      default:
        return null
    }
  }

  return {
    async submit(request) {
      try {
        const preparing = prepared(request)
        return preparing === null ? enqueue(request) : await preparing
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

/** What requests about lines ask of the store. */
function createAsking(
  options: AccountsOptions,
  claims: Promises<IdentityClaim, string>,
  loads: Promises<Load, Documents>,
  enqueue: (request: AccountRequest) => Promise<AccountAnswer>
): LineRequestsOptions {
  const { directory, store } = options
  const load = (accountId: string, lines: readonly string[]) =>
    loads.ask({ key: keyOf(store, accountId), wanted: { lines, sessions: [] } })
  return {
    resolve: key =>
      new Promise((resolve, reject) => {
        directory.add(key, { resolved: resolve, unresolved: reject })
      }),
    claim: entry => claims.ask(entry),
    lines: refs => linesOf(refs, load),
    async wasDone(accountId, { key }) {
      return (await store.operation(keyOf(store, accountId), key)) !== null
    },
    lineIds: (accountId, limit) => store.listLines(keyOf(store, accountId), limit),
    async rehearse(request) {
      const { account } = await load(request.accountId, [])
      const known = account === null ? null : decodeAccount(account)
      // Without anything to buy nothing can be in the way, and there may be thousands of them.
      const buys = request.lines.some(({ offers = [] }) => offers.length > 0)
      if (known !== null && !buys) return null
      return rehearse(options, { ...nobody, account: known }, request)
    },
    enqueue
  }
}

function keyOf({ partitions }: Store, accountId: string): AccountKey {
  return { partition: partitionOf(accountId, partitions), accountId }
}

/** In the order of the references; those of one account are loaded together. */
async function linesOf(
  refs: readonly LineRef[],
  load: (accountId: string, lineIds: readonly string[]) => Promise<Documents>
): Promise<(Line | null)[]> {
  const byAccount = new Map<string, string[]>()
  for (const { accountId, lineId } of refs) {
    const ids = byAccount.get(accountId)
    if (ids === undefined) byAccount.set(accountId, [lineId])
    else ids.push(lineId)
  }
  const found = new Map<string, Line>()
  const loading = Array.from(byAccount, async ([accountId, ids]) => {
    for (const text of (await load(accountId, ids)).lines) {
      const line = text === null ? null : decodeLine(text)
      if (line !== null) found.set(encodeLineRef({ accountId, lineId: line.id }), line)
    }
  })
  await Promise.all(loading)
  return refs.map(ref => found.get(encodeLineRef(ref)) ?? null)
}

/** What the request would be refused for; null: nothing. */
function rehearse(
  { clock, decide, logger }: AccountsOptions,
  state: State,
  request: AccountRequest
): AccountAnswer | null {
  try {
    const { answer } = decide(state, request, clock.now())
    return answer.kind === 'refused' ? answer : null
  } catch (error) {
    // The lane fetches the version.
    if (error instanceof VersionUnknown) return null
    logger.error({ error: String(error), dump: dumpDecision(state, request) }, 'a decision failed')
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

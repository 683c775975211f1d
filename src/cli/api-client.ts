/** The stores behind the API of a running server. */
import type { ImportResult } from '../api/bulk.ts'
import type { ReportJson } from '../api/reconcile.ts'
import type { ExplanationJson, SimulationJson } from '../api/simulation-views.ts'
import type { AccountJson, CdrJson, SessionJson } from '../api/views.ts'
import type { ChainBook, ChainHeads, ChainReport } from '../charging/chain.ts'
import type { ExportBook, PlannedFile, RecordedCdr } from '../charging/ports.ts'
import type { Retain, RetainedDay } from '../charging/retention.ts'
import { type ErrorCode, GyroError } from '../domain/errors.ts'
import type { RerateAnswer } from '../rerate/run.ts'
import type { Intake } from '../server/usage.ts'
import type {
  AccountLine,
  AccountsBackend,
  CdrsBackend,
  ReconcilerBackend,
  RerateBackend,
  SimulatorBackend
} from './backend.ts'
import { type Call, usageBehind } from './usage-client.ts'

const pageLimit = 1_000
/** Accounts in one request: answers come often enough to show progress. */
const linesPerRequest = 2_000

export interface ApiClient {
  readonly accounts: AccountsBackend
  readonly cdrs: Omit<CdrsBackend, 'node'>
  readonly simulator: SimulatorBackend
  readonly reconciler: ReconcilerBackend
  readonly rerater: RerateBackend
  readonly usage: Intake
  readonly chain: ChainBook
  readonly retain: Retain
}

const repairAlone =
  '"gyro reconcile --repair" needs the embedded stores for itself, and a server has them: stop it first'

/** `base` such as `http://127.0.0.1:8080`. */
export function createApiClient(base: string, token: string | null): ApiClient {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` }

  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response
    try {
      response = await fetch(new URL(path, base), {
        ...init,
        headers: { ...headers, ...init.headers }
      })
    } catch (error) {
      throw new GyroError(
        'GYRO_STORE_UNAVAILABLE',
        `the server that holds the store does not answer at ${base} (${reasonOf(error)}); ` +
          'look at its log, or stop it and try again',
        { cause: error }
      )
    }
    if (!response.ok && response.status !== 404) throw await refusalOf(response, base)
    return response
  }

  async function post(path: string, body: object): Promise<Response> {
    const response = await call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    if (response.status === 404) throw await refusalOf(response, base)
    return response
  }

  async function* pages<T>(first: string): AsyncGenerator<T> {
    let next: string | null = first
    while (next !== null) {
      const response: Response = await call(next)
      if (response.status === 404) throw await refusalOf(response, base)
      const page = (await response.json()) as { items: T[]; next: string | null }
      yield* page.items
      next = page.next
    }
  }

  return {
    accounts: accountsBehind(call, pages, base),
    cdrs: {
      list: (account, traceId) => pages<CdrJson>(listPath('cdrs', account, traceId)),
      exports: exportsBehind(post, call),
      async close() {}
    },
    reconciler: {
      reports(account) {
        const query = account === null ? '' : `?${new URLSearchParams({ account }).toString()}`
        return pages<ReportJson>(`/v1/reconciliation${query}`)
      },
      spilled: async () => false,
      async repair() {
        throw new GyroError('GYRO_STORE_LOCKED', repairAlone)
      },
      async close() {}
    },
    simulator: simulatorBehind(post, call),
    rerater: reraterBehind(post),
    usage: usageBehind(call),
    chain: chainBehind(post, call),
    async retain(order) {
      const response = await post('/v1/cdr-retentions', order)
      return ((await response.json()) as { items: RetainedDay[] }).items
    }
  }
}

type Pages = <T>(first: string) => AsyncGenerator<T>

function accountsBehind(call: Call, pages: Pages, base: string): AccountsBackend {
  async function change(method: string, path: string, body?: unknown): Promise<void> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { 'content-type': 'application/json' }
    const response = await call(path, { method, headers, ...content })
    if (response.status === 404) throw await refusalOf(response, base)
  }

  async function send(lines: readonly AccountLine[]): Promise<ImportResult[]> {
    const response = await call('/v1/bulk/accounts', {
      method: 'POST',
      headers: { 'content-type': 'application/jsonl' },
      body: lines.map(line => line.text).join('\n')
    })
    const answers = (await response.text()).split('\n').filter(text => text !== '')
    // The server numbers the lines of this request; the caller knows them by those of the file.
    return answers.map((text, index) => {
      const result = JSON.parse(text) as ImportResult
      return { ...result, line: lines[index]?.number ?? result.line }
    })
  }

  return {
    async *open(lines) {
      for await (const some of inBatches(lines, linesPerRequest)) yield* await send(some)
    },
    list: () => pages<AccountJson>(`/v1/accounts?limit=${pageLimit}`),
    async show(id) {
      const response = await call(`/v1/accounts/${encodeURIComponent(id)}`)
      return response.status === 404 ? null : ((await response.json()) as AccountJson)
    },
    addLines: (id, body) => change('POST', linePath(id), body),
    changeLine: (id, line, numbers) => change('PATCH', linePath(id, line), numbers),
    endLine: (id, line) => change('DELETE', linePath(id, line)),
    sessions: account => pages<SessionJson>(listPath('sessions', account)),
    async close() {}
  }
}

type Post = (path: string, body: object) => Promise<Response>

function simulatorBehind(post: Post, call: Call): SimulatorBackend {
  return {
    async simulate(body) {
      const response = await post('/v1/simulate', body as object)
      return (await response.json()) as SimulationJson
    },
    async explain({ sessionId, subSessionId }) {
      const sub = subSessionId === undefined ? {} : { subSessionId }
      const query = new URLSearchParams({ session: sessionId, ...sub })
      const response = await call(`/v1/explain?${query.toString()}`)
      return response.status === 404 ? null : ((await response.json()) as ExplanationJson)
    },
    async close() {}
  }
}

function reraterBehind(post: Post): RerateBackend {
  return {
    async rerate({ from, until, offer, source, apply }) {
      const body = {
        from: new Date(from).toISOString(),
        until: new Date(until).toISOString(),
        ...(offer === null ? {} : { offer }),
        ...(source === null ? {} : { catalogue: source }),
        apply
      }
      return (await (await post('/v1/rerate', body)).json()) as RerateAnswer
    },
    async close() {}
  }
}

function exportsBehind(post: Post, call: Call): ExportBook {
  async function read(query: Record<string, string>) {
    const response = await call(`/v1/recorded-cdrs?${new URLSearchParams(query).toString()}`)
    return (await response.json()) as { items: RecordedCdr[]; last: number }
  }
  return {
    async next({ stream, holder, format, recordsMax, ageMs, node }) {
      const body = { stream, holder, format, recordsMax, ageMs, node }
      const response = await post('/v1/exports/next', body)
      return ((await response.json()) as { file: PlannedFile | null }).file
    },
    hold: async (stream, holder) => void (await post('/v1/exports/hold', { stream, holder })),
    finish: async (stream, holder, file) =>
      void (await post('/v1/exports/finish', { stream, holder, file })),
    release: async (stream, holder) => void (await post('/v1/exports/release', { stream, holder })),
    recorded: async (after, through) =>
      (await read({ after: String(after), through: String(through) })).items,
    last: async () => (await read({ after: String(Number.MAX_SAFE_INTEGER) })).last
  }
}

function chainBehind(post: Post, call: Call): ChainBook {
  return {
    heads: async () => (await (await call('/v1/cdr-chain')).json()) as ChainHeads,
    async verify(key, heads) {
      const body = key === null ? { heads } : { key, heads }
      return (await (await post('/v1/cdr-chain/verifications', body)).json()) as ChainReport
    }
  }
}

function linePath(id: string, line?: string): string {
  const path = `/v1/accounts/${encodeURIComponent(id)}/lines`
  return line === undefined ? path : `${path}/${encodeURIComponent(line)}`
}

function listPath(name: string, account: string | null, traceId?: string): string {
  const query = new URLSearchParams({ limit: String(pageLimit) })
  if (account !== null) query.set('account', account)
  if (traceId !== undefined) query.set('traceId', traceId)
  return `/v1/${name}?${query.toString()}`
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'GYRO_INPUT_INVALID',
  404: 'GYRO_NOT_FOUND',
  409: 'GYRO_CONFLICT',
  413: 'GYRO_INPUT_INVALID'
}

async function refusalOf(response: Response, base: string): Promise<GyroError> {
  const text = await response.text()
  const code = codes[response.status] ?? 'GYRO_STORE_UNAVAILABLE'
  if (response.status === 401) {
    return new GyroError(
      'GYRO_CONFIG_INVALID',
      `the server at ${base} wants its token: set GYRO_API_TOKEN to the one it was started with`
    )
  }
  return new GyroError(code, detailOf(text) ?? `${base} answered ${response.status}`)
}

function detailOf(text: string): string | null {
  try {
    const problem = JSON.parse(text) as { detail?: unknown }
    return typeof problem.detail === 'string' ? problem.detail : null
  } catch {
    return null
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return error instanceof Error ? error.message : String(error)
}

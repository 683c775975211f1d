/** The database port on the embedded Postgres (PGlite) in a thread of its own. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { GyroError } from '../domain/errors.ts'
import {
  type Database,
  messageOf,
  type Parameter,
  type Result,
  type Row,
  type Session
} from './database.ts'
import { lockFolder } from './folder-lock.ts'

export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly Parameter[] }
  | { readonly kind: 'run'; readonly sql: string }
  | { readonly kind: 'copy'; readonly target: string; readonly chunks: readonly Uint8Array[] }
  | { readonly kind: 'close' }
)
type Command = WorkerRequest extends infer R ? (R extends unknown ? Omit<R, 'id'> : never) : never

/** The answer to a request; 0 is the id of the thread's first word, that the database is open. */
export type WorkerReply =
  | { readonly id: number; readonly rows: readonly Row[]; readonly count: number }
  | { readonly id: number; readonly code: string; readonly message: string }

/**
 * Opens the database in the folder, which is made when it is missing. Rejects with GYRO_STORE_LOCKED when another
 * process uses it, and with GYRO_CDR_UNAVAILABLE when it cannot be opened.
 */
export async function openEmbedded(path: string): Promise<Database> {
  const folder = resolve(path)
  const place = `embedded:${folder}`
  makeFolder(folder)
  const unlock = lockFolder(folder)
  let thread: Thread
  try {
    thread = await startThread(join(folder, 'postgres'))
  } catch (error) {
    unlock()
    throw new GyroError(
      'GYRO_CDR_UNAVAILABLE',
      `the CDR folder ${folder} cannot be opened: ${messageOf(error)}; ` +
        'check that it is writable and was made by this version, or name another folder',
      { cause: error }
    )
  }
  const inTurn = turns()
  let closed: Promise<void> | null = null

  /** A thread that died is replaced, between transactions; Postgres recovers from its log. */
  async function session(): Promise<Session> {
    if (thread.ended && closed === null) thread = await startThread(join(folder, 'postgres'))
    return sessionOf(thread)
  }

  return {
    place,
    single: true,
    query: (sql, parameters) => inTurn(async () => (await session()).query(sql, parameters)),
    transaction: work => inTurn(async () => inTransaction(await session(), work)),
    close() {
      closed ??= inTurn(async () => {
        await thread.close()
        unlock()
      })
      return closed
    }
  }
}

async function inTransaction<T>(
  session: Session,
  work: (session: Session) => Promise<T>
): Promise<T> {
  await session.run('BEGIN')
  try {
    const result = await work(session)
    await session.run('COMMIT')
    return result
  } catch (error) {
    // When this fails too, the thread has ended, and the transaction with it.
    await session.run('ROLLBACK').catch(() => undefined)
    throw error
  }
}

function sessionOf(thread: Thread): Session {
  return {
    query: (sql, parameters = []) => thread.send({ kind: 'query', sql, parameters }),
    async run(sql) {
      await thread.send({ kind: 'run', sql })
    },
    async copy(target, chunks) {
      await thread.send({ kind: 'copy', target, chunks })
    }
  }
}

/** There is one session for all: statements from outside a transaction wait until it has ended. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const turn = last.then(work, work)
    last = turn.catch(() => undefined)
    return turn
  }
}

interface Thread {
  readonly ended: boolean
  send(command: Command): Promise<Result>
  close(): Promise<void>
}

interface Waiting {
  resolve(result: Result): void
  reject(error: Error): void
}

/** Resolves once the database is open. */
async function startThread(folder: string): Promise<Thread> {
  const worker = startWorker(folder)
  const waiting = new Map<number, Waiting>()
  let ended = false
  let sent = 0
  const opened = new Promise<Result>((resolve, reject) => waiting.set(0, { resolve, reject }))
  worker.on('message', (reply: WorkerReply) => {
    const waiter = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('message' in reply) {
      waiter?.reject(Object.assign(new Error(reply.message), { code: reply.code }))
    } else waiter?.resolve(reply)
  })
  const end = (error: Error) => {
    ended = true
    for (const waiter of waiting.values()) waiter.reject(error)
    waiting.clear()
  }
  worker.on('error', end)
  worker.on('exit', () => end(new Error('connection ended: the thread of the CDR store ended')))
  await opened

  function send(command: Command): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (ended) return reject(new Error('connection ended: the CDR store is closed'))
      sent += 1
      waiting.set(sent, { resolve, reject })
      worker.postMessage({ id: sent, ...command })
    })
  }
  return {
    get ended() {
      return ended
    },
    send,
    async close() {
      if (!ended) await send({ kind: 'close' }).catch(() => undefined)
      await worker.terminate()
    }
  }
}

function startWorker(folder: string): Worker {
  const workerData = { folder }
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./embedded-worker.js', import.meta.url), { workerData })
  }
  // From sources. Threads of Node.js 20 do not take over the TypeScript loader of the process.
  const main = JSON.stringify(new URL('./embedded-worker.ts', import.meta.url).href)
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const start = `import(${loader}).then(loader => { loader.register(); return import(${main}) })`
  return new Worker(start, { eval: true, execArgv: [], workerData })
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new GyroError(
      'GYRO_CDR_UNAVAILABLE',
      `the CDR folder ${folder} cannot be made: ${messageOf(error)}`,
      { cause: error }
    )
  }
}

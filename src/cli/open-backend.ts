/**
 * Opens what a command works on: the stores, or the API of the server that has them locked.
 *
 * Redis and Postgres are shared with running servers. An embedded store belongs to one process: while a server
 * has it, the command asks that server.
 */
import { importLines } from '../api/bulk.ts'
import { addLines, changeLine, endLine } from '../api/lines.ts'
import { viewSessions } from '../api/lists.ts'
import { detailOfRefusal } from '../api/problem.ts'
import { type ReportJson, viewReport } from '../api/reconcile.ts'
import { explanation } from '../api/simulate.ts'
import { viewAccount, viewCdr } from '../api/views.ts'
import { embeddedFolder } from '../balance/open-store.ts'
import { openCdr } from '../cdr/open-cdr.ts'
import type { Accounts, ExportNode, Page } from '../charging/ports.ts'
import type { Reconciler } from '../charging/reconciliation.ts'
import { readLock } from '../disk/lock.ts'
import { GyroError } from '../domain/errors.ts'
import { sessionKey } from '../domain/session-key.ts'
import { show } from '../ops/address.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import { type Config, loadConfig } from '../ops/config.ts'
import { createLog, type Log } from '../ops/log.ts'
import { openHouse } from '../server/compose.ts'
import { hasSpilled, openReconciler, openRepairer } from '../server/open-reconciler.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import type {
  AccountsBackend,
  CdrsBackend,
  ReconcilerBackend,
  SimulatorBackend
} from './backend.ts'
import { simulateLocally } from './open-catalogue.ts'
import { configFile } from './options.ts'

const pageLimit = 1_000

export async function openAccounts(): Promise<AccountsBackend> {
  const { config, log } = setUp()
  try {
    const { service, close } = await openHouse({ config, log, role: 'command' })
    return {
      ...accountsOf(service.accounts),
      async close() {
        await service.close()
        await close()
      }
    }
  } catch (error) {
    return clientBeside(config, error).accounts
  }
}

export async function openCdrs(): Promise<CdrsBackend> {
  const { config, log } = setUp()
  try {
    const options = { logger: log, clock: systemClock, scheduler: systemScheduler }
    const { reader, exports, ping, close } = await openCdr(config.cdr.url, options)
    await ping()
    return {
      async *list(account, traceId) {
        const page = (cursor: string | null) => reader.list(account, cursor, pageLimit, traceId)
        for await (const record of pages(page)) {
          yield viewCdr(record)
        }
      },
      exports,
      node: nodeOf(config),
      close
    }
  } catch (error) {
    return { ...clientBeside(config, error).cdrs, node: nodeOf(config) }
  }
}

/** Where the database is. Rejects when it cannot be brought to this version now. */
export async function migrateCdrs(): Promise<string> {
  const { config, log } = setUp()
  const options = { logger: log, clock: systemClock, scheduler: systemScheduler }
  const { writer, place, close } = await openCdr(config.cdr.url, options)
  try {
    await writer.prepare()
    return place
  } finally {
    await close()
  }
}

export async function openReports(): Promise<ReconcilerBackend> {
  const { config, log } = setUp()
  try {
    const house = await openHouse({ config, log, role: 'command' })
    const options = { logger: log, clock: systemClock, scheduler: systemScheduler }
    const cdr = await openCdr(config.cdr.url, options).catch(async (error: unknown) => {
      await house.close()
      throw error
    })
    const reconciler = openReconciler(house, cdr.ledger, null)
    const repairer = openRepairer(house, cdr.ledger)
    return {
      reports: account => reportsOf(reconciler, account),
      spilled: () => hasSpilled(house.store),
      repair: id => repairer.repair(id),
      async close() {
        await house.service.close()
        await house.close()
        await cdr.close()
      }
    }
  } catch (error) {
    return clientBeside(config, error).reconciler
  }
}

export async function* reportsOf(
  reconciler: Reconciler,
  account: string | null
): AsyncGenerator<ReportJson> {
  if (account !== null) {
    const report = await reconciler.account(account)
    if (report === null) throw new GyroError('GYRO_NOT_FOUND', `there is no account "${account}"`)
    return yield viewReport(report)
  }
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Reconciler['page']>> = await reconciler.page(cursor)
    yield viewReport(page.report)
    cursor = page.next
  } while (cursor !== null)
}

/** Over the stores, or beside the server that has them. */
export async function openSimulator(): Promise<SimulatorBackend> {
  const { config, log } = setUp()
  try {
    const { service, simulator, close } = await openHouse({ config, log, role: 'command' })
    const options = { logger: log, clock: systemClock, scheduler: systemScheduler }
    return {
      simulate: body => simulateLocally(simulator, body),
      async explain({ sessionId, subSessionId }) {
        const key = sessionKey(sessionId, subSessionId)
        const cdr = await openCdr(config.cdr.url, options)
        try {
          return await explanation(simulator, cdr.reader, key)
        } finally {
          await cdr.close()
        }
      },
      async close() {
        await service.close()
        await close()
      }
    }
  } catch (error) {
    return clientBeside(config, error).simulator
  }
}

/** Commands say what is wrong themselves; the log is for those who ask for it. */
export function setUp(): { readonly config: Config; readonly log: Log } {
  const config = loadConfig(process.env, configFile())
  const { level, identities } = config.log
  return { config, log: createLog({ level: level === 'info' ? 'warn' : level, identities }) }
}

/** The API of the server that has the embedded store; any other error is thrown again. */
export function clientBeside(config: Config, error: unknown): ApiClient {
  if (!(error instanceof GyroError) || error.code !== 'GYRO_STORE_LOCKED') throw error
  const folder = embeddedFolder(config.store.url)
  const holder = folder === null ? null : readLock(folder)
  // Another command has it, and will soon be done.
  if (holder !== null && holder.apiAddress === null) throw error
  const address = holder?.apiAddress ?? show(config.api.listen)
  return createApiClient(`http://${address}`, config.api.token)
}

function nodeOf({ diameter, export: { address } }: Config): ExportNode {
  return { name: diameter.originHost, address }
}

function accountsOf(accounts: Accounts): Omit<AccountsBackend, 'close'> {
  return {
    open: lines => importLines(accounts, lines),
    async *list() {
      for await (const view of pages(cursor => accounts.list(cursor, pageLimit))) {
        yield viewAccount(view)
      }
    },
    async show(id) {
      const view = await accounts.view(id)
      return view === null ? null : viewAccount(view)
    },
    addLines: (id, body) => told(addLines(accounts, id, body, null)),
    changeLine: (id, line, numbers) => told(changeLine(accounts, id, line, numbers, null)),
    endLine: (id, line) => told(endLine(accounts, id, line, null)),
    async *sessions(account) {
      let cursor: string | null = null
      do {
        const page: Awaited<ReturnType<Accounts['sessions']>> =
          account === null
            ? await accounts.allSessions(cursor, pageLimit)
            : await accounts.sessions(account, cursor, pageLimit)
        if (page === null) {
          throw new GyroError('GYRO_NOT_FOUND', `there is no account "${account}"`)
        }
        yield* await viewSessions(accounts.view, page.items)
        cursor = page.next
      } while (cursor !== null)
    }
  }
}

/** What the API refuses is told as it says it. */
async function told(asked: Promise<unknown>): Promise<void> {
  try {
    await asked
  } catch (error) {
    const detail = detailOfRefusal(error)
    throw detail === null ? error : new GyroError('GYRO_INPUT_INVALID', detail, { cause: error })
  }
}

async function* pages<T>(read: (cursor: string | null) => Promise<Page<T>>): AsyncGenerator<T> {
  let cursor: string | null = null
  do {
    const page: Page<T> = await read(cursor)
    yield* page.items
    cursor = page.next
  } while (cursor !== null)
}

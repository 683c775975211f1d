/**
 * Where commands find accounts, sessions and CDRs: in the stores themselves, or, where a running server holds
 * an embedded store, through the API of that server.
 */
import type { NewAccount } from '../api/accounts.ts'
import type { ImportResult } from '../api/bulk.ts'
import type { LineNumbers } from '../api/lines.ts'
import type { ReportJson } from '../api/reconcile.ts'
import type { ExplanationJson, SimulationJson } from '../api/simulation-views.ts'
import type { AccountJson, CdrJson, SessionJson } from '../api/views.ts'
import type { Rerate } from '../charging/adjustment.ts'
import type { ChainBook } from '../charging/chain.ts'
import type { ExportBook, ExportNode } from '../charging/ports.ts'
import type { Retain } from '../charging/retention.ts'
import type { SessionNames } from '../domain/session-key.ts'
import type { RerateAnswer } from '../rerate/run.ts'
import type { Repair } from '../server/repairer.ts'

/** A line of JSON Lines: the body of POST /v1/accounts, and where it stands in its file. */
export interface AccountLine {
  /** From 1. */
  readonly number: number
  readonly text: string
}

export interface AccountsBackend {
  /** Opens the accounts, many at a time; results come in the order of the lines. */
  open(lines: AsyncIterable<AccountLine>): AsyncIterable<ImportResult>
  list(): AsyncIterable<AccountJson>
  /** null: there is no such account. */
  show(id: string): Promise<AccountJson | null>
  /** All of them or none: the body of POST /v1/accounts/{id}/lines. Rejects with what is in the way, as the next two do. */
  addLines(id: string, body: unknown): Promise<void>
  changeLine(id: string, line: string, numbers: LineNumbers): Promise<void>
  endLine(id: string, line: string): Promise<void>
  /** Open sessions; of one account unless it is null. Rejects with GYRO_NOT_FOUND on an unknown account. */
  sessions(account: string | null): AsyncIterable<SessionJson>
  close(): Promise<void>
}

/** Dry runs and explanations. */
export interface SimulatorBackend {
  /** Plays a body of POST /v1/simulate. Rejects with GYRO_INPUT_INVALID, and GYRO_NOT_FOUND on an unknown account. */
  simulate(body: unknown): Promise<SimulationJson>
  /** null: there is no such session. */
  explain(session: SessionNames): Promise<ExplanationJson | null>
  close(): Promise<void>
}

/** Pages of one report; see cli/merge-reports.ts. */
export interface ReconcilerBackend {
  /** Of one account unless it is null. Rejects with GYRO_NOT_FOUND on an unknown account. */
  reports(account: string | null): AsyncIterable<ReportJson>
  /** Whether servers have records on their disks that are not in the database yet. */
  spilled(): Promise<boolean>
  /** Brings an account to its ledger; null: it is not behind it. Rejects with GYRO_STORE_LOCKED beside a server with the store. */
  repair(accountId: string): Promise<Repair | null>
  close(): Promise<void>
}

export interface RerateBackend {
  readonly rerate: Rerate<RerateAnswer>
  close(): Promise<void>
}

export interface ChainBackend {
  readonly chain: ChainBook
  close(): Promise<void>
}

export interface RetentionBackend {
  readonly retain: Retain
  close(): Promise<void>
}

export interface CdrsBackend {
  /** Newest first; of one account unless it is null. */
  /** `traceId`: only with an account. */
  list(account: string | null, traceId?: string): AsyncIterable<CdrJson>
  readonly exports: ExportBook
  /** The node that files are of, as configured here. */
  readonly node: ExportNode
  close(): Promise<void>
}

export function lineOf(number: number, account: NewAccount): AccountLine {
  return { number, text: JSON.stringify(account) }
}

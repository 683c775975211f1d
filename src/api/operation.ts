/**
 * One row of the HTTP API. Routes and /openapi.json are both made of these rows, so that neither can say
 * what the other does not.
 */
import type { Context } from 'hono'
import type { Rerate } from '../charging/adjustment.ts'
import type { ChainBook } from '../charging/chain.ts'
import type { Accounts, CatalogueControl, CdrReader, ExportBook } from '../charging/ports.ts'
import type { Reconciler } from '../charging/reconciliation.ts'
import type { Retain } from '../charging/retention.ts'
import type { Simulator } from '../charging/simulation.ts'
import type { Logger } from '../domain/log.ts'
import type { UsageIntake } from '../domain/usage-book.ts'
import type { AnswerSchema, RequestSchema } from './schemas.ts'

export interface Check {
  readonly status: 'up' | 'down'
  readonly detail?: string
}

export interface Readiness {
  /** Charging requests are answered without this part, but work piles up. */
  readonly cdr: Check
  /** No charging request can be answered without this part. */
  readonly store: Check
}

/** What the API is made of; the composition root hands it in. */
export interface ApiParts {
  readonly accounts: Accounts
  readonly cdrs: CdrReader
  readonly exports: ExportBook
  /** Without a key of the request it checks signatures with that of the server. */
  readonly chain: ChainBook
  readonly retain: Retain
  readonly simulator: Simulator
  readonly catalogue: CatalogueControl
  readonly reconciler: Reconciler
  readonly rerate: Rerate
  readonly usage: UsageIntake
  readonly log: Logger
  /** Bearer token of /v1; null: none is asked for. */
  readonly token: string | null
  /** Of the program, for /openapi.json. */
  readonly version: string
  readiness(): Promise<Readiness>
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
}

export type ParameterName =
  | 'id'
  | 'session'
  | 'subscription'
  | 'line'
  | 'account'
  | 'trace'
  | 'limitName'
  | 'limit'
  | 'cursor'
  | 'sessionQuery'
  | 'subSession'
  | 'after'
  | 'through'
  | 'grace'
  | 'keyRequired'
  | 'keyOptional'

export interface Answer {
  readonly description: string
  readonly schema?: AnswerSchema
  /** `application/json` unless given. */
  readonly type?: string
}

export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** With parameters in braces: `/v1/accounts/{id}`. */
  readonly path: string
  readonly id: string
  readonly summary: string
  readonly parameters?: readonly ParameterName[]
  readonly body?: RequestSchema
  /** The body may be left out. */
  readonly bodyOptional?: true
  /** `application/json` unless given. */
  readonly bodyType?: string
  /** Answers of success; problems are listed by their status alone. */
  readonly answers: Readonly<Record<number, Answer>>
  readonly problems?: readonly number[]
  handle(c: Context): Response | Promise<Response>
}

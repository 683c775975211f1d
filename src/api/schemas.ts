/**
 * JSON schemas of the HTTP API: requests are checked by them, and /openapi.json shows them.
 *
 * Requests are closed (additionalProperties: false), so that a misspelt member is refused and not ignored.
 */

import { accountView } from './account-schema.ts'
import { catalogueView, newReload } from './catalogue-schemas.ts'
import {
  chainHeads,
  chainReport,
  newRetention,
  newVerification,
  retention
} from './chain-schemas.ts'
import { exportFinish, exportNext, exportPlan, exportStep, recordedCdrs } from './export-schemas.ts'
import { reconciliationView } from './reconcile-schemas.ts'
import { cdrView, sessionView } from './record-schemas.ts'
import { newRerating, reratingView } from './rerate-schemas.ts'
import { newSimulation } from './scenario-schema.ts'
import {
  accountIdPattern,
  amountIn,
  closed,
  count,
  digits,
  lineIn,
  list,
  money,
  offerIn,
  open,
  page,
  type Schema,
  subSessionId,
  text,
  textOrNull,
  withSome
} from './schema-parts.ts'
import { explanationView, simulationView } from './simulation-schemas.ts'

export { accountIdPattern, type Schema } from './schema-parts.ts'

import { newUsage, usageAnswers } from './usage-schemas.ts'

const linesIn: Schema = { type: 'array', items: lineIn, minItems: 1, maxItems: 10_000 }

export const requestSchemas = {
  NewAccount: closed(
    {
      id: { type: 'string', pattern: accountIdPattern },
      lines: linesIn,
      offers: {
        type: 'array',
        items: offerIn,
        maxItems: 64,
        uniqueItems: true
      },
      topUp: { ...amountIn, description: 'The first credit of the wallet; none unless given.' }
    },
    ['id', 'lines']
  ),
  NewLines: closed({ lines: linesIn }, ['lines']),
  LineNumbers: {
    ...closed(
      {
        msisdn: { type: 'string', pattern: digits, description: 'Digits without plus.' },
        imsi: { type: 'string', pattern: digits }
      },
      []
    ),
    minProperties: 1
  },
  NewTopUp: closed({ amount: amountIn }, ['amount']),
  NewSubscription: closed(
    {
      offer: offerIn,
      line: {
        type: 'string',
        pattern: digits,
        description: 'MSISDN or IMSI of the line that it is for alone; the account unless given.'
      },
      replaces: {
        ...offerIn,
        description:
          'A subscription of the account, or of the line, by its id or its offer, that ends at once: the rest of its fee is given back. Needs an Idempotency-Key.'
      }
    },
    ['offer']
  ),
  LimitChoice: {
    ...closed(
      {
        amount: {
          type: ['string', 'integer', 'null'],
          maxLength: 40,
          description:
            'Money as decimal text, or units such as "5 GB" or 100; null: that of the offer again.',
          examples: ['20.00']
        },
        beyond: {
          type: 'string',
          enum: ['no', 'period', 'always'],
          description: 'Whether to go on when it is reached.'
        },
        line: { ...text, maxLength: 128, description: 'Of this line; shared by all unless given.' }
      },
      []
    ),
    minProperties: 1
  },
  NewBlock: closed({ reason: { type: 'string', minLength: 1, maxLength: 512 } }, ['reason']),
  NewReauthorization: closed(
    {
      ratingGroup: {
        type: 'integer',
        minimum: 0,
        maximum: 4_294_967_295,
        description: 'Of this rating group alone; the whole session unless given.'
      }
    },
    []
  ),
  NewReauthorizations: closed(
    {
      account: {
        type: 'string',
        pattern: accountIdPattern,
        description: 'Of this account; every account unless given.'
      },
      cause: {
        type: 'string',
        enum: ['operator', 'catalogue'],
        description: '`catalogue` after a change of prices; for the metrics.'
      }
    },
    []
  ),
  NewSimulation: newSimulation,
  ExportNext: exportNext,
  ExportStep: exportStep,
  ExportFinish: exportFinish,
  NewReload: newReload,
  NewRerating: newRerating,
  NewRetention: newRetention,
  NewVerification: newVerification,
  NewUsage: newUsage
} as const satisfies Record<string, Schema>

export type RequestSchema = keyof typeof requestSchemas

export const answerSchemas = {
  Account: accountView,
  AccountPage: page(accountView),
  AddedLines: open({
    accountId: text,
    lines: list(open({ msisdn: textOrNull, imsi: textOrNull }))
  }),
  ChangedLine: withSome({ accountId: text, line: text }, { msisdn: text, imsi: text }),
  EndedLine: open({ accountId: text, line: text }),
  TopUp: open({ accountId: text, amount: money, idempotencyKey: text }),
  Subscription: withSome({ accountId: text, offer: text }, { line: text }),
  Catalogue: catalogueView,
  SessionPage: page(sessionView),
  SessionOrder: withSome(
    {
      sessionId: text,
      accountId: text,
      action: { type: 'string', enum: ['reauthorize', 'abort'] },
      ratingGroup: { type: ['integer', 'null'] }
    },
    { subSessionId }
  ),
  OrderCount: open({ accounts: { ...count, description: 'Accounts with open sessions.' } }),
  Cdr: cdrView,
  CdrPage: page(cdrView),
  ExportPlan: exportPlan,
  RecordedCdrs: recordedCdrs,
  ChainHeads: chainHeads,
  ChainReport: chainReport,
  Retention: retention,
  ReconciliationPage: page(reconciliationView),
  Simulation: simulationView,
  Rerating: reratingView,
  ...usageAnswers,
  Explanation: explanationView(sessionView, cdrView),
  ImportResult: withSome(
    { line: count, id: textOrNull, status: { type: 'integer' } },
    { reason: text, detail: text }
  ),
  Health: {
    type: 'object',
    properties: {
      status: { type: 'string', enum: ['live', 'ready', 'degraded', 'not-ready'] },
      checks: { type: 'object' }
    },
    required: ['status']
  },
  Problem: {
    type: 'object',
    properties: {
      type: text,
      title: text,
      status: { type: 'integer' },
      detail: text,
      errors: list(open({ member: text, detail: text }))
    },
    required: ['type', 'title', 'status', 'detail']
  }
} as const satisfies Record<string, Schema>

export type AnswerSchema = keyof typeof answerSchemas

/** The HTTP API as one function from request to response. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { accountOperations } from './accounts.ts'
import { bulkOperations } from './bulk.ts'
import { catalogueOperations } from './catalogue.ts'
import { chainOperations } from './cdr-chain.ts'
import { exportOperations } from './exports.ts'
import { healthOperations } from './health.ts'
import { limitOperations } from './limits.ts'
import { lineOperations } from './lines.ts'
import { listOperations } from './lists.ts'
import { openApi } from './openapi.ts'
import type { ApiParts, Operation } from './operation.ts'
import { orderOperations } from './orders.ts'
import { problemOf, problemOfError, problemResponse } from './problem.ts'
import { reconcileOperations } from './reconcile.ts'
import { rerateOperations } from './rerate.ts'
import { simulateOperations } from './simulate.ts'
import { subscriptionOperations } from './subscriptions.ts'
import { usageOperations } from './usage.ts'

export function createApp(parts: ApiParts): Hono {
  const operations: readonly Operation[] = [
    ...healthOperations(parts),
    ...accountOperations(parts),
    ...lineOperations(parts),
    ...subscriptionOperations(parts),
    ...bulkOperations(parts),
    ...listOperations(parts),
    ...exportOperations(parts),
    ...chainOperations(parts),
    ...limitOperations(parts),
    ...reconcileOperations(parts),
    ...orderOperations(parts),
    ...simulateOperations(parts),
    ...catalogueOperations(parts),
    ...rerateOperations(parts),
    ...usageOperations(parts)
  ]
  const description: Operation = {
    method: 'get',
    path: '/openapi.json',
    id: 'openApi',
    summary: 'This description',
    answers: { 200: { description: 'OpenAPI 3.1.' } },
    handle: c => c.json(document)
  }
  const rows = [...operations, description]
  const document = openApi(rows, parts.version, parts.token !== null)

  const app = new Hono()
  if (parts.token !== null) requireToken(app, parts.token)
  for (const row of rows) app.on(row.method.toUpperCase(), routeOf(row.path), c => row.handle(c))
  for (const path of new Set(rows.map(row => row.path))) refuseOthers(app, path, rows)
  app.notFound(c =>
    problemResponse(
      problemOf(404, 'not-found', `there is nothing at ${c.req.path}; see /openapi.json`)
    )
  )
  app.onError((error, c) => answerError(parts, error, c))
  return app
}

/** `/v1/accounts/{id}` to `/v1/accounts/:id`. */
function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function refuseOthers(app: Hono, path: string, rows: readonly Operation[]): void {
  const methods = rows.filter(row => row.path === path).map(row => row.method.toUpperCase())
  if (methods.includes('GET')) methods.push('HEAD')
  const allow = methods.join(', ')
  app.all(routeOf(path), c =>
    problemResponse(
      problemOf(405, 'method-not-allowed', `${c.req.method} is not possible here; use ${allow}`),
      { allow }
    )
  )
}

function requireToken(app: Hono, token: string): void {
  const expected = digest(`Bearer ${token}`)
  app.use('/v1/*', async (c, next) => {
    // Digests have one length, so neither the comparison nor its absence tells anything about the token.
    const given = digest((c.req.header('authorization') ?? '').replace(/^bearer /i, 'Bearer '))
    if (timingSafeEqual(expected, given)) return await next()
    return problemResponse(
      problemOf(401, 'unauthorized', 'send the header Authorization: Bearer with GYRO_API_TOKEN'),
      { 'www-authenticate': 'Bearer realm="gyro"' }
    )
  })
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function answerError(parts: ApiParts, error: Error, c: Context): Response {
  if (error instanceof HTTPException) return error.getResponse()
  const problem = problemOfError(error)
  if (problem !== null) return problemResponse(problem)
  parts.log.error({ err: error, method: c.req.method, path: c.req.path }, 'a request failed')
  return problemResponse(
    problemOf(500, 'internal', 'the server failed on this request; its log says why')
  )
}

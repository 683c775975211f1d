/** Liveness, readiness and metrics: for orchestrators and monitoring, without a token. */
import type { ApiParts, Operation } from './operation.ts'

export function healthOperations(parts: ApiParts): readonly Operation[] {
  return [
    {
      method: 'get',
      path: '/livez',
      id: 'live',
      summary: 'Whether the process answers at all',
      answers: { 200: { description: 'It does.', schema: 'Health' } },
      handle: c => c.json({ status: 'live' })
    },
    {
      method: 'get',
      path: '/readyz',
      id: 'ready',
      summary: 'Whether charging requests can be answered',
      answers: {
        200: {
          description: 'They can. `degraded`: the CDR database is away and records are kept.',
          schema: 'Health'
        },
        503: {
          description: 'The store is away, or the server is starting or stopping.',
          schema: 'Health'
        }
      },
      async handle(c) {
        const { store, cdr } = await parts.readiness()
        if (store.status === 'down') {
          return c.json({ status: 'not-ready', checks: { store, cdr } }, 503)
        }
        const status = cdr.status === 'up' ? 'ready' : 'degraded'
        return c.json({ status, checks: { store, cdr } })
      }
    },
    {
      method: 'get',
      path: '/metrics',
      id: 'metrics',
      summary: 'Metrics in the text format of Prometheus',
      answers: { 200: { description: 'The metrics.', type: 'text/plain' } },
      async handle(c) {
        const { contentType, text } = await parts.metrics()
        return c.body(text, 200, { 'content-type': contentType })
      }
    }
  ]
}

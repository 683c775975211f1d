/** The clients that are connected to the workers of a server, as its primary sees them. */
import type { Worker } from 'node:cluster'
import type { OrderResult, SessionOrder } from '../domain/order.ts'
import { systemScheduler } from '../ops/clock.ts'
import { placeOf } from '../orders/places.ts'
import type { Reach } from './orders.ts'

export interface OrderForWorker {
  readonly kind: 'order'
  readonly id: number
  readonly order: SessionOrder
}

export type OrderFromWorker =
  | { readonly kind: 'peers'; readonly hosts: readonly string[] }
  | { readonly kind: 'ordered'; readonly id: number; readonly result: OrderResult }

export interface WorkerReach extends Reach {
  add(worker: Worker): void
}

/** Above what all tries of a worker take together. */
const answerMs = 20_000

/** `changed` is called when the clients of a worker are others than before. */
export function createWorkerReach(changed: () => void): WorkerReach {
  const hosts = new Map<Worker, readonly string[]>()
  const waiting = new Map<number, { worker: Worker; done: (result: OrderResult) => void }>()
  let last = 0

  function hear(worker: Worker, message: OrderFromWorker): void {
    if (message.kind === 'peers') {
      hosts.set(worker, message.hosts)
      changed()
    } else if (message.kind === 'ordered') {
      waiting.get(message.id)?.done(message.result)
    }
  }

  function gone(worker: Worker): void {
    hosts.delete(worker)
    changed()
    for (const { worker: asked, done } of [...waiting.values()]) {
      if (asked === worker) done('unreachable')
    }
  }

  function workerOf(order: SessionOrder): Worker | null {
    return placeOf(
      order,
      [...hosts].filter(([worker]) => worker.isConnected())
    )
  }

  return {
    add(worker) {
      worker.on('message', (message: OrderFromWorker) => hear(worker, message))
      worker.on('exit', () => gone(worker))
    },
    hosts: () => [...new Set([...hosts.values()].flat())],
    notifier: {
      deliver(order) {
        const worker = workerOf(order)
        if (worker === null) return Promise.resolve('unreachable')
        const id = ++last
        return new Promise(resolve => {
          const done = (result: OrderResult) => {
            cancel()
            waiting.delete(id)
            resolve(result)
          }
          const cancel = systemScheduler.later(answerMs, () => done('timeout'))
          waiting.set(id, { worker, done })
          worker.send({ kind: 'order', id, order } satisfies OrderForWorker)
        })
      }
    }
  }
}

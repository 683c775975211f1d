/** Requests handed from one worker of a server to another, by way of the primary (see balance/hand-over.ts). */
import type { Worker } from 'node:cluster'
import type { HandedAnswers, HandedRequests, HandOver } from '../balance/hand-over.ts'
import { systemScheduler } from '../ops/clock.ts'

export type HandOverToWorker =
  /** The workers that there are, by the names in the versions that they write. */
  | { readonly kind: 'writers'; readonly names: readonly string[] }
  | {
      readonly kind: 'take-over'
      readonly from: string
      readonly id: number
      readonly handed: HandedRequests
    }
  | { readonly kind: 'taken-over'; readonly id: number; readonly answers: HandedAnswers }

export type HandOverFromWorker =
  | { readonly kind: 'writer'; readonly name: string }
  | {
      readonly kind: 'hand-over'
      readonly writer: string
      readonly id: number
      readonly handed: HandedRequests
    }
  | {
      readonly kind: 'taken-over'
      readonly to: string
      readonly id: number
      readonly answers: HandedAnswers
    }

/** The primary: knows the workers by name, and passes on what they send each other. */
export function createHandOverHub(): { add(worker: Worker): void } {
  const workers = new Map<string, Worker>()

  function tell(worker: Worker | undefined, message: HandOverToWorker): void {
    if (worker?.isConnected() === true) worker.send(message)
  }

  function announce(): void {
    const names = [...workers.keys()]
    for (const worker of workers.values()) tell(worker, { kind: 'writers', names })
  }

  function nameOf(worker: Worker): string {
    for (const [name, other] of workers) if (other === worker) return name
    return ''
  }

  /** A message to a worker that is gone is lost: who sent it hears of its end, or waits no longer than it said. */
  function hear(worker: Worker, message: HandOverFromWorker): void {
    if (message.kind === 'writer') {
      workers.set(message.name, worker)
      announce()
    } else if (message.kind === 'hand-over') {
      const { writer, id, handed } = message
      tell(workers.get(writer), { kind: 'take-over', from: nameOf(worker), id, handed })
    } else if (message.kind === 'taken-over') {
      const { to, id, answers } = message
      tell(workers.get(to), { kind: 'taken-over', id, answers })
    }
  }

  return {
    add(worker) {
      worker.on('message', (message: HandOverFromWorker) => hear(worker, message))
      worker.on('exit', () => {
        workers.delete(nameOf(worker))
        announce()
      })
    }
  }
}

export interface WorkerHandOver extends HandOver {
  /** A message of the primary; false: it is about something else. */
  hear(message: { readonly kind: string }): boolean
}

type TakeOver = (handed: HandedRequests, done: (answers: HandedAnswers) => void) => void

/** A worker: `tell` sends to the primary, `takeOver` decides what others handed over. */
export function createWorkerHandOver(
  tell: (message: HandOverFromWorker) => void,
  takeOver: TakeOver
): WorkerHandOver {
  const waiting = new Map<number, { writer: string; done: (answers: HandedAnswers) => void }>()
  let names: ReadonlySet<string> = new Set()
  let last = 0

  function hear(message: HandOverToWorker): boolean {
    switch (message.kind) {
      case 'writers':
        names = new Set(message.names)
        for (const { writer, done } of [...waiting.values()]) if (!names.has(writer)) done([])
        return true
      case 'take-over': {
        const { from: to, id, handed } = message
        takeOver(handed, answers => tell({ kind: 'taken-over', to, id, answers }))
        return true
      }
      case 'taken-over':
        waiting.get(message.id)?.done(message.answers)
        return true
      default:
        return false
    }
  }

  return {
    hear: message => hear(message as HandOverToWorker),
    offer(writer, handed, done) {
      if (!names.has(writer)) return false
      const id = ++last
      const end = (answers: HandedAnswers) => {
        cancel()
        if (waiting.delete(id)) done(answers)
      }
      const cancel = systemScheduler.later(handed.withinMs, () => end([]))
      waiting.set(id, { writer, done: end })
      tell({ kind: 'hand-over', writer, id, handed })
      return true
    }
  }
}

/** A group whose results are promises: for what is rare, or many calls of one request. */
import { createGroup } from './group.ts'

export interface Promises<Call, Result> {
  ask(call: Call): Promise<Result>
  send(): void
}

export function createPromises<Call, Result>(
  call: (calls: readonly Call[]) => Promise<readonly Result[]>,
  callsMax: number,
  schedule: () => void
): Promises<Call, Result> {
  type Waiting = { resolve(result: Result): void; reject(error: unknown): void }
  const group = createGroup<Call, Result, Waiting>({
    call,
    callsMax,
    schedule,
    done: (waiting, result) => waiting.resolve(result),
    failed: (waiting, error) => waiting.reject(error)
  })
  return {
    ask: asked => new Promise((resolve, reject) => group.add(asked, { resolve, reject })),
    send: () => group.send()
  }
}

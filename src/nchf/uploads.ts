/** Bodies that are still arriving, each with the same time for it: one timer serves all. */
import { createLinkedList, type Linked } from '../domain/linked-list.ts'
import type { Clock, Scheduler } from '../domain/time.ts'

export interface Upload extends Linked<Upload> {
  /** On the monotonic clock; set by `add`. */
  startedAt: number
  giveUp(): void
}

export interface Uploads {
  add(upload: Upload): void
  /** Nothing happens when it is not arriving any more. */
  delete(upload: Upload): void
}

const checksPerLimit = 10

export function createUploads(clock: Clock, scheduler: Scheduler, limitMs: number): Uploads {
  const uploads = createLinkedList<Upload>()
  let armed = false

  function check(): void {
    armed = false
    const before = clock.monotonic() - limitMs
    for (let at = uploads.first(); at !== null && at.startedAt <= before; at = uploads.first()) {
      uploads.delete(at)
      at.giveUp()
    }
    if (uploads.first() !== null) arm()
  }

  function arm(): void {
    if (armed) return
    armed = true
    scheduler.later(limitMs / checksPerLimit, check)
  }

  return {
    add(upload) {
      upload.startedAt = clock.monotonic()
      uploads.push(upload)
      arm()
    },
    delete: upload => uploads.delete(upload)
  }
}

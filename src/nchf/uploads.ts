/** Bodies that are still arriving, each with the same time for it: one timer serves all. */
import type { Clock, Scheduler } from '../domain/time.ts'

export interface Upload {
  giveUp(): void
}

export interface Uploads {
  add(upload: Upload): void
  delete(upload: Upload): void
}

const checksPerLimit = 10

export function createUploads(clock: Clock, scheduler: Scheduler, limitMs: number): Uploads {
  /** In the order of their arrival. */
  const started = new Map<Upload, number>()
  let armed = false

  function check(): void {
    armed = false
    const before = clock.monotonic() - limitMs
    for (const [upload, at] of started) {
      if (at > before) break
      started.delete(upload)
      upload.giveUp()
    }
    if (started.size > 0) arm()
  }

  function arm(): void {
    if (armed) return
    armed = true
    scheduler.later(limitMs / checksPerLimit, check)
  }

  return {
    add(upload) {
      started.set(upload, clock.monotonic())
      arm()
    },
    delete: upload => void started.delete(upload)
  }
}

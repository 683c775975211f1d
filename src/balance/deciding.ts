/** How the lanes decide: by the engine, whose faults are counted and logged. */
import type { Decide } from '../charging/decision.ts'
import type { Logger } from '../domain/log.ts'
import type { Deciding } from './batch.ts'
import type { Counters } from './counters.ts'
import { dumpDecision } from './dump.ts'
import type { Versions } from './versions.ts'

export interface DecidingOptions {
  readonly decide: Decide
  readonly versions: Versions
  readonly logger: Logger
  readonly counters: Counters
  readonly limits: { readonly operationSeconds: number }
}

export function createDeciding({
  counters,
  decide,
  limits,
  logger,
  versions
}: DecidingOptions): Deciding {
  return {
    decide,
    operationSeconds: limits.operationSeconds,
    nextVersion: () => versions.next(),
    failed(job, state, error) {
      counters.assertions++
      const dump = dumpDecision(state, job.request)
      logger.error({ error: String(error), stack: stackOf(error), dump }, 'a decision failed')
    }
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined
}

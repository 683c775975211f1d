/** How the lanes decide: by the engine, whose faults are counted and logged. */
import type { Decide, State } from '../charging/decision.ts'
import type { Logger } from '../domain/log.ts'
import type { ChargingRequest } from '../domain/request.ts'
import { traceIdOf } from '../trace/trace-id.ts'
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
      const { request } = job
      const dump = dumpDecision(state, request)
      const trace = request.kind === 'charging' ? { traceId: traceOfState(state, request) } : {}
      const said = { ...trace, error: String(error), stack: stackOf(error), dump }
      logger.error(said, 'a decision failed')
    }
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined
}

/** That of the session, as its CDR has it. */
function traceOfState({ closed, sessions }: State, request: ChargingRequest): string {
  return (sessions.get(request.sessionId) ?? closed)?.traceId ?? traceIdOf(request)
}

/** What the charging service is made of. */
import type { Logger } from '../domain/log.ts'
import type { ChargingRequest } from '../domain/request.ts'
import { traceIdOf } from '../trace/trace-id.ts'
import type { Counters } from './counters.ts'
import type { Deadlines } from './deadlines.ts'
import type { DirectorySink } from './directory.ts'
import { maskDigits } from './dump.ts'
import type { Group } from './group.ts'
import type { Identities } from './identities.ts'
import { noJournal, type UsageJournal } from './journal/journal.ts'
import type { LaneCache } from './lane-cache.ts'
import type { Lanes } from './lanes.ts'
import type { ServiceLimits, ServiceOptions, ServiceStats } from './service-types.ts'
import type { DirectoryKey } from './store.ts'
import type { Turn } from './turn.ts'

/** The parts of the service, tied together once. */
export interface Parts {
  readonly options: ServiceOptions
  readonly limits: ServiceLimits
  readonly counters: Counters
  readonly turn: Turn
  readonly directory: Group<DirectoryKey, DirectorySink>
  readonly cache: LaneCache
  readonly deadlines: Deadlines
  readonly lanes: Lanes
  readonly identities: Identities
  /** Its name in the versions that it writes. */
  readonly writer: string
  /** null: usage is not journaled. */
  journal: UsageJournal | null
  waiting: number
  closed: boolean
  drained: (() => void) | null
}

export function statsOf(parts: Parts): ServiceStats {
  const { cache, counters, identities, journal, lanes, waiting } = parts
  return {
    ...counters,
    ...(journal?.stats() ?? noJournal),
    lanes: cache.lanes(),
    cachedDocuments: cache.documents(),
    cachedIdentities: identities.size(),
    waiting,
    commitsInFlight: lanes.commits.inFlight(),
    groups: lanes.commits.sent(),
    largestGroup: lanes.commits.largest()
  }
}

export function warnOfContradiction(
  logger: Logger,
  request: ChargingRequest,
  accounts: readonly string[]
): void {
  logger.warn(
    { session: maskDigits(request.sessionId), traceId: traceIdOf(request), accounts },
    'the identities of a request belong to different accounts'
  )
}

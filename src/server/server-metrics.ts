/** What the server shows of itself at /metrics, beside the answered requests. */
import type { ServiceStats } from '../balance/service.ts'
import type { Drain } from '../cdr/drain.ts'
import { systemClock } from '../ops/clock.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { House } from './compose.ts'

/** Of the charging service; every process has its own. */
const ofService: readonly (readonly [name: string, help: string, read: keyof ServiceStats])[] = [
  ['gyro_decisions', 'Requests answered by a decision since the start.', 'decided'],
  ['gyro_timeouts', 'Requests answered too busy because their time was over.', 'timedOut'],
  ['gyro_commit_conflicts', 'Commits that met another version and were repeated.', 'conflicts'],
  [
    'gyro_handed_over',
    'Batches that lost two races and went to the worker that won them.',
    'handedOver'
  ],
  ['gyro_store_failures', 'Commits or look-ups that the store rejected.', 'storeFailures'],
  ['gyro_failed_decisions', 'Decisions that failed an assertion: an alarm.', 'assertions'],
  ['gyro_late_usage', 'CDRs of usage that came after the close of its session.', 'lateUsage'],
  ['gyro_partial_cdrs', 'CDRs of sessions that go on behind them.', 'partialCdrs'],
  ['gyro_implausible_usage', 'Reports of more than their line can carry: an alarm.', 'implausible'],
  [
    'gyro_journal_records',
    'Requests in the usage journal that wait to be replayed.',
    'journalRecords'
  ],
  ['gyro_journal_bytes', 'What they take on disk.', 'journalOctets'],
  ['gyro_journal_written', 'Requests journaled since the start.', 'journalWritten'],
  ['gyro_journal_replayed', 'Requests replayed and settled since the start.', 'journalReplayed'],
  [
    'gyro_journal_dead',
    'Requests put into dead-letters.jsonl since the start: an alarm.',
    'journalDead'
  ],
  [
    'gyro_journal_lost',
    'Requests with usage that could not be journaled: an alarm.',
    'journalLost'
  ],
  ['gyro_journal_damaged', 'Damaged records found in journals: an alarm.', 'journalDamaged'],
  ['gyro_journal_failing', '1 while the journal is full or cannot be written.', 'journalFailing'],
  ['gyro_granted_without_store', 'Requests granted from the catalogue alone.', 'grantedAlone'],
  ['gyro_requests_waiting', 'Requests not answered yet.', 'waiting'],
  ['gyro_commits_in_flight', 'Calls of the store under way.', 'commitsInFlight'],
  ['gyro_commit_groups', 'Calls of the store that committed since the start.', 'groups'],
  ['gyro_cached_documents', 'Documents in the cache.', 'cachedDocuments']
]

export function watchService(metrics: Metrics, house: House, drain: Drain | null): void {
  for (const [name, help, read] of ofService) {
    metrics.gauge(name, help, () => house.service.stats()[read])
  }
  if (drain === null) return
  metrics.gauge('gyro_outbox_depth', 'Records that wait for the CDR database.', () =>
    house.store.outbox.depth()
  )
  metrics.gauge('gyro_cdr_written', 'Records written since the start.', () => drain.stats().written)
  metrics.gauge(
    'gyro_cdr_rejected',
    'Records put into the dead-letter table since the start: an alarm.',
    () => drain.stats().rejected
  )
  metrics.gauge(
    'gyro_cdr_conflicts',
    'Records that met their key with other content since the start: an alarm.',
    () => drain.stats().conflicts
  )
  metrics.gauge('gyro_cdr_failing', '1 while the CDR database cannot be written.', () =>
    drain.stats().failing ? 1 : 0
  )
  metrics.gauge(
    'gyro_cdr_idle_seconds',
    'Since records were last written or none waited: an alarm when it grows.',
    () => {
      const { lastSuccessAt } = drain.stats()
      return lastSuccessAt === null ? 0 : (systemClock.now() - lastSuccessAt) / 1_000
    }
  )
}

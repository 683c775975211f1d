/** What the server says of itself on /readyz. */
import type { Readiness } from '../api/operation.ts'
import type { Drain } from '../cdr/drain.ts'
import type { CdrStore } from '../cdr/open-cdr.ts'
import type { Spill } from '../cdr/spill/spill.ts'
import { systemScheduler } from '../ops/clock.ts'
import type { House } from './compose.ts'

const pingMs = 2_500

/** What /readyz says before everything is open. */
export const starting: Readiness = {
  store: { status: 'down', detail: 'starting: the network cannot be served yet' },
  cdr: { status: 'up' }
}
/** Balancers look elsewhere while what is in flight is answered. */
export const stopping: Readiness = {
  store: { status: 'down', detail: 'stopping: the network is not served any more' },
  cdr: { status: 'up' }
}

/** Whether charging requests can be answered now, and CDRs written. */
export async function readiness(
  house: House,
  cdr: CdrStore,
  drain: Drain,
  spill: Spill | null
): Promise<Readiness> {
  const [store, cdrs] = await Promise.all([
    check(() => house.store.ping()),
    check(() => cdr.ping())
  ])
  if (cdrs.status === 'down') return { store, cdr: cdrs }
  if (drain.stats().failing) {
    return { store, cdr: { status: 'down', detail: 'CDRs cannot be written; the log says why' } }
  }
  const { records, elsewhere } = spill?.stats() ?? { records: 0, elsewhere: 0 }
  if (records === 0 && elsewhere === 0) return { store, cdr: cdrs }
  const detail = `spilled records are delivered: ${records} here, ${elsewhere} files of other servers`
  return { store, cdr: { status: 'down', detail } }
}

async function check(ping: () => Promise<void>): Promise<Readiness['store']> {
  let cancel = () => {}
  const late = new Promise<Readiness['store']>(resolve => {
    cancel = systemScheduler.later(pingMs, () =>
      resolve({ status: 'down', detail: `no answer within ${pingMs} ms` })
    )
  })
  const answered = ping().then(
    (): Readiness['store'] => ({ status: 'up' }),
    (error): Readiness['store'] => ({ status: 'down', detail: (error as Error).message })
  )
  const result = await Promise.race([answered, late])
  cancel()
  return result
}

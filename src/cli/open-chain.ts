/** Opens the hash chain over CDRs: in the CDR database, or behind the server that has it. */
import { openCdr } from '../cdr/open-cdr.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import { withOwnKey } from '../server/chain.ts'
import type { ChainBackend } from './backend.ts'
import { clientBeside, setUp } from './open-backend.ts'

export async function openChain(): Promise<ChainBackend> {
  const { config, log } = setUp()
  const ports = { logger: log, clock: systemClock, scheduler: systemScheduler }
  try {
    const { chain, close } = await openCdr(config.cdr.url, ports)
    return { chain: withOwnKey(chain, config), close }
  } catch (error) {
    return { chain: clientBeside(config, error).chain, close: async () => {} }
  }
}

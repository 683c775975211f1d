/** Opens what works on the CDR database and the accounts at once: the stores, or the API of the server that has them. */
import type { KeyObject } from 'node:crypto'
import { type CdrStore, openCdr } from '../cdr/open-cdr.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import { type House, openHouse } from '../server/compose.ts'
import { createRerate } from '../server/rerate.ts'
import type { RerateBackend } from './backend.ts'
import { clientBeside, setUp } from './open-backend.ts'

export interface Both {
  readonly house: House
  readonly cdr: CdrStore
  close(): Promise<void>
}

export async function openRerater(): Promise<RerateBackend> {
  const { config, log } = setUp()
  try {
    const { house, cdr, close } = await openBoth(config, log)
    return { rerate: createRerate(house, cdr.adjustments), close }
  } catch (error) {
    return clientBeside(config, error).rerater
  }
}

/** `signingKey`: see WriterOptions. */
export async function openBoth(
  config: Config,
  log: Log,
  signingKey?: KeyObject | null
): Promise<Both> {
  let cdr: CdrStore | null = null
  const archive = async (version: string) => cdr?.catalogues.read(version) ?? null
  const house = await openHouse({ config, log, role: 'command', archive })
  const closeHouse = async () => {
    await house.service.close()
    await house.close()
  }
  try {
    cdr = await openCdr(config.cdr.url, {
      logger: log,
      clock: systemClock,
      scheduler: systemScheduler,
      ...(signingKey === undefined ? {} : { signingKey })
    })
  } catch (error) {
    await closeHouse()
    throw error
  }
  const opened = cdr
  return {
    house,
    cdr: opened,
    async close() {
      await closeHouse()
      await opened.close()
    }
  }
}

/** Opens what retention works on: both stores, or the server that has them. */
import { systemClock } from '../ops/clock.ts'
import { createRetain } from '../server/retention.ts'
import { signingKeyOf } from '../server/signing-key.ts'
import type { RetentionBackend } from './backend.ts'
import { clientBeside, setUp } from './open-backend.ts'
import { openBoth } from './open-rerater.ts'

export async function openRetention(): Promise<RetentionBackend> {
  const { config, log } = setUp()
  let opened: Awaited<ReturnType<typeof openBoth>>
  try {
    opened = await openBoth(config, log, signingKeyOf(config))
  } catch (error) {
    return { retain: clientBeside(config, error).retain, close: async () => {} }
  }
  const { house, cdr, close } = opened
  return {
    retain: createRetain(house.service.accounts, cdr.retention, systemClock, config),
    close
  }
}

/** Runs what this process or thread is for, until a signal ends it in good order. */
import cluster from 'node:cluster'
import type { Config } from '../ops/config.ts'
import { createLog } from '../ops/log.ts'
import { createMetrics } from '../ops/metrics.ts'
import { createShutdown } from '../ops/shutdown.ts'
import { closingOrder, createOpenParts } from './open-parts.ts'
import { startServer } from './server.ts'
import { signalSource } from './serving-thread.ts'
import { failStart, type ProcessOptions, startPrimary, startWorker } from './workers.ts'

/** Resolves once it serves; SIGHUP has it read what may change again. Rejects, with everything closed again, when something cannot be opened. */
export async function runServer(config: Config, readConfig: () => Config): Promise<void> {
  const log = createLog(config.log)
  const open = createOpenParts()
  const signals = signalSource()
  const reloads: (() => void)[] = []
  signals.on('SIGHUP', () => {
    for (const reload of reloads) reload()
  })
  const reloading = { readConfig, onReload: (reload: () => void) => void reloads.push(reload) }
  const shutdown = createShutdown({ log, signals })
  for (const name of closingOrder) shutdown.onClose(name, () => open.close(name))
  try {
    await start({ config, reloading, log, metrics: createMetrics(), open }, shutdown.begin)
  } catch (error) {
    await open.closeAll()
    throw error
  }
}

async function start(options: ProcessOptions, stop: (reason: string) => void): Promise<void> {
  if (!cluster.isWorker) {
    if (options.config.workers > 1) await startPrimary(options)
    else await startServer(options)
    return
  }
  try {
    await startWorker(options, stop)
  } catch (error) {
    failStart(error)
  }
}

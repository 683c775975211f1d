/** gyro serve: the server, until SIGTERM. */
import cluster from 'node:cluster'
import { isMainThread } from 'node:worker_threads'
import type { Command } from 'commander'
import { type Config, loadConfig } from '../ops/config.ts'
import { createLog } from '../ops/log.ts'
import { createMetrics } from '../ops/metrics.ts'
import { createShutdown } from '../ops/shutdown.ts'
import { closingOrder, createOpenParts } from '../server/open-parts.ts'
import { startServer } from '../server/server.ts'
import { serveInThread, signalSource } from '../server/serving-thread.ts'
import { failStart, type ProcessOptions, startPrimary, startWorker } from '../server/workers.ts'
import { configFile } from './options.ts'

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the server until SIGTERM')
    .addHelpText('after', serveHelp)
    .action(serve)
}

const serveHelp = `
Settings are in conf/gyro.yaml, each with its environment variable; an environment variable wins.
Once it serves, it logs one line of JSON with "msg":"ready" and its addresses on stderr.`

async function serve(): Promise<void> {
  const config = loadConfig(process.env, configFile())
  if (runsAlone(config)) {
    process.exitCode = await serveInThread(new URL('../main.js', import.meta.url))
    return
  }
  const log = createLog(config.log)
  const open = createOpenParts()
  const shutdown = createShutdown({ log, signals: signalSource() })
  for (const name of closingOrder) shutdown.onClose(name, () => open.close(name))
  try {
    await start({ config, log, metrics: createMetrics(), open }, shutdown.begin)
  } catch (error) {
    await open.closeAll()
    throw error
  }
}

/** Workers have processes of their own; from sources no thread is started, as it would lack the TypeScript loader. */
function runsAlone(config: Config): boolean {
  const built = import.meta.url.endsWith('.js')
  return built && isMainThread && !cluster.isWorker && config.workers === 1
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

/** gyro serve: the server, until SIGTERM. */
import cluster from 'node:cluster'
import { isMainThread } from 'node:worker_threads'
import type { Command } from 'commander'
import { type Config, loadConfig } from '../ops/config.ts'
import { serveInThread } from '../server/serving-thread.ts'
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
SIGHUP has it read peers, profiles, agents and TLS files again.
Once it serves, it logs one line of JSON with "msg":"ready" and its addresses on stderr.`

/** What the server is made of is loaded where it runs. */
async function serve(): Promise<void> {
  const readConfig = (): Config => loadConfig(process.env, configFile())
  const config = readConfig()
  if (runsAlone(config)) {
    process.exitCode = await serveInThread(new URL('../main.js', import.meta.url))
  } else {
    const { runServer } = await import('../server/run.ts')
    await runServer(config, readConfig)
  }
}

/** Workers have processes of their own; from sources no thread is started, as it would lack the TypeScript loader. */
function runsAlone(config: Config): boolean {
  const built = import.meta.url.endsWith('.js')
  return built && isMainThread && !cluster.isWorker && config.workers === 1
}

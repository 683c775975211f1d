/** The command line: `gyro <command>`. */
import { Command } from 'commander'
import { programVersion } from '../version.ts'
import { addAccounts } from './accounts.ts'
import { addBench } from './bench.ts'
import { addCheck } from './check.ts'
import { addDemo } from './demo.ts'
import { addExplain } from './explain.ts'
import { addMigrate } from './migrate.ts'
import { setConfigFile } from './options.ts'
import { addPrice } from './price.ts'
import { addRebuild } from './rebuild.ts'
import { addReconcile } from './reconcile.ts'
import { addRecords } from './records.ts'
import { addRerate } from './rerate.ts'
import { addServe } from './serve.ts'
import { addUsage } from './usage.ts'

export function createProgram(): Command {
  const program = new Command('gyro')
  program
    .description('Gyro, an open online charging server')
    .version(programVersion())
    .option('-c, --config <file>', 'configuration file; GYRO_CONFIG or conf/gyro.yaml unless given')
    .showHelpAfterError('(--help shows what is possible)')
    .hook('preAction', command => setConfigFile(command.opts<{ config?: string }>().config))
  addServe(program)
  addDemo(program)
  addCheck(program)
  addAccounts(program)
  addRecords(program)
  addPrice(program)
  addExplain(program)
  addBench(program)
  addReconcile(program)
  addRebuild(program)
  addMigrate(program)
  addRerate(program)
  addUsage(program)
  throwInsteadOfExit(program)
  return program
}

/** One place decides on the exit status; see errors.ts. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride()
  for (const inner of command.commands) throwInsteadOfExit(inner)
}

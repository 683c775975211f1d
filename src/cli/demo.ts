/** gyro demo: see src/demo. */
import type { Command } from 'commander'
import { runDemo } from '../demo/demo.ts'

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('run a server on embedded stores and charge some sessions, with commentary')
    .action(() => runDemo(process.env))
}

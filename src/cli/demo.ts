/** gyro demo: see src/demo. */
import type { Command } from 'commander'

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('run a server on embedded stores and charge some sessions, with commentary')
    .action(async () => {
      const { runDemo } = await import('../demo/demo.ts')
      await runDemo(process.env)
    })
}

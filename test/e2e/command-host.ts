/**
 * Runs commands of Gyro one after another in this process, for command-hosts.ts: the program takes longer to load than
 * most commands to run. A command has ended when nothing of it would keep a process of its own alive.
 */
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { reportError } from '../../src/cli/errors.ts'
import { createProgram } from '../../src/cli/program.ts'
import type { Outcome, Task } from './command-hosts.ts'

// What they are made of would else seem to be left open by the first command that prints.
const streams = [process.stdout, process.stderr]
let last: readonly string[] = []
/** Such as the channel to the test. */
let kept = 0

process.on('message', async ({ args, settings, cwd, mark }: Task) => {
  kept = process.getActiveResourcesInfo().length
  for (const name of last) delete process.env[name]
  last = Object.keys(settings)
  Object.assign(process.env, settings)
  process.chdir(cwd)
  process.exitCode = undefined
  let status: number
  let goesOn = true
  try {
    await createProgram().parseAsync(args, { from: 'user' })
    await untilQuiet()
    status = Number(process.exitCode ?? 0)
  } catch (error) {
    status = reportError(error)
    // The program ends here, whatever is still open.
    goesOn = !isBusy()
  }
  process.exitCode = undefined
  for (const stream of streams) writeSync(stream.fd, mark)
  process.send?.({ status, goesOn } satisfies Outcome, () => {
    if (!goesOn) process.exit()
  })
})

function isBusy(): boolean {
  return process.getActiveResourcesInfo().length > kept
}

async function untilQuiet(): Promise<void> {
  for (let ms = 0; isBusy(); ms = Math.min(20, ms + 1)) await sleep(ms, null, { ref: false })
}

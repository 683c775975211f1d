/** Processes that run commands of Gyro one after another; see command-host.ts. */
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { suffix } from '../support/suffix.ts'

export interface Task {
  readonly args: readonly string[]
  readonly settings: Readonly<Record<string, string>>
  readonly cwd: string
  /** Ends the output of the command, in both streams. */
  readonly mark: string
}

export interface Outcome {
  readonly status: number | null
  /** Whether the process can run another command. */
  readonly goesOn: boolean
}

export interface Finished {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Commands that run at the same time; further ones wait. */
const hostsMax = 3
const program = fileURLToPath(new URL(`./command-host${suffix}`, import.meta.url))

const idle: ChildProcess[] = []
const waiting: (() => void)[] = []
let busy = 0

// When the tests have nothing more to do. One that is killed ends them, too: their channel is closed.
process.on('beforeExit', () => {
  for (const host of idle.splice(0)) {
    hold(host, true)
    host.disconnect()
  }
})

/** Runs a command to its end. `env` is what all commands of this process have, `execArgv` what Node.js is told. */
export async function runCommand(
  task: Omit<Task, 'mark'>,
  env: NodeJS.ProcessEnv,
  execArgv: readonly string[]
): Promise<Finished> {
  if (busy === hostsMax) await new Promise<void>(resolve => waiting.push(resolve))
  busy += 1
  const host = idle.pop() ?? fork(program, { env, execArgv: [...execArgv], silent: true })
  hold(host, true)
  const { goesOn, ...finished } = await runIn(host, { ...task, mark: `\0${randomUUID()}\0` })
  if (goesOn) {
    hold(host, false)
    idle.push(host)
  }
  busy -= 1
  waiting.shift()?.()
  return finished
}

async function runIn(host: ChildProcess, task: Task): Promise<Finished & Pick<Outcome, 'goesOn'>> {
  const output = [host.stdout, host.stderr].map(stream => untilMark(stream as Socket, task.mark))
  const end = new Promise<Outcome & Pick<Finished, 'signal'>>(resolve => {
    host.once('message', outcome => resolve({ ...(outcome as Outcome), signal: null }))
    // It broke down over the command, as the command would have alone.
    host.once('exit', (status, signal) => resolve({ status, signal, goesOn: false }))
  })
  host.send(task)
  const [stdout = '', stderr = ''] = await Promise.all(output)
  const { status, signal, goesOn } = await end
  host.removeAllListeners('message').removeAllListeners('exit')
  return { status, signal, goesOn, stdout, stderr }
}

/** What comes before the mark, or before the end. */
function untilMark(stream: Socket, mark: string): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    const done = () => {
      stream.removeAllListeners('data').removeAllListeners('close')
      resolve(text.endsWith(mark) ? text.slice(0, -mark.length) : text)
    }
    stream.on('close', done).on('data', chunk => {
      text += chunk
      if (text.endsWith(mark)) done()
    })
  })
}

/** Whether the test process goes on for it. */
function hold(host: ChildProcess, held: boolean): void {
  const parts = [host, host.channel, host.stdout as Socket, host.stderr as Socket]
  for (const part of parts) {
    if (held) part?.ref()
    else part?.unref()
  }
}

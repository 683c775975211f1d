/** A process that was killed and whose parent never asks for its end, as under a supervisor that is slow to. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'

/** Its process id, once it is dead. */
export async function startZombie(t: Test): Promise<number> {
  // The shell starts a child and becomes a program that waits for nobody.
  const parent = spawn('sh', ['-c', 'sleep 100 & echo $!; exec sleep 100'])
  t.teardown(() => parent.kill('SIGKILL'))
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  // Until the shell has become the other program it would still take notice.
  while (!readFileSync(`/proc/${parent.pid}/comm`, 'utf8').startsWith('sleep')) await sleep(5)
  process.kill(pid, 'SIGKILL')
  while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await sleep(5)
  return pid
}

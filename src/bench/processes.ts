/** Starts and ends the processes that a benchmark measures: servers, Redis, generators. Loopback only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'

const children = new Set<ChildProcess>()

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a process and waits for the first line (of either stream) in which `isReady` finds what it looks for. */
export async function startProcess<T>(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isReady: (line: string) => T | undefined
): Promise<{ child: ChildProcess; ready: T }> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  child.on('exit', () => children.delete(child))
  const ready = await new Promise<T>((resolve, reject) => {
    let seen = ''
    const look = (chunk: Buffer) => {
      seen = (seen + chunk.toString()).slice(-65_536)
      for (const line of seen.split('\n')) {
        const found = isReady(line)
        if (found !== undefined) return resolve(found)
      }
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.on('exit', code =>
      reject(new Error(`${command} ended with ${code}: ${seen.slice(-2000)}`))
    )
    child.on('error', reject)
  })
  return { child, ready }
}

/** Runs a process to its end and returns what it printed. */
export async function runProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv
): Promise<string> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  let printed = ''
  child.stdout.on('data', chunk => {
    printed += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  children.delete(child)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${printed}`)
  return printed
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Ends whatever is still running. */
export function stopAll(): void {
  for (const child of children) child.kill('SIGKILL')
}

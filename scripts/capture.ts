/** Records what passes over the loopback interface, and has tshark decode the Diameter in it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

export interface Capture {
  stop(): Promise<void>
}

/** Starts to record into a file; resolves once it does, rejects when it may not. */
export async function startCapture(file: string): Promise<Capture> {
  const child = spawn('dumpcap', ['-q', '-i', loopback(), '-f', 'tcp', '-w', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true
  })
  await untilRecording(child)
  return {
    async stop() {
      // What passed last may still be on its way from the kernel.
      await new Promise(resolve => setTimeout(resolve, 1_000))
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'close')
    }
  }
}

const loopback = (): string => (process.platform === 'darwin' ? 'lo0' : 'lo')

function untilRecording(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', chunk => {
      said += chunk
      // It names its file when the interface is open.
      if (/^File: /m.test(said)) resolve()
    })
    child.once('error', reject)
    child.once('close', () =>
      reject(
        new Error(
          `dumpcap may not record the loopback interface: run as root, or give it the right with\n` +
            `setcap cap_net_raw,cap_net_admin+eip "$(command -v dumpcap)"\n${said}`
        )
      )
    )
  })
}

export interface Frames {
  /** Diameter messages that were decoded. */
  readonly messages: number
  /** A line for each frame that is malformed, has an expert error, or was not recognised. */
  readonly faults: readonly string[]
}

/**
 * Decodes a recording as Diameter on these ports. `from: 'server'` looks only at what the servers sent, for
 * tests whose clients send nonsense on purpose, and not at answers that show it again in Failed-AVP.
 */
export function decodeFrames(
  file: string,
  ports: readonly number[],
  from: 'both' | 'server'
): Frames {
  if (ports.length === 0) return { messages: 0, faults: ['no port was noted'] }
  const end = from === 'both' ? 'port' : 'srcport'
  const shown = from === 'both' ? '' : ' && not diameter.Failed-AVP'
  const payload = `(${ports.map(port => `tcp.${end}==${port}`).join('||')}) && tcp.len>0`
  const faulty = `_ws.malformed || _ws.expert.severity==error`
  // A message that began in an earlier segment is shown with its last one.
  const unknown = 'not diameter && not tcp.segment_data && not tcp.analysis.keep_alive'
  const codes = read(file, ports, `${payload} && diameter`, ['diameter.cmd.code'])
  const faults = read(file, ports, `${payload} && (${faulty} || (${unknown}))${shown}`, [
    ...['frame.number', 'tcp.srcport', 'tcp.dstport', 'diameter.cmd.code'],
    '_ws.expert.message'
  ])
  return { messages: codes.flatMap(line => line.split(',')).length, faults }
}

function read(
  file: string,
  ports: readonly number[],
  filter: string,
  fields: readonly string[]
): string[] {
  const { status, stdout, stderr, error } = spawnSync(
    'tshark',
    [
      ...['-n', '-r', file, '-Y', filter, '-T', 'fields'],
      ...ports.flatMap(port => ['-d', `tcp.port==${port},diameter`]),
      ...fields.flatMap(field => ['-e', field])
    ],
    { encoding: 'utf8', maxBuffer: 64_000_000 }
  )
  if (status !== 0) throw new Error(`tshark failed: ${error ?? stderr}`)
  return stdout.split('\n').filter(line => line !== '')
}

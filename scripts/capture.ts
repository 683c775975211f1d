/** Records what passes over the loopback interface, and has tshark decode the Diameter in it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

export interface Capture {
  stop(): Promise<void>
}

/** Starts to record into a file; resolves once it does, rejects when it may not. */
export async function startCapture(file: string): Promise<Capture> {
  const child = spawn('dumpcap', ['-q', '-B', '64', '-i', loopback(), '-f', 'tcp', '-w', file], {
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

export interface DecodeOptions {
  readonly file: string
  /** Where servers listened. */
  readonly ports: readonly number[]
  /** An expert message that is the known fault of a client. */
  readonly known?: RegExp
}

const fields = [
  'frame.number',
  'tcp.srcport',
  'diameter.cmd.code',
  'tcp.segment_data',
  '_ws.expert.severity',
  '_ws.expert.message'
]
/** PI_ERROR of Wireshark; a malformed frame has one, too. */
const expertError = 8_388_608

/** Has tshark decode a recording as Diameter on these ports. */
export function decodeFrames(options: DecodeOptions): Frames {
  const { ports, known } = options
  if (ports.length === 0) return { messages: 0, faults: ['no port was noted'] }
  let messages = 0
  const faults: string[] = []
  for (const line of read(options)) {
    const [frame, source, codes = '', segment, severities = '', said = ''] = line.split('\t')
    if (codes !== '') messages += codes.split(',').length
    const wrong = isFaulty(severities)
    // A message that began in an earlier segment is shown with its last one.
    const unknown = codes === '' && segment === ''
    if (!wrong && !unknown) continue
    if (!known?.test(said)) faults.push(`frame ${frame} from ${source}: ${codes} ${said}`)
  }
  return { messages, faults }
}

/** Whether one of the expert messages of a frame is an error; those of a malformed one are. */
export function isFaulty(severities: string): boolean {
  return severities.split(',').some(severity => Number(severity) >= expertError)
}

function read({ file, ports }: DecodeOptions): string[] {
  const filter = `(${ports.map(port => `tcp.port==${port}`).join('||')}) && tcp.len>0`
  const decodeAs = ports.flatMap(port => ['-d', `tcp.port==${port},diameter`])
  return runTshark(['-n', '-r', file, '-Y', filter, ...decodeAs], fields)
}

/** A line for each frame, with these fields between tabs. */
export function runTshark(args: readonly string[], fields: readonly string[]): string[] {
  const { status, stdout, stderr, error } = spawnSync(
    'tshark',
    [...args, '-T', 'fields', ...fields.flatMap(field => ['-e', field])],
    { encoding: 'utf8', maxBuffer: 256_000_000 }
  )
  if (status !== 0) throw new Error(`tshark failed: ${error ?? stderr}`)
  return stdout.split('\n').filter(line => line !== '')
}

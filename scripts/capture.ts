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
  /**
   * Clients send nonsense on purpose, so only what the servers sent counts, and no answer that shows the nonsense
   * again in Failed-AVP.
   */
  readonly hostile: boolean
  /** An expert message that is the known fault of a client. */
  readonly known?: RegExp
}

const fields = [
  'frame.number',
  'tcp.srcport',
  'diameter.cmd.code',
  'diameter.Failed-AVP',
  'tcp.segment_data',
  '_ws.expert.severity',
  '_ws.expert.message'
]
/** PI_ERROR of Wireshark; a malformed frame has one, too. */
const expertError = 8_388_608

/** Has tshark decode a recording as Diameter on these ports. */
export function decodeFrames(options: DecodeOptions): Frames {
  const { ports, hostile, known } = options
  if (ports.length === 0) return { messages: 0, faults: ['no port was noted'] }
  let messages = 0
  const faults: string[] = []
  for (const line of read(options)) {
    const [frame, source, codes = '', failed, segment, severities = '', said = ''] =
      line.split('\t')
    if (codes !== '') messages += codes.split(',').length
    const wrong = severities.split(',').some(severity => Number(severity) >= expertError)
    // A message that began in an earlier segment is shown with its last one.
    const unknown = codes === '' && segment === ''
    if (hostile ? failed !== '' || !wrong : !wrong && !unknown) continue
    if (!known?.test(said)) faults.push(`frame ${frame} from ${source}: ${codes} ${said}`)
  }
  return { messages, faults }
}

function read({ file, ports, hostile }: DecodeOptions): string[] {
  const end = hostile ? 'srcport' : 'port'
  const filter = `(${ports.map(port => `tcp.${end}==${port}`).join('||')}) && tcp.len>0`
  const { status, stdout, stderr, error } = spawnSync(
    'tshark',
    [
      ...['-n', '-r', file, '-Y', filter, '-T', 'fields'],
      ...ports.flatMap(port => ['-d', `tcp.port==${port},diameter`]),
      ...fields.flatMap(field => ['-e', field])
    ],
    { encoding: 'utf8', maxBuffer: 256_000_000 }
  )
  if (status !== 0) throw new Error(`tshark failed: ${error ?? stderr}`)
  return stdout.split('\n').filter(line => line !== '')
}

/**
 * Gyro against programs that others wrote: Kamailio with SIPp, freeDiameter, and tshark, which decodes every
 * frame that passes between them, and those of our own tests, also of an `npm test` before, and the CDRs that we export. Root on Debian or Ubuntu gets the programs
 * installed; elsewhere a message says what is missing. The last line counts what was checked.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages, mayInstall } from './apt.ts'
import { type Capture, decodeFrames, type Frames, startCapture } from './capture.ts'
import { decodeRecorded, recordedFolder } from './frames.ts'
import { buildProgram, makeCdrFolder } from './program.ts'
import { runFiles, type TestRun } from './run-files.ts'
import { findProgram } from './server-process.ts'

/** Program and the package of Debian 12 that has it. */
const programs = {
  kamailio: 'kamailio',
  'kamailio/modules/ims_charging.so': 'kamailio-ims-modules',
  sipp: 'sip-tester',
  freeDiameterd: 'freediameterd',
  'freeDiameter/dict_dcca.fdx': 'freediameter-extensions',
  tshark: 'tshark',
  dumpcap: 'wireshark-common',
  text2pcap: 'wireshark-common',
  openssl: 'openssl'
}
const folders = ['/usr/sbin', '/usr/lib', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']

interface Group {
  readonly name: string
  readonly files: readonly string[]
  readonly known?: RegExp
}

/** The model of Kamailio sends a MAC address as text, as Kamailio does. */
const macAsText = /^Invalid User-Equipment-Info-Value length$/

/** What is recorded together. */
const groups: readonly Group[] = [
  {
    name: 'Kamailio and freeDiameter',
    files: ['test/interop/real/kamailio.ts', 'test/interop/real/freediameter.ts']
  },
  {
    name: 'client models',
    files: ['test/interop/models.test.ts'],
    known: macAsText
  }
]
/** Tests whose messages are recorded as they pass: those with sockets that need nothing else. */
const recordedFiles = (): string[] => {
  const folders = ['test/diameter', 'test/diameter/gy', 'test/diameter/peer']
  const files = folders.flatMap(name => readdirSync(name).map(file => `${name}/${file}`))
  const withSockets = files.filter(file => {
    return (
      file.endsWith('.test.ts') && /support\/(diameter|credit)-/.test(readFileSync(file, 'utf8'))
    )
  })
  return [...withSockets, 'test/interop/clauses.test.ts']
}

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'gyro-interop-'))
// Programs that drop their rights pass through it.
chmodSync(folder, 0o711)
let run: TestRun | undefined
let capture: Capture | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void cleanUp().then(() => process.exit(143)))
}

const total = { passed: 0, failed: 0 }
try {
  install()
  const program = buildProgram()
  const env = { GYRO_TEST_PROGRAM: program, GYRO_TEST_CDR_FOLDER: makeCdrFolder(program, folder) }
  for (const [index, group] of groups.entries()) await runGroup(group, index, env)
  await runRecorded(env)
  await runExported(env)
} catch (error) {
  console.error((error as Error).message)
  total.failed++
} finally {
  await cleanUp()
}
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1

function install(): void {
  const missing = () => [
    ...new Set(
      Object.entries(programs)
        .filter(([name]) => findProgram(name, folders) === null)
        .map(([, name]) => name)
    )
  ]
  const packages = missing()
  if (packages.length === 0) return
  if (mayInstall()) {
    console.error(`installing ${packages.join(', ')}`)
    installPackages(packages)
  }
  const still = missing()
  if (still.length === 0) return
  throw new Error(
    `npm run interop needs ${still.join(', ')}: on Debian 12 run it as root, or apt-get install them`
  )
}

async function runGroup(
  group: Group,
  index: number,
  programs: Readonly<Record<string, string>>
): Promise<void> {
  const file = join(folder, `${index}.pcapng`)
  const portsFile = join(folder, `${index}.ports`)
  capture = await startCapture(file)
  const env = { ...programs, GYRO_DIAMETER_PORTS: portsFile }
  run = runFiles(group.files, env)
  const counts = await run.done
  await capture.stop()
  add(counts)
  const noted = existsSync(portsFile) ? readFileSync(portsFile, 'utf8').trim().split('\n') : []
  const ports = [...new Set(noted.map(Number))]
  tell(group.name, decodeFrames({ ...group, file, ports }))
}

/** Our own tests record what passes over their sockets; also those that `npm test` ran before. */
async function runRecorded(programs: Readonly<Record<string, string>>): Promise<void> {
  const frames = join(folder, 'frames')
  mkdirSync(frames)
  const env = { ...programs, GYRO_DIAMETER_FRAMES: frames }
  run = runFiles(recordedFiles(), env)
  add(await run.done)
  tell('our own tests', decodeRecorded([frames], join(folder, 'recorded.pcap')))
  const before = decodeRecorded([recordedFolder], join(folder, 'recorded.pcap'), macAsText)
  if (before.messages > 0) tell('the last npm test', before)
}

/** CDRs that we export, as tshark reads them. */
async function runExported(programs: Readonly<Record<string, string>>): Promise<void> {
  run = runFiles(['test/interop/real/cdr.ts'], programs)
  const counts = await run.done
  add(counts)
  console.log(`exported CDRs: ${counts.passed} checks by tshark passed, ${counts.failed} failed`)
}

function add({ passed, failed }: { readonly passed: number; readonly failed: number }): void {
  total.passed += passed
  total.failed += failed
}

function tell(name: string, { messages, faults }: Frames): void {
  console.log(`${name}: tshark decoded ${messages} messages, ${faults.length} with faults`)
  for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`)
  if (messages > 0 && faults.length === 0) total.passed++
  else total.failed++
}

async function cleanUp(): Promise<void> {
  await run?.stop()
  await capture?.stop()
  rmSync(folder, { recursive: true, force: true })
}

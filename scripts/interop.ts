/**
 * Gyro against programs that others wrote: Kamailio with SIPp, freeDiameter, and tshark, which decodes every
 * frame that passes between them, and those of our own tests. Root on Debian or Ubuntu gets the programs
 * installed; elsewhere a message says what is missing. The last line counts what was checked.
 */
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages, mayInstall } from './apt.ts'
import { type Capture, decodeFrames, startCapture } from './capture.ts'
import { buildProgram, makeCdrFolder } from './program.ts'
import { runTap } from './run-tap.ts'
import { findProgram, stopGroup } from './server-process.ts'

/** Program and the package of Debian 12 that has it. */
const programs = {
  kamailio: 'kamailio',
  'kamailio/modules/ims_charging.so': 'kamailio-ims-modules',
  sipp: 'sip-tester',
  freeDiameterd: 'freediameterd',
  'freeDiameter/dict_dcca.fdx': 'freediameter-extensions',
  tshark: 'tshark',
  dumpcap: 'wireshark-common',
  openssl: 'openssl'
}
const folders = ['/usr/sbin', '/usr/lib', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']

interface Group {
  readonly name: string
  readonly files: readonly string[]
  readonly hostile: boolean
  readonly known?: RegExp
}

/** What is recorded together. */
const groups: readonly Group[] = [
  {
    name: 'Kamailio and freeDiameter',
    files: ['test/interop/real/kamailio.ts', 'test/interop/real/freediameter.ts'],
    hostile: false
  },
  {
    name: 'client models',
    files: ['test/interop/models.test.ts'],
    hostile: false,
    // The model of Kamailio sends a MAC address as text, as Kamailio does.
    known: /^Invalid User-Equipment-Info-Value length$/
  },
  { name: 'hostile clients', files: ['test/diameter/listener.test.ts'], hostile: true }
]

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'gyro-interop-'))
// Programs that drop their rights pass through it.
chmodSync(folder, 0o711)
let tap: ChildProcess | undefined
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
  const run = await runTap(group.files, env, join(folder, `${index}.tap`), child => {
    tap = child
  })
  await capture.stop()
  const { passed, failed } = run.counts()
  total.passed += passed
  total.failed += failed
  const noted = existsSync(portsFile) ? readFileSync(portsFile, 'utf8').trim().split('\n') : []
  const ports = [...new Set(noted.map(Number))]
  const { messages, faults } = decodeFrames({ ...group, file, ports })
  console.log(`${group.name}: tshark decoded ${messages} messages, ${faults.length} with faults`)
  for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`)
  if (messages > 0 && faults.length === 0) total.passed++
  else total.failed++
}

async function cleanUp(): Promise<void> {
  if (tap) await stopGroup(tap, 'SIGTERM')
  await capture?.stop()
  rmSync(folder, { recursive: true, force: true })
}

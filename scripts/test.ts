/**
 * Runs the tests with a Redis, a Redis Cluster and a Postgres of their own, on free ports in a folder that
 * vanishes afterwards. REDIS_URL, REDIS_CLUSTER_URL and DATABASE_URL name running servers instead.
 *
 * Arguments go to tap: `npm test -- test/charging`. The last line counts assertions.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ServerProcess, stopGroup } from './server-process.ts'
import { findPostgres, startPostgres } from './test-postgres.ts'
import { findRedis, startCluster, startRedis } from './test-redis.ts'
import { createReport } from './test-report.ts'
import { countAssertions } from './test-summary.ts'

const started: ServerProcess[] = []
let tap: ChildProcess | undefined
let folder = ''
let stopping = false

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    void cleanUp().then(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  })
}

try {
  const env = await startServers()
  process.exitCode = await runTap(env)
} catch (error) {
  if (!stopping) {
    console.error((error as Error).message)
    console.log('0 passed, 1 failed')
    process.exitCode = 1
  }
} finally {
  // A signal has begun this already, and ends the process when it is done.
  if (!stopping) await cleanUp()
}

async function startServers(): Promise<Record<string, string>> {
  const { REDIS_URL, REDIS_CLUSTER_URL, DATABASE_URL } = process.env
  installMissing(!(REDIS_URL && REDIS_CLUSTER_URL), !DATABASE_URL)
  folder = mkdtempSync(join(tmpdir(), 'gyro-test-'))
  // The user that Postgres runs as passes through it.
  chmodSync(folder, 0o711)
  const redis = findRedis() ?? ''
  const starts = await Promise.allSettled([
    REDIS_URL || startRedis(redis, folder, started),
    REDIS_CLUSTER_URL || startCluster(redis, folder, started),
    DATABASE_URL || startPostgres(findPostgres() ?? '', folder, started)
  ])
  const urls = starts.map(start => {
    if (start.status === 'rejected') throw start.reason
    return start.value
  })
  const [redisUrl = '', clusterUrl = '', databaseUrl = ''] = urls
  const program = buildProgram()
  return {
    REDIS_URL: redisUrl,
    REDIS_CLUSTER_URL: clusterUrl,
    DATABASE_URL: databaseUrl,
    GYRO_TEST_PROGRAM: program,
    GYRO_TEST_CDR_FOLDER: makeCdrFolder(program)
  }
}

/** Tests start the program hundreds of times: built once, it starts several times faster than from its sources. */
function buildProgram(): string {
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], {
    encoding: 'utf8'
  })
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`)
  return fileURLToPath(new URL('../dist/main.js', import.meta.url))
}

/** An embedded CDR store without CDRs, to be copied: making one takes seconds each time. */
function makeCdrFolder(program: string): string {
  const cdrs = join(folder, 'cdrs')
  const made = spawnSync(process.execPath, [program, 'cdr', 'list'], {
    encoding: 'utf8',
    env: { ...process.env, GYRO_CDR: `embedded:${cdrs}`, GYRO_STORE: `embedded:${cdrs}-state` }
  })
  if (made.status !== 0) throw new Error(`an embedded CDR store cannot be made:\n${made.stderr}`)
  return cdrs
}

/** Root on Debian or Ubuntu gets what is missing; others are told. */
function installMissing(needsRedis: boolean, needsPostgres: boolean): void {
  const missing = () => [
    ...(needsRedis && findRedis() === null ? ['redis-server'] : []),
    ...(needsPostgres && findPostgres() === null ? ['postgresql'] : [])
  ]
  const packages = missing()
  if (packages.length === 0) return
  const isRoot = process.getuid?.() === 0
  if (isRoot && existsSync('/etc/debian_version')) {
    console.error(`installing ${packages.join(' and ')} for the tests`)
    apt(['update'])
    apt(['install', '--yes', '--no-install-recommends', ...packages])
  }
  if (missing().length === 0) return
  throw new Error(
    `The tests need a real Redis and a real Postgres, and this machine lacks: ${missing().join(', ')}.\n` +
      'Install them (Debian, Ubuntu: apt-get install redis-server postgresql; macOS: brew install redis postgresql), ' +
      'or name running servers in REDIS_URL, REDIS_CLUSTER_URL and DATABASE_URL.'
  )
}

function apt(args: readonly string[]): void {
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    // Packages leave their services alone in this runlevel: the tests start their own.
    RUNLEVEL: '1'
  }
  const { status, error, stdout, stderr } = spawnSync('apt-get', ['--quiet', ...args], {
    env,
    encoding: 'utf8'
  })
  if (status === 0) return
  throw new Error(`apt-get ${args.join(' ')} failed:\n${stdout}${stderr}${error?.message ?? ''}`)
}

/** The exit status of tap. */
async function runTap(env: Record<string, string>): Promise<number> {
  const require = createRequire(import.meta.url)
  const bin = join(require.resolve('tap/package.json'), '../dist/esm/run.mjs')
  const results = join(folder, 'results.tap')
  const given = process.argv.slice(2)
  const ownReporter = given.some(arg => arg.startsWith('-R') || arg.startsWith('--reporter'))
  // With a file beside it, tap writes every line of its raw output twice.
  const output = ownReporter ? `--output-file=${results}` : '--reporter=tap'
  const child = spawn(process.execPath, [bin, output, ...given], {
    stdio: ['inherit', ownReporter ? 'inherit' : 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, ...env }
  })
  tap = child
  const report = createReport(line => console.log(line))
  let raw = ''
  child.stdout?.setEncoding('utf8').on('data', chunk => {
    raw += chunk
    report.write(chunk)
  })
  const status = await new Promise<number>(resolve => {
    child.once('close', (code, signal) => resolve(signal ? 1 : (code ?? 1)))
  })
  report.end()
  if (stopping) return status
  if (existsSync(results)) raw = readFileSync(results, 'utf8')
  const { passed, failed, files } = countAssertions(raw, status)
  console.log(`assertions in ${files} test files:`)
  console.log(`${passed} passed, ${failed} failed`)
  return status
}

async function cleanUp(): Promise<void> {
  if (tap) await stopGroup(tap, 'SIGTERM')
  await Promise.all(started.map(server => server.stop()))
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
}

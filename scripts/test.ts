/**
 * Runs the tests with a Redis, a Redis Cluster and a Postgres of their own, on free ports in a folder that
 * vanishes afterwards. REDIS_URL, REDIS_CLUSTER_URL and DATABASE_URL name running servers instead.
 *
 * Arguments are test files, and folders of them: `npm test -- test/charging`. The last line counts assertions.
 * `--times` prints before it which files took most CPU.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages, mayInstall } from './apt.ts'
import { recordedFolder } from './frames.ts'
import { buildProgram, makeCdrFolder } from './program.ts'
import { runFiles, type TestRun } from './run-files.ts'
import type { ServerProcess } from './server-process.ts'
import { findPostgres, startPostgres } from './test-postgres.ts'
import { findRedis, startCluster, startRedis } from './test-redis.ts'
import { timesTable } from './test-times.ts'

const started: ServerProcess[] = []
let run: TestRun | undefined
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
  process.exitCode = await runTests(env)
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
    GYRO_DIAMETER_FRAMES: emptyFolder(recordedFolder),
    GYRO_TEST_CDR_FOLDER: makeCdrFolder(program, folder)
  }
}

/** Root on Debian or Ubuntu gets what is missing; others are told. */
function installMissing(needsRedis: boolean, needsPostgres: boolean): void {
  const missing = () => [
    ...(needsRedis && findRedis() === null ? ['redis-server'] : []),
    ...(needsPostgres && findPostgres() === null ? ['postgresql'] : [])
  ]
  const packages = missing()
  if (packages.length === 0) return
  if (mayInstall()) {
    console.error(`installing ${packages.join(' and ')} for the tests`)
    installPackages(packages)
  }
  if (missing().length === 0) return
  throw new Error(
    `The tests need a real Redis and a real Postgres, and this machine lacks: ${missing().join(', ')}.\n` +
      'Install them (Debian, Ubuntu: apt-get install redis-server postgresql; macOS: brew install redis postgresql), ' +
      'or name running servers in REDIS_URL, REDIS_CLUSTER_URL and DATABASE_URL.'
  )
}

function emptyFolder(path: string): string {
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { recursive: true })
  return resolve(path)
}

/** The exit status. */
async function runTests(env: Record<string, string>): Promise<number> {
  const withTimes = process.argv.includes('--times')
  const given = process.argv.slice(2).filter(argument => argument !== '--times')
  run = runFiles(given.length === 0 ? ['test'] : given, env)
  const { passed, failed } = await run.done
  if (stopping) return 1
  if (withTimes) console.log(timesTable(run.times).join('\n'))
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

async function cleanUp(): Promise<void> {
  await run?.stop()
  await Promise.all(started.map(server => server.stop()))
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
}

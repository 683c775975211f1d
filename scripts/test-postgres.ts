/** Postgres for tests: a fresh cluster in a folder, without fsync. */
import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import {
  findProgram,
  freePort,
  type ServerProcess,
  startServer,
  versionedFolders
} from './server-process.ts'

/** The folder with `initdb` and `postgres`. */
export function findPostgres(): string | null {
  const folders = [
    ...versionedFolders('/usr/lib/postgresql', 'bin'),
    '/usr/local/pgsql/bin',
    ...[18, 17, 16, 15, 14].map(version => `/opt/homebrew/opt/postgresql@${version}/bin`)
  ]
  const initdb = findProgram('initdb', folders)
  return initdb === null ? null : dirname(initdb)
}

/** Postgres refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
  const [, , uid, gid] =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody') ?? []
  if (uid === undefined || gid === undefined) {
    throw new Error('Postgres does not run as root: run the tests as another user')
  }
  return { uid: Number(uid), gid: Number(gid) }
}

/** A cluster in a folder of its own, that can be started more than once. */
export interface PostgresHome {
  readonly url: string
  start(): Promise<ServerProcess>
}

/** `durable`: commits are written to disk before they are answered. */
export async function initPostgres(
  bin: string,
  folder: string,
  durable = false
): Promise<PostgresHome> {
  const identity = unprivileged()
  const home = join(folder, 'postgres')
  mkdirSync(home, { mode: 0o700 })
  if (identity) chownSync(home, identity.uid, identity.gid)
  const data = join(home, 'data')
  const init = spawnInit(join(bin, 'initdb'), data, identity)
  if (init.status !== 0) throw new Error(`initdb failed:\n${init.stdout}${init.stderr}`)
  const port = await freePort()
  const url = `postgres://gyro@127.0.0.1:${port}/postgres`
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: home,
    max_connections: 200,
    ...(durable
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' })
  }
  const args = Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])
  const launch = {
    command: join(bin, 'postgres'),
    args: ['-D', data, ...args],
    logFile: join(home, 'postgres.log'),
    stopSignal: 'SIGINT' as const,
    identity,
    probe: () => ping(url)
  }
  return { url, start: () => startServer(launch) }
}

export async function startPostgres(bin: string, folder: string, started: ServerProcess[]) {
  const home = await initPostgres(bin, folder)
  started.push(await home.start())
  return home.url
}

function spawnInit(
  initdb: string,
  data: string,
  identity: { uid: number; gid: number } | undefined
) {
  const options = ['--auth=trust', '--username=gyro', '--encoding=UTF8', '--no-locale', '--no-sync']
  return spawnSync(initdb, ['-D', data, ...options], {
    cwd: dirname(data),
    encoding: 'utf8',
    ...identity
  })
}

async function ping(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
  } finally {
    await client.end()
  }
}

/**
 * Real Postgres for tests: a private cluster of the test process in a temporary folder, on a free port of the loopback,
 * or the server of DATABASE_URL. Each test file gets a database of its own.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

export interface TestDatabase {
  /** postgres://… of an empty database. */
  readonly url: string
  /** Deletes it; the private cluster ends with its last database. */
  drop(): Promise<void>
}

export interface Cluster {
  /** postgres://… of the database `postgres`. */
  readonly url: string
  /** Ends the server as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same port and data. */
  start(): Promise<void>
  /** Ends it and deletes its folder. */
  remove(): Promise<void>
}

let shared: { readonly cluster: Promise<Cluster>; users: number } | null = null

/** A fresh database on the server of DATABASE_URL, or else on a private cluster of this process. */
export async function createDatabase(): Promise<TestDatabase> {
  const given = process.env['DATABASE_URL']
  if (given !== undefined && given !== '') return databaseOn(given, async () => {})
  shared ??= { cluster: startCluster(), users: 0 }
  const mine = shared
  mine.users += 1
  const cluster = await mine.cluster
  return databaseOn(cluster.url, async () => {
    mine.users -= 1
    if (mine.users > 0) return
    shared = null
    await cluster.remove()
  })
}

async function databaseOn(server: string, released: () => Promise<void>): Promise<TestDatabase> {
  const name = `gyro_test_${randomBytes(8).toString('hex')}`
  await administer(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    async drop() {
      await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await released()
    }
  }
}

async function administer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** A private cluster that a test may stop and start; without fsync, for speed. */
export async function startCluster(): Promise<Cluster> {
  const programs = findPrograms()
  const owner = clusterOwner()
  const folder = mkdtempSync(join(tmpdir(), 'gyro-postgres-'))
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const user = owner ? { uid: owner.uid, gid: owner.gid, cwd: folder } : { cwd: folder }
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'gyro', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...user, stdio: ['ignore', 'ignore', 'inherit'] }
  )
  const port = await freePort()
  const url = `postgres://gyro@127.0.0.1:${port}/postgres`
  let server: ChildProcess | null = null
  let watcher: ChildProcess | null = null
  const end = () => {
    server?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', end)

  const cluster: Cluster = {
    url,
    async start() {
      const settings = ['fsync=off', 'full_page_writes=off', `unix_socket_directories=${folder}`]
      const args = settings.flatMap(setting => ['-c', setting])
      server = spawn(
        join(programs, 'postgres'),
        ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', ...args],
        { ...user, stdio: 'ignore' }
      )
      server.unref()
      watcher = watch(server, folder)
      await answers(url, server)
    },
    async kill() {
      const ending = server
      server = null
      watcher?.kill('SIGKILL')
      if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
      const ended = new Promise<void>(resolve => ending.once('exit', () => resolve()))
      // Immediate shutdown: the postmaster ends its children without a checkpoint.
      ending.ref()
      ending.kill('SIGQUIT')
      await ended
    },
    async remove() {
      await cluster.kill()
      process.off('exit', end)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
  await cluster.start()
  return cluster
}

/**
 * Ends the server and deletes its folder when this process is killed: the pipe from here to the watcher closes then,
 * whatever the way of dying.
 */
function watch(server: ChildProcess, folder: string): ChildProcess {
  const script = 'read _; kill -QUIT "$0"; sleep 1; rm -rf "$1"'
  const watcher = spawn('sh', ['-c', script, String(server.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true
  })
  watcher.unref()
  if (watcher.stdin instanceof Socket) watcher.stdin.unref()
  return watcher
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    try {
      await administer(url, 'SELECT 1')
      return
    } catch (error) {
      if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`)
      if (performance.now() > deadline) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

/** The folder of initdb and postgres: on PATH, or where Debian has them, the newest first. */
function findPrograms(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).map(Number).filter(Number.isFinite) : []
  const folders = [
    ...(process.env['PATH'] ?? '').split(':').filter(folder => folder !== ''),
    ...versions.sort((a, b) => b - a).map(version => `${debian}/${version}/bin`)
  ]
  const found = folders.find(
    folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))
  )
  if (found !== undefined) return found
  throw new Error(
    'these tests need Postgres 13 or newer: install it (Debian: apt-get install postgresql), ' +
      'or set DATABASE_URL to a server where databases may be created'
  )
}

/** Postgres does not run as root: then its own user is taken. */
function clusterOwner(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

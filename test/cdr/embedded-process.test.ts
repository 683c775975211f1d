/** The embedded database across processes: its lock, a kill, and the built program. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import t from 'tap'
import { openCdr } from '../../src/cdr/open-cdr.ts'
import { makeCdrs } from '../support/cdr-folder.ts'
import { startZombie } from '../support/zombie.ts'
import { clock, memoryLog, scheduler, sessions } from './support.ts'

const options = { logger: memoryLog(), clock, scheduler }

function temporaryFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'gyro-cdr-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A process that opens the folder, stores batches for ever, and says so after each. */
function program(openCdrPath: string): string {
  return `
    import { openCdr } from ${JSON.stringify(openCdrPath)}
    const quiet = () => {}
    const store = await openCdr('embedded:' + process.argv[2], {
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      scheduler: { soon: setImmediate, later: (ms, run) => { const timer = setTimeout(run, ms); return () => clearTimeout(timer) } }
    })
    const records = JSON.parse(process.argv[3])
    for (let at = 0; at < records.length; at += 10) {
      await store.writer.write(records.slice(at, at + 10))
      console.log('stored ' + Math.min(at + 10, records.length))
    }
    if (process.argv[4] === 'close') {
      await store.close()
      console.log('closed')
    } else setInterval(quiet, 1000)
  `
}

/** Resolves once a line matches; rejects when the process ends before. */
function says(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString()
      if (pattern.test(text)) resolve(text)
    })
    child.once('exit', code => reject(new Error(`ended with ${code}: ${text}`)))
  })
}

function ended(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => child.once('exit', resolve))
}

t.test('a second process is refused, and a killed one leaves all it had stored', async t => {
  const folder = join(temporaryFolder(), 'not', 'there', 'yet')
  const script = join(temporaryFolder(), 'store.mjs')
  const built = process.env['GYRO_TEST_PROGRAM'] ?? resolve('dist/main.js')
  writeFileSync(script, program(join(dirname(built), 'cdr/open-cdr.js')))
  const child = spawn(process.execPath, [script, folder, JSON.stringify(sessions(60))], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => child.kill('SIGKILL'))
  await says(child, /stored 60/)
  await t.rejects(openCdr(`embedded:${folder}`, options), {
    code: 'GYRO_STORE_LOCKED',
    message: new RegExp(`process ${child.pid};`)
  })
  child.kill('SIGKILL')
  await ended(child)
  const store = await openCdr(`embedded:${folder}`, options)
  t.equal((await store.reader.list(null, null, 1_000)).items.length, 60)
  t.match(await store.writer.write(sessions(70)), { written: 10, duplicates: 60 })
  await t.rejects(openCdr(`embedded:${folder}`, options), { code: 'GYRO_STORE_LOCKED' })
  await store.close()
  const lock = join(folder, 'gyro.lock')
  t.notOk(existsSync(lock))
  // In a container an earlier process may have had the number of this one.
  writeFileSync(lock, `${process.pid} 1\n`)
  await (await openCdr(`embedded:${folder}`, options)).close()
  // Killed, and its parent has not asked for its end.
  writeFileSync(lock, `${await startZombie(t)} \n`)
  await (await openCdr(`embedded:${folder}`, options)).close()
  t.notOk(existsSync(lock))
})

t.test('a folder that cannot be made is refused', async t => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  await t.rejects(openCdr(`embedded:${file}/cdr`, options), { code: 'GYRO_CDR_UNAVAILABLE' })
})

t.test('it also runs from the sources, by a TypeScript loader', async t => {
  const folder = join(temporaryFolder(), 'cdr')
  makeCdrs(folder)
  const script = join(temporaryFolder(), 'store.mts')
  writeFileSync(script, program(resolve('src/cdr/open-cdr.ts')))
  const loader = import.meta.resolve('tsx')
  const child = spawn(
    process.execPath,
    ['--import', loader, script, folder, JSON.stringify(sessions(20)), 'close'],
    { stdio: ['ignore', 'pipe', 'inherit'] }
  )
  t.teardown(() => child.kill('SIGKILL'))
  t.match(await says(child, /closed/), /stored 20/)
  await ended(child)
  t.equal(child.exitCode, 0)
})

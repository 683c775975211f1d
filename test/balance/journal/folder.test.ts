import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openJournalFolder } from '../../../src/balance/journal/folder.ts'
import type { JournalStorage } from '../../../src/balance/journal/storage.ts'
import { encodeLine } from '../../../src/disk/lines.ts'
import { systemRandom } from '../../../src/ops/clock.ts'

interface Logged {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

async function openFolder(folder: string) {
  const logged: Logged[] = []
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, fields: { ...fields }, message })
  const logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error')
  }
  const storage = await openJournalFolder({ folder, logger, random: systemRandom })
  return { storage, logged }
}

function append(storage: JournalStorage, ...records: string[]): Promise<boolean[]> {
  return Promise.all(
    records.map(record => new Promise<boolean>(resolve => storage.append(record, resolve)))
  )
}

/** A process that is dead, with its journal. */
function deadJournal(folder: string, content: string, name = '0123456789abcdef'): string {
  const { pid } = spawnSync(process.execPath, ['--version'])
  mkdirSync(join(folder, name), { recursive: true })
  const lock = { pid, apiAddress: null, started: '1' }
  writeFileSync(join(folder, name, 'gyro.lock'), JSON.stringify(lock))
  const path = join(folder, name, '00000001.journal')
  writeFileSync(path, content)
  return path
}

async function readAll(storage: JournalStorage): Promise<string[]> {
  const all: string[] = []
  for (;;) {
    const records = await storage.read(2)
    if (records.length === 0) return all
    all.push(...records)
    await storage.advance()
  }
}

const folderOf = (t: Test) => join(t.testdir({}), 'a', 'journal')

t.test('records are read in their order, the same until they are done with', async t => {
  const folder = folderOf(t)
  const { storage } = await openFolder(folder)
  t.same(await storage.read(10), [], 'nothing waits at first')
  t.same(readdirSync(folder), [], 'the folder is made, and nothing in it')
  t.same(await append(storage, '"a"', '"b"', '"ü\\n"'), [true, true, true])
  t.match(storage.stats(), { records: 3, failing: false })
  t.ok(storage.stats().octets > 0)
  t.same(await storage.read(2), ['"a"', '"b"'])
  t.same(await storage.read(2), ['"a"', '"b"'])
  await storage.advance()
  t.equal(storage.stats().records, 1)
  await append(storage, '"d"')
  t.same(await readAll(storage), ['"ü\\n"', '"d"'])
  t.match(storage.stats(), { records: 0, octets: 0 })
  await append(storage, '"e"')
  t.same(await readAll(storage), ['"e"'])
  await storage.close()
  t.same(readdirSync(folder), [], 'nothing is left when nothing waits')
})

t.test('one write serves all that wait', async t => {
  const folder = folderOf(t)
  const { storage } = await openFolder(folder)
  const records = Array.from({ length: 5_000 }, (_, i) => JSON.stringify({ i }))
  t.ok((await append(storage, ...records)).every(kept => kept))
  t.equal(storage.stats().records, 5_000)
  t.same(await storage.read(3), records.slice(0, 3))
  await storage.close()
})

t.test('what a process left is replayed by the next, from where it had come to', async t => {
  const folder = folderOf(t)
  const first = await openFolder(folder)
  await append(first.storage, '"a"', '"b"', '"c"')
  await first.storage.read(1)
  await first.storage.advance()
  const other = await openFolder(folder)
  t.equal(other.storage.stats().records, 0, 'while it lives its journal is its own')
  await first.storage.close()
  await other.storage.adopt()
  t.equal(other.storage.stats().records, 2)
  t.same(await readAll(other.storage), ['"b"', '"c"'])
  t.same(readdirSync(folder), [])
  await other.storage.close()
})

t.test('the torn end of a killed process is told of and costs nothing else', async t => {
  const folder = folderOf(t)
  const whole = encodeLine('"a"') + encodeLine('"b"')
  const path = deadJournal(folder, whole + encodeLine('"torn"').slice(0, -4))
  const { storage, logged } = await openFolder(folder)
  t.equal(storage.stats().records, 2)
  t.same(await readAll(storage), ['"a"', '"b"'])
  const torn = logged.find(({ message }) => message.includes('torn'))
  t.match(torn, { level: 'warn', fields: { file: path, offset: whole.length } })
  t.equal(storage.stats().corrupt, 0)
  t.same(readdirSync(folder), [])
  await storage.close()
})

t.test('damage in the middle is loud, the rest is replayed and the file is kept', async t => {
  const folder = folderOf(t)
  const lines = ['"a"', '"b"', '"c"'].map(encodeLine)
  const [first = '', second = '', third = ''] = lines
  const damaged = `${second.slice(0, -3)}X${second.slice(-2)}`
  const path = deadJournal(folder, first + damaged + third)
  const { storage, logged } = await openFolder(folder)
  t.same(await storage.read(10), ['"a"', '"c"'])
  t.same(await storage.read(10), ['"a"', '"c"'])
  await storage.advance()
  const errors = logged.filter(({ level }) => level === 'error')
  t.match(errors, [{ fields: { alarm: 'journal-damaged', file: path, offset: first.length } }])
  t.equal(errors.length, 1, 'once')
  t.match(storage.stats(), { records: 0, corrupt: 1 })
  const kept = readdirSync(folder).find(name => name.endsWith('.damaged')) ?? ''
  t.equal(readFileSync(join(folder, kept), 'utf8'), first + damaged + third)
  await storage.close()
})

t.test('a file that cannot be read holds up no other', async t => {
  const folder = folderOf(t)
  const gone = deadJournal(folder, encodeLine('"a"'), '0000000000000001')
  deadJournal(folder, encodeLine('"b"'), '0000000000000002')
  const { storage, logged } = await openFolder(folder)
  mkdirSync(`${gone}.moved`)
  spawnSync('mv', [gone, `${gone}.moved`])
  t.same(await readAll(storage), ['"b"'])
  t.match(
    logged.filter(({ level }) => level === 'error'),
    [{ fields: { alarm: 'journal-damaged', file: gone } }]
  )
  await storage.close()
})

t.test('a folder that cannot be written is an alarm, and mends itself', async t => {
  const parent = t.testdir({ file: 'not a folder' })
  const { storage, logged } = await openFolder(join(parent, 'file'))
  t.match(logged, [{ level: 'error', fields: { alarm: 'journal-unwritable' } }])
  t.equal(storage.stats().failing, true, 'before anything is to be kept')
  t.same(await append(storage, '"a"', '"b"'), [false, false])
  t.equal(storage.stats().failing, true)
  t.match(logged.at(-1), { level: 'error', fields: { alarm: 'journal-unwritable' } })
  t.same(await append(storage, '"c"'), [false])
  t.equal(logged.length, 2, 'which is told once')
  spawnSync('rm', [join(parent, 'file')])
  t.same(await append(storage, '"d"'), [true])
  await storage.adopt()
  t.equal(storage.stats().failing, false)
  t.same(await readAll(storage), ['"d"'])
  await storage.close()
})

t.test('dead letters are appended', async t => {
  const folder = folderOf(t)
  const { storage } = await openFolder(folder)
  await storage.bury(['1', '2'])
  await storage.bury(['3'])
  t.equal(readFileSync(join(folder, 'dead-letters.jsonl'), 'utf8'), '1\n2\n3\n')
  await storage.close()
})

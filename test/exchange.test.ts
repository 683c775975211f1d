/** A build is put in the place of the one before while servers run from it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exchange } from '../scripts/exchange.ts'

function write(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const inodeOf = (path: string): number => statSync(path).ino

t.test('a place becomes what was made, and what is the same is not touched', async t => {
  const root = t.testdir()
  const place = join(root, 'dist')
  const make = (files: Readonly<Record<string, string>>) => write(join(root, 'made'), files)
  exchange(make({ 'main.js': 'one', 'lua/commit.lua': 'same', 'old/gone.js': '' }), place)
  t.equal(readFileSync(join(place, 'main.js'), 'utf8'), 'one', 'also where nothing was')
  const before = inodeOf(join(place, 'lua/commit.lua'))
  exchange(make({ 'main.js': 'two', 'lua/commit.lua': 'same', 'new/come.js': '' }), place)
  t.equal(readFileSync(join(place, 'main.js'), 'utf8'), 'two')
  t.equal(inodeOf(join(place, 'lua/commit.lua')), before)
  t.ok(existsSync(join(place, 'new/come.js')))
  t.notOk(existsSync(join(place, 'old/gone.js')))
  t.same(readdirSync(root), ['dist'], 'nothing is left beside it')
})

/** Reads without a pause until it is told to end; the exit status says whether a file was missing or torn. */
const reader = `
  const { readFileSync } = require('node:fs')
  process.stdin.on('data', () => process.exit(0))
  const read = () => {
    for (const name of ['a', 'b', 'lua/c']) {
      if (readFileSync(process.argv[1] + '/' + name).length !== 65536) process.exit(3)
    }
    setImmediate(read)
  }
  read()
  console.log('reading')`

t.test('whoever reads meanwhile finds every file whole', async t => {
  const root = t.testdir()
  const place = join(root, 'dist')
  const make = (letter: string) =>
    write(join(root, `made-${letter}`), {
      a: letter.repeat(65_536),
      b: 'b'.repeat(65_536),
      'lua/c': letter.repeat(65_536)
    })
  exchange(make('x'), place)
  const child = spawn(process.execPath, ['-e', reader, place])
  await once(child.stdout, 'data')
  for (let round = 0; round < 100; round++) exchange(make(round % 2 === 0 ? 'y' : 'z'), place)
  const ended = once(child, 'exit')
  child.stdin.write('end')
  t.same(await ended, [0, null])
})

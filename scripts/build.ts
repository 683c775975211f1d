/**
 * Compiles src/ into dist/ (with --unchecked without a look at the types), copies what the compiler leaves out, and makes dist/main.js a command.
 *
 * It is made aside and exchanged when it is whole: servers of this checkout may be running and starting meanwhile. When
 * it fails, dist/ is as it was.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exchange } from './exchange.ts'

const shebang = '#!/usr/bin/env node\n'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const aside = `dist.tmp-${process.pid}`
// Ctrl-C ends the compiler, which ends this.
process.on('SIGINT', () => {})
process.on('exit', () => rmSync(aside, { recursive: true, force: true }))
compile()
copyAssets()
makeCommand(join(aside, 'main.js'))
exchange(aside, 'dist')

/** By path: no shell and no npx, which would each cost half a second. */
function compile(): void {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const args = [compiler, '--project', 'tsconfig.build.json', '--outDir', aside]
  if (process.argv.includes('--unchecked')) args.push('--noCheck')
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** Lua scripts, SQL migrations, and whatever else stands beside the code and is read at run time. */
function copyAssets(): void {
  for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.ts')) continue
    const from = join(entry.parentPath, entry.name)
    const to = join(aside, relative('src', from))
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(from, to)
  }
}

/** npx runs the file itself, so it needs its first line and the right to be executed. */
function makeCommand(path: string): void {
  if (!existsSync(path)) {
    console.error(`${path} is missing: src/main.ts is the package's command`)
    process.exit(1)
  }
  const text = readFileSync(path, 'utf8')
  if (!text.startsWith('#!')) writeFileSync(path, shebang + text)
  chmodSync(path, 0o755)
}

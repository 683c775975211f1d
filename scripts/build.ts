/** Compiles src/ into dist/, copies what the compiler leaves out, and makes dist/main.js a command. */
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

const shebang = '#!/usr/bin/env node\n'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
rmSync('dist', { recursive: true, force: true })
compile()
copyAssets()
makeCommand('dist/main.js')

/** By path: no shell and no npx, which would each cost half a second. */
function compile(): void {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const args = [compiler, '--project', 'tsconfig.build.json']
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** Lua scripts, SQL migrations, and whatever else stands beside the code and is read at run time. */
function copyAssets(): void {
  for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.ts')) continue
    const from = join(entry.parentPath, entry.name)
    const to = join('dist', relative('src', from))
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

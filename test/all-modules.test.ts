import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { suffix } from './support/suffix.ts'

const source = fileURLToPath(new URL('../src', import.meta.url))

/** Programs: importing them runs them. Everything else only defines. */
const programs = new Set(['main', 'cdr/embedded-worker'])

const modules = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map(path => path.replaceAll('\\', '/'))
  .filter(path => path.endsWith(suffix) && !programs.has(path.slice(0, -3)))
  .sort()

/** Without requests to the file system: a file that was read is being closed. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter(name => !/Req/.test(name))
    .sort()
}

t.test('every module of src can be imported, and nothing starts by that', async t => {
  t.ok(modules.length > 50, `${modules.length} modules`)
  const before = resources()
  for (const path of modules) {
    await import(join(source, path)).catch(error => t.fail(`${path}: ${error.message}`))
  }
  await new Promise(resolve => setImmediate(resolve))
  t.same(resources(), before, 'no timers, sockets or threads')
})

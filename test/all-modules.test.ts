import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const source = fileURLToPath(new URL('../src', import.meta.url))

/** Programs: importing them runs them. Everything else only defines. */
const programs = new Set(['main.ts', 'cdr/embedded-worker.ts'])

const modules = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map(path => path.replaceAll('\\', '/'))
  .filter(path => path.endsWith('.ts') && !path.endsWith('.d.ts') && !programs.has(path))
  .sort()

t.test('every module of src can be imported, and nothing starts by that', async t => {
  t.ok(modules.length > 50, `${modules.length} modules`)
  const before = process.getActiveResourcesInfo().sort()
  for (const path of modules) {
    await import(join(source, path)).catch(error => t.fail(`${path}: ${error.message}`))
  }
  await new Promise(resolve => setImmediate(resolve))
  t.same(process.getActiveResourcesInfo().sort(), before, 'no timers, sockets or threads')
})

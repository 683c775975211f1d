import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import t from 'tap'

const command = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
const configuration = resolve('.dependency-cruiser.cjs')

/** The rules that a planted tree breaks, as `rule: from → to`. */
function violations(folder: string): string[] {
  const args = [command, 'src', '--config', configuration, '--output-type', 'json']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  t.equal(stderr.includes('ERROR'), false, stderr)
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { from: string; to: string; rule: { name: string } }[] }
  }
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).sort()
}

t.test('imports against the direction are found', async t => {
  const folder = t.testdir({
    'package.json': '{"type":"module","dependencies":{"ioredis":"5","pg":"8","hono":"4"}}',
    'tsconfig.json': '{"compilerOptions":{"module":"nodenext","allowImportingTsExtensions":true}}',
    node_modules: Object.fromEntries(
      ['ioredis', 'pg', 'hono'].map(name => [
        name,
        { 'package.json': `{"name":"${name}","main":"index.js"}`, 'index.js': '' }
      ])
    ),
    src: {
      domain: {
        'money.ts': 'export const a = 1',
        'io.ts': "import 'node:fs'\nexport const b = 1",
        'outward.ts': "import '../rating/price.ts'",
        'one.ts': "import './two.ts'\nexport const one = 1",
        'two.ts': "import './one.ts'\nexport const two = 2"
      },
      rating: { 'price.ts': "import '../domain/money.ts'\nexport const c = 1" },
      charging: { 'ports.ts': "import '../rating/price.ts'", 'engine.ts': "import './ports.ts'" },
      balance: { 'redis.ts': "import 'ioredis'\nimport '../charging/ports.ts'" },
      cdr: { 'writer.ts': "import 'pg'\nimport '../balance/redis.ts'" },
      api: { 'app.ts': "import 'hono'\nimport '../charging/engine.ts'\nimport 'ioredis'" },
      'main.ts':
        "import './api/app.ts'\nimport './cdr/writer.ts'\nimport './domain/outward.ts'\nimport './domain/io.ts'\nimport './domain/one.ts'"
    }
  })
  t.same(violations(folder), [
    'api-imports: src/api/app.ts → src/charging/engine.ts',
    'cdr-imports: src/cdr/writer.ts → src/balance/redis.ts',
    'core-does-no-io: src/domain/io.ts → fs',
    'domain-imports: src/domain/outward.ts → src/rating/price.ts',
    'no-cycles: src/domain/one.ts → src/domain/two.ts',
    'stores-only-in-balance: src/api/app.ts → node_modules/ioredis/index.js'
  ])
})

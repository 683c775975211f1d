/** Imports run in one direction; see docs/ARCHITECTURE.md. */
const only = (from, to) => ({
  name: `${from}-imports`,
  severity: 'error',
  comment: `src/${from} may import only: ${to.join(', ')}`,
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: [`^src/${from}/`, ...to] }
})
const owner = (name, packages, folder) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${folder}/` },
  to: { path: `^node_modules/(${packages})/` }
})
const ports = '^src/charging/(ports|decision|simulation|reconciliation|adjustment|retention|chain)\\.ts$'

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' }, to: {} },
    only('domain', []),
    only('rating', ['^src/domain/']),
    only('charging', ['^src/domain/', '^src/rating/']),
    only('disk', ['^src/domain/']),
    only('trace', []),
    only('balance', ['^src/domain/', '^src/disk/', '^src/trace/', ports]),
    only('cdr', ['^src/domain/', '^src/disk/', '^src/trace/', ports]),
    only('export', ['^src/domain/', '^src/disk/', '^src/trace/', ports, '^src/api/views\\.ts$']),
    only('diameter', ['^src/domain/', ports]),
    only('orders', ['^src/domain/', ports]),
    only('nchf', ['^src/domain/', ports]),
    only('catalogue', ['^src/domain/', '^src/rating/', ports]),
    only('api', ['^src/domain/', '^src/trace/', ports]),
    only('rerate', ['^src/domain/', '^src/rating/', '^src/charging/rerate/', ports]),
    only('mediation', ['^src/domain/', '^src/rating/', ports]),
    only('ops', ['^src/domain/']),
    only('bench', ['^src/domain/', '^src/diameter/(codec/|framer\\.ts$)', '^src/ops/']),
    owner('stores-only-in-balance', 'ioredis|lmdb', 'balance'),
    owner('postgres-only-in-cdr', 'pg|pg-copy-streams|@electric-sql', 'cdr'),
    owner('tokens-only-in-nchf', 'jose', 'nchf'),
    owner('sockets-of-http-only-in-api', 'hono|@hono', 'api'),
    { name: 'core-does-no-io', severity: 'error', from: { path: '^src/(domain|rating|charging)/', pathNot: '^src/rating/load/' }, to: { dependencyTypes: ['core'] } },
    { name: 'core-has-no-packages', severity: 'error', from: { path: '^src/(domain|charging)/' }, to: { path: '^node_modules/' } }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] }
  }
}

import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { type Bench, embeddedBench, postgresBench } from './support.ts'

/** The schema as text, from the catalogs of the server, so that a change of a migration shows in a review. */
async function dump(bench: Bench): Promise<string> {
  const part = async (sql: string) =>
    (await bench.query(sql)).map(row => String(row['line'])).join('\n')
  const ours = "c.relnamespace = 'public'::regnamespace AND NOT c.relispartition"
  const columns = await part(`
    SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
      ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE ${ours} AND c.relkind IN ('r', 'p') ORDER BY c.relname, a.attnum`)
  const keys = await part(`
    SELECT format('%s %s', k.conname, pg_get_constraintdef(k.oid)) AS line
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE ${ours} AND k.contype IN ('p', 'u', 'c', 'f') ORDER BY k.conname`)
  const partitioned = await part(`
    SELECT format('%s PARTITION BY %s', c.relname, pg_get_partkeydef(c.oid)) AS line
    FROM pg_class c WHERE ${ours} AND c.relkind = 'p' ORDER BY 1`)
  const indexes = await part(`
    SELECT pg_get_indexdef(c.oid) AS line
    FROM pg_class c WHERE ${ours} AND c.relkind IN ('i', 'I') ORDER BY c.relname`)
  const functions = await part(`
    SELECT pg_get_functiondef(p.oid) AS line
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname`)
  return [
    `-- columns\n${columns}`,
    `-- keys\n${keys}`,
    `-- partitioned tables\n${partitioned}`,
    `-- indexes\n${indexes}`,
    `-- functions\n${functions}`
  ].join('\n\n')
}

const file = new URL('../fixtures/schema.sql', import.meta.url)
const expected = readFileSync(file, 'utf8')

for (const [name, make] of [
  ['Postgres', postgresBench],
  ['the embedded database', embeddedBench]
] as const) {
  t.test(`the schema on ${name} is that of test/fixtures/schema.sql`, async t => {
    const bench = await make()
    const store = await bench.open()
    const found = await dump(bench)
    await store.close()
    await bench.remove()
    // After a change of the migrations: GYRO_SCHEMA=write, and read what has changed.
    if (process.env['GYRO_SCHEMA'] === 'write') writeFileSync(file, `${found.trim()}\n`)
    else t.equal(found.trim(), expected.trim())
  })
}

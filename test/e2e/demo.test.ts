import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import t from 'tap'
import { gyro } from './gyro-process.ts'

t.test('the demo tells its sessions, ends with status 0 and leaves nothing behind', async t => {
  const folders = () => readdirSync(tmpdir()).filter(name => name.startsWith('gyro-demo-'))
  const before = new Set(folders())
  const from = performance.now()
  const { status, stdout, stderr } = await gyro(['demo'])
  t.equal(status, 0, stderr)
  t.equal(stderr, '')
  t.ok(performance.now() - from < 60_000)
  t.match(stdout, /granted 10 MB/)
  t.match(stdout, /the FINAL units/)
  t.match(stdout, /4012 credit limit reached/)
  t.match(stdout, /5030 user unknown/)
  // 12.5 MB, a call of 0.1425, an SMS of 0.07, and 7 MB over Nchf; 7 MB zero-rated.
  t.match(stdout, /^anna +19\.592500 +0\.000000 +EUR/m)
  t.match(stdout, /^ben +5\.000000 +0\.000000 +EUR/m)
  t.match(stdout, /^carla +4\.940000 +0\.000000 +EUR/m)
  t.match(stdout, /^family +10\.000000 +0\.000000 +EUR .*19\.984 GB/m)
  t.match(stdout, /ConnectPeer/)
  t.same(
    folders().filter(name => !before.has(name)),
    [],
    'the temporary folder is gone'
  )
})

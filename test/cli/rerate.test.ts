import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { call } from '../e2e/api-client.ts'
import { connectPeer, dataSession, megabyte } from '../e2e/charging.ts'
import {
  embeddedSettings,
  gyro,
  portSettings,
  serve,
  temporaryFolder
} from '../e2e/gyro-process.ts'
import { openStores } from '../support/stores.ts'

const demo = fileURLToPath(new URL('../../conf/catalogue', import.meta.url))

/** The demo catalogue with data at home for 0.005 per MB instead of 0.01. */
function cheaperCatalogue(): string {
  const folder = join(temporaryFolder(), 'catalogue')
  cpSync(demo, folder, { recursive: true })
  const file = join(folder, 'offers/prepaid-go.yaml')
  const text = readFileSync(file, 'utf8')
  const changed = text.replace('"0.01"', '"0.005"')
  if (changed === text) throw new Error('the price of the demo catalogue is written otherwise')
  writeFileSync(file, changed)
  return folder
}

const wide = ['--from', '2020-01-01', '--to', '2100-01-01']

t.test(
  'gyro rerate says what a catalogue would change, writes a page, and adjusts once',
  async t => {
    const settings = { ...portSettings(), ...(await openStores(t)) }
    const server = await serve(settings)
    t.teardown(() => server.stop())
    await gyro(['accounts', 'generate', '--count', '2', '--top-up', '5.00'], settings)
    const peer = await connectPeer(server.diameterPort)
    await dataSession(peer, 'pgw;1', '4915100000000', megabyte, megabyte)
    await dataSession(peer, 'pgw;2', '4915100000001', 3 * megabyte, megabyte)
    peer.end()
    // A read of the API has what waits in the outbox written first.
    await call(server.api, 'GET', '/v1/cdrs')
    const page = join(temporaryFolder(), 'next.html')
    const next = ['rerate', ...wide, '--catalogue', cheaperCatalogue()]
    const dry = await gyro([...next, '--report', page], settings)
    t.match(dry.stdout, /^prepaid-go +2 +0\.060000 +0\.030000 +-0\.030000$/m)
    t.match(dry.stdout, /^acc-4915100000001 +4915100000001 +1 +0\.040000 +0\.020000 +-0\.020000$/m)
    t.match(dry.stdout, /2 accounts pay less, 0 more, 0 the same\nnothing was changed/)
    t.match(readFileSync(page, 'utf8'), /<svg[\s\S]*Who would pay less/)
    const applied = await gyro([...next, '--apply', '--json'], settings)
    t.match(JSON.parse(applied.stdout), {
      changed: 2,
      applied: { accounts: 2, cdrs: 2, amount: '0.030000', refused: [], finished: 0 }
    })
    const again = await gyro([...next, '--apply', '--offer', 'prepaid-go'], settings)
    t.match(again.stdout, /^2 sessions with 2 CDRs, by catalogue [0-9a-f]+, in EUR\n/)
    t.match(again.stdout, /adjusted: 0 accounts for 0 CDRs/)
    const { body } = await call(server.api, 'GET', '/v1/accounts/acc-4915100000001')
    t.equal(body.wallet.available, '4.980000')
  }
)

t.test('beside a server with embedded stores, gyro rerate asks that server', async t => {
  const settings = embeddedSettings()
  const server = await serve(settings)
  await gyro(['accounts', 'generate', '--count', '1', '--top-up', '5.00'], settings)
  const peer = await connectPeer(server.diameterPort)
  await dataSession(peer, 'pgw;1', '4915100000000', megabyte, megabyte)
  peer.end()
  const next = ['rerate', ...wide, '--catalogue', cheaperCatalogue(), '--json']
  const applied = await gyro([...next, '--apply'], settings)
  t.match(JSON.parse(applied.stdout), {
    all: { rerated: '0.010000' },
    applied: { accounts: 1, amount: '0.010000' }
  })
  const { body } = await call(server.api, 'GET', '/v1/accounts/acc-4915100000000')
  t.equal(body.wallet.available, '4.990000')
  const window = { from: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' }
  const wrong = await call(server.api, 'POST', '/v1/rerate', { ...window, catalogue: '{' })
  t.match(wrong, { status: 400, body: { detail: /catalogue: is not the source of one/ } })
  t.equal((await server.stop()).status, 0)
  const alone = await gyro(next, settings)
  t.match(JSON.parse(alone.stdout), { changed: 0, all: { charged: '0.010000' } })
})

t.test('wrong calls are refused before anything is opened', async t => {
  const turned = await gyro(['rerate', '--from', '2026-12-01', '--to', '2026-11-01'])
  t.match(turned, { status: 2, stderr: /--to must be later/ })
  const odd = await gyro(['rerate', '--from', 'yesterday', '--to', '2026-11-01'])
  t.match(odd, { status: 2, stderr: /--from must be an instant/ })
})

import t, { type Test } from 'tap'
import { call } from '../e2e/api-client.ts'
import { gyro, lockedSettings, type Settings, serve, sharedSettings } from '../e2e/gyro-process.ts'

/** More than a page. */
const count = 1_100

const generate = [
  'accounts',
  'generate',
  '--count',
  String(count),
  '--msisdn-base',
  '4915100000000',
  '--imsi-base',
  '262010000000000',
  '--offer',
  'prepaid-go',
  '--top-up',
  '100.00'
]

async function list(settings: Settings): Promise<Record<string, unknown>[]> {
  const { status, stdout, stderr } = await gyro(['accounts', 'list', '--json'], settings)
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

async function fills(t: Test, settings: Settings): Promise<void> {
  const first = await gyro(generate, settings)
  t.equal(first.status, 0, first.stderr)
  t.equal(first.stdout, '', 'progress is not data')
  t.match(first.stderr, `${count} accounts opened`)
  const accounts = await list(settings)
  t.equal(accounts.length, count)
  const numbers = accounts.flatMap(
    account => account['lines'] as { msisdn: string; imsi: string }[]
  )
  t.same(
    new Set(numbers.map(line => `${line.msisdn} ${line.imsi}`)),
    new Set(
      Array.from(
        { length: count },
        (_, index) => `${4915100000000 + index} ${262010000000000 + index}`
      )
    )
  )
  for (const account of accounts) {
    const { wallet } = account as { wallet: { available: string } }
    if (wallet.available !== '100.000000') t.fail(`${account['id']} has ${wallet.available}`)
  }
  const again = await gyro(generate, settings)
  t.equal(again.status, 0, again.stderr)
  t.match(again.stderr, `0 accounts opened, ${count} were there already`)
}

t.test(
  'accounts are generated and listed before the first serve and beside it, embedded',
  async t => {
    const settings = await lockedSettings(t)
    await fills(t, settings)
    const server = await serve(settings)
    t.teardown(() => server.stop())
    t.equal((await list(settings)).length, count)
    const more = await gyro(
      [
        'accounts',
        'generate',
        '--count',
        '3',
        '--msisdn-base',
        '4916000000000',
        '--imsi-base',
        '262020000000000'
      ],
      settings
    )
    t.equal(more.status, 0, more.stderr)
    const [account] = (await list(settings)).filter(({ id }) => id === 'acc-4916000000002')
    const { body } = await call(server.api, 'GET', '/v1/accounts/acc-4916000000002')
    t.same(account, body, 'the shape of the API')
    t.match(body.wallet, { available: '0.000000' })
  }
)

t.test('accounts are generated and listed beside a running server, embedded', async t => {
  const server = await serve(await lockedSettings(t))
  t.teardown(() => server.stop())
  await fills(t, server.settings)
})

t.test('accounts are generated before and beside a running server, on Redis', async t => {
  const settings = await sharedSettings(t)
  await fills(t, settings)
  const server = await serve(settings)
  t.teardown(() => server.stop())
  const more = await gyro(
    [
      'accounts',
      'generate',
      '--count',
      '2',
      '--msisdn-base',
      '4916000000000',
      '--imsi-base',
      '262020000000000'
    ],
    settings
  )
  t.equal(more.status, 0, more.stderr)
  t.equal((await call(server.api, 'GET', '/v1/accounts/acc-4916000000001')).status, 200)
})

import t from 'tap'
import { gyro } from '../e2e/gyro-process.ts'
import { grantAll, startListener } from '../support/diameter-listener.ts'

t.test('sessions run against a server, and their figures are printed', async t => {
  const { port, requests } = await startListener(t)
  const where = ['--connect', `127.0.0.1:${port}`, '--msisdn-base', '4915100000000']
  const sizes = ['--accounts', '5', '--seconds', '1', '--window', '4']
  const { status, stdout, stderr } = await gyro(['bench', ...where, ...sizes, '--json'])
  t.equal(status, 0, stderr)
  const figures = JSON.parse(stdout)
  t.match(figures, { failed: 0, serverUs: null, perSecond: Number, p50us: Number, p99us: Number })
  t.same(figures.codes, { 2001: figures.requests })
  t.equal(requests.length, figures.requests)
  const sessions = new Map<string, string[]>()
  for (const { sessionId, type } of requests) {
    sessions.set(sessionId, [...(sessions.get(sessionId) ?? []), type])
  }
  t.equal(sessions.size, figures.sessions)
  t.ok([...sessions.values()].every(([first]) => first === 'initial'))
  t.ok([...sessions.values()].every(types => types.at(-1) === 'termination'))
  t.same([...sessions.values()][0], ['initial', 'update', 'update', 'update', 'termination'])
  const msisdns = new Set(requests.map(({ subscribers }) => subscribers[0]?.value))
  t.same(
    [...msisdns].sort(),
    Array.from({ length: 5 }, (_, n) => `491510000000${n}`)
  )
  t.equal(requests[1]?.usages[0]?.used, null)
  t.ok(requests.some(({ usages }) => usages[0]?.used?.octets === 10_000_000))
})

t.test('answers that are no success make it fail', async t => {
  const { port } = await startListener(t, {
    charge: (request, reply) => reply({ ...grantAll(request), outcome: 'user-unknown', units: [] })
  })
  const where = ['--connect', `127.0.0.1:${port}`]
  const { status, stdout, stderr } = await gyro(['bench', ...where, '--seconds', '1'])
  t.equal(status, 1)
  t.match(stdout, /CCR\/s .* FAILED\n/)
  t.match(stderr, /not all answers were a success: \{"5030":\d+\}/)
})

t.test('what cannot be run says why', async t => {
  for (const [args, status, message] of [
    [['--seconds', '0'], 2, /--seconds must be a whole number from 1 to 600, not "0"/],
    [['--connect', 'nowhere'], 2, /--connect must be host:port/],
    [
      ['--connect', '127.0.0.1:1', '--msisdn-base', '12'],
      2,
      /--msisdn-base must be 5 to 15 digits/
    ],
    [['--connect', '127.0.0.1:1'], 1, /no load on 127\.0\.0\.1:1: connect ECONNREFUSED/]
  ] as const) {
    const found = await gyro(['bench', ...args])
    t.equal(found.status, status)
    t.match(found.stderr, message)
  }
})

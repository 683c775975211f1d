import { spawnSync } from 'node:child_process'
import t from 'tap'
import { createLog, logLevels, maskIdentities } from '../../src/ops/log.ts'
import { suffix } from '../support/suffix.ts'

function captured(level: (typeof logLevels)[number], identities: 'masked' | 'plain' = 'masked') {
  const lines: string[] = []
  const log = createLog({ level, identities }, { write: line => void lines.push(line) })
  return { log, events: () => lines.map(line => JSON.parse(line) as Record<string, unknown>) }
}

t.test('each event is one JSON line with its level as a word and an ISO time', async t => {
  const { log, events } = captured('info')
  log.info({ listen: '127.0.0.1:3868' }, 'listening')
  const [event] = events()
  t.match(event, { level: 'info', msg: 'listening', listen: '127.0.0.1:3868', pid: process.pid })
  t.match(event?.['time'], /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

t.test('levels below the configured one are dropped, ready never is', async t => {
  const written = Object.fromEntries(
    logLevels.map(level => {
      const { log, events } = captured(level)
      log.debug({}, 'd')
      log.info({}, 'i')
      log.warn({}, 'w')
      log.error({}, 'e')
      log.ready({})
      return [level, events().map(event => event['msg'])]
    })
  )
  t.same(written, {
    debug: ['d', 'i', 'w', 'e', 'ready'],
    info: ['i', 'w', 'e', 'ready'],
    warn: ['w', 'e', 'ready'],
    error: ['e', 'ready'],
    silent: ['ready']
  })
})

t.test('RFC 8506 15: identities keep their last three digits in every field', async t => {
  const { log, events } = captured('info')
  log.info({ msisdn: '4915100000001', request: { imsi: '262010000000777', n: 1 } }, 'x')
  t.match(events()[0], {
    msisdn: '**********001',
    request: { imsi: '************777', n: 1 }
  })
})

t.test('lists, typed identities and short ones are masked too', async t => {
  t.same(
    maskIdentities({
      lines: [{ msisdn: '4915100000001' }],
      subscriber: { type: 'msisdn', value: '4915100000001' },
      calledParty: '112',
      msisdn: null
    }),
    {
      lines: [{ msisdn: '**********001' }],
      subscriber: { type: 'msisdn', value: '**********001' },
      calledParty: '***',
      msisdn: null
    }
  )
})

t.test('the fields given are not changed', async t => {
  const fields = { msisdn: '4915100000001' }
  maskIdentities(fields)
  t.same(fields, { msisdn: '4915100000001' })
})

t.test('identities are plain where that is configured', async t => {
  const { log, events } = captured('info', 'plain')
  log.info({ msisdn: '4915100000001' }, 'x')
  t.equal(events()[0]?.['msisdn'], '4915100000001')
})

t.test('errors keep their message and stack', async t => {
  const { log, events } = captured('error')
  log.error({ err: new Error('store away') }, 'x')
  log.error(new Error('alone'), 'y')
  t.match(events()[0], { err: { message: 'store away', stack: /log\.test/ } })
  t.match(events()[1], { err: { message: 'alone' } })
})

t.test('a circular field does not hang the log', async t => {
  const { log, events } = captured('info')
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  log.info({ loop }, 'x')
  t.equal(events().length, 1)
})

t.test('the log goes to stderr, and nothing to stdout', async t => {
  const module = import.meta.resolve(`../../src/ops/log${suffix}`)
  const script = `import(${JSON.stringify(module)}).then(({ createLog }) =>
    createLog({ level: 'silent', identities: 'masked' }).ready({ listen: 'x' }))`
  const run = spawnSync(process.execPath, [...process.execArgv, '--eval', script], {
    encoding: 'utf8'
  })
  t.equal(run.stdout, '')
  t.match(JSON.parse(run.stderr), { msg: 'ready', listen: 'x' })
})

import { EventEmitter } from 'node:events'
import t from 'tap'
import { createShutdown } from '../../src/ops/shutdown.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

function started(deadlineMs = 1_000) {
  const signals = new EventEmitter()
  const exits: number[] = []
  const exited = new Promise<void>(resolve => signals.once('exit', resolve))
  const exit = (status: number) => {
    exits.push(status)
    signals.emit('exit')
  }
  const shutdown = createShutdown({ log: quiet, deadlineMs, signals, exit })
  return { signals, exits, exited, shutdown }
}

t.test('a signal closes everything in the order of registration and exits with 0', async t => {
  const { signals, exits, exited, shutdown } = started()
  const closed: string[] = []
  shutdown.onClose('listener', async () => {
    await new Promise(resolve => setTimeout(resolve, 10))
    closed.push('listener')
  })
  shutdown.onClose('store', () => void closed.push('store'))
  signals.emit('SIGTERM')
  await exited
  t.same(closed, ['listener', 'store'])
  t.same(exits, [0])
})

t.test('a closer that fails does not keep the next ones from closing, and shows', async t => {
  const { signals, exits, exited, shutdown } = started()
  const closed: string[] = []
  shutdown.onClose('broken', () => Promise.reject(new Error('no')))
  shutdown.onClose('store', () => void closed.push('store'))
  signals.emit('SIGINT')
  await exited
  t.same(closed, ['store'])
  t.same(exits, [1])
})

t.test('a closer that hangs is given up at the deadline', async t => {
  const { signals, exits, exited, shutdown } = started(30)
  shutdown.onClose('hangs', () => new Promise(() => {}))
  signals.emit('SIGTERM')
  await exited
  t.same(exits, [1])
})

t.test('a second signal ends the process at once', async t => {
  const { signals, exits, exited, shutdown } = started()
  let release = () => {}
  shutdown.onClose('slow', () => new Promise<void>(resolve => (release = resolve)))
  signals.emit('SIGTERM')
  signals.emit('SIGINT')
  await exited
  t.same(exits, [1])
  release()
})

t.test('an end from inside runs once', async t => {
  const { exits, exited, shutdown } = started()
  let times = 0
  shutdown.onClose('once', () => void times++)
  shutdown.begin('store unfit')
  shutdown.begin('again')
  await exited
  t.equal(times, 1)
  t.same(exits, [0])
})

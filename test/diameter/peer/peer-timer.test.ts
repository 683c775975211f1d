import t from 'tap'
import { PeerTimer } from '../../../src/diameter/peer/peer-timer.ts'

/** A scheduler whose time only moves when told, with at most one timer, as a connection has. */
function createTime() {
  let now = 0
  let timer: { at: number; run: () => void } | null = null
  return {
    ports: {
      clock: { now: () => now, monotonic: () => now },
      random: { hex: () => '', fraction: () => 0.5 },
      scheduler: {
        soon: (run: () => void) => run(),
        later: (delayMs: number, run: () => void) => {
          const mine = { at: now + delayMs, run }
          timer = mine
          return () => {
            if (timer === mine) timer = null
          }
        }
      }
    },
    now: () => now,
    pending: () => timer !== null,
    to(at: number) {
      while (timer && timer.at <= at) {
        const due = timer
        now = due.at
        timer = null
        due.run()
      }
      now = at
    }
  }
}

function createTimer() {
  const time = createTime()
  const seen: string[] = []
  const timer = new PeerTimer(time.ports, 30_000, {
    sendWatchdog: () => seen.push(`watchdog at ${time.now()}`),
    closeConnection: () => seen.push(`closed at ${time.now()}`)
  })
  timer.start()
  return { time, timer, seen }
}

t.test(
  'RFC 3539 3.4.1: silence: a watchdog after Tw, suspect within 2 Tw, closed 2 Tw after the watchdog',
  async t => {
    const { time, timer, seen } = createTimer()
    time.to(60_000)
    t.equal(timer.stateName, 'suspect')
    time.to(200_000)
    t.strictSame(seen, ['watchdog at 30000', 'closed at 90000'])
    t.equal(timer.stateName, 'down')
    t.ok(timer.isDown)
  }
)

t.test('RFC 3539 3.4.1: traffic: no watchdog is sent until Tw after the last message', async t => {
  const { time, timer, seen } = createTimer()
  for (let at = 1_000; at <= 100_000; at += 1_000) {
    time.to(at)
    timer.heard(at)
  }
  t.strictSame(seen, [])
  time.to(140_000)
  t.strictSame(seen, ['watchdog at 130000'])
})

t.test('RFC 3539 3.4.1: an answered watchdog starts the next interval', async t => {
  const { time, timer, seen } = createTimer()
  time.to(31_000)
  timer.answered(31_000)
  time.to(62_000)
  t.strictSame(seen, ['watchdog at 30000', 'watchdog at 61000'])
})

t.test('RFC 3539 3.4.1: a suspect connection that is heard again is okay again', async t => {
  const { time, timer, seen } = createTimer()
  time.to(70_000)
  t.equal(timer.stateName, 'suspect')
  timer.heard(70_000)
  t.equal(timer.stateName, 'okay')
  timer.answered(70_500)
  time.to(101_000)
  t.strictSame(seen, ['watchdog at 30000', 'watchdog at 100500'])
})

t.test(
  'RFC 3539 3.4.1: after DOWN a connection proves itself with three answers, whatever else comes',
  async t => {
    const { time, timer, seen } = createTimer()
    timer.start(true)
    t.equal(timer.stateName, 'reopen')
    timer.answered(1_000)
    for (const second of [10, 20, 29]) {
      time.to(second * 1_000)
      timer.heard(second * 1_000)
    }
    time.to(30_000)
    timer.answered(31_000)
    t.equal(timer.stateName, 'reopen')
    time.to(60_000)
    timer.answered(61_000)
    t.equal(timer.stateName, 'okay')
    t.notOk(timer.isDown)
    t.strictSame(seen, ['watchdog at 0', 'watchdog at 30000', 'watchdog at 60000'])
  }
)

t.test('a stopped timer leaves nothing behind', async t => {
  const { time, timer, seen } = createTimer()
  timer.stop()
  t.notOk(time.pending())
  timer.heard(1)
  timer.answered(2)
  time.to(500_000)
  t.strictSame(seen, [])
})

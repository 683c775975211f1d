import t from 'tap'
import {
  connectionUp,
  connectionUpAgain,
  stepWatchdog,
  type WatchdogEvent,
  type WatchdogState,
  watchdogInterval
} from '../../../src/diameter/peer/watchdog.ts'

const okay: WatchdogState = { name: 'okay', pending: false, answered: 0 }
const okayPending: WatchdogState = { ...okay, pending: true }
const suspect: WatchdogState = { name: 'suspect', pending: true, answered: 0 }
const down: WatchdogState = { name: 'down', pending: false, answered: 0 }
const reopen = (pending: boolean, answered: number): WatchdogState => ({
  name: 'reopen',
  pending,
  answered
})

// Every row of RFC 3539 3.4.1 and appendix A that an accepted connection can meet. The wire format of a row
// is: state, event, actions, new state.
const rows: [string, WatchdogState, WatchdogEvent, string[], WatchdogState][] = [
  ['OKAY, receive DWA', okayPending, 'received-dwa', ['set-watchdog'], okay],
  ['OKAY, receive non-DWA', okay, 'received-other', ['set-watchdog'], okay],
  [
    'OKAY, receive non-DWA: Pending stays',
    okayPending,
    'received-other',
    ['set-watchdog'],
    okayPending
  ],
  [
    'OKAY, timer expires & !Pending',
    okay,
    'timer-expired',
    ['send-watchdog', 'set-watchdog'],
    okayPending
  ],
  ['OKAY, timer expires & Pending', okayPending, 'timer-expired', ['set-watchdog'], suspect],
  ['OKAY, connection down', okay, 'connection-down', [], down],
  ['SUSPECT, receive DWA', suspect, 'received-dwa', ['set-watchdog'], okay],
  ['SUSPECT, receive non-DWA', suspect, 'received-other', ['set-watchdog'], okayPending],
  ['SUSPECT, timer expires', suspect, 'timer-expired', ['close-connection'], down],
  ['SUSPECT, connection down', suspect, 'connection-down', [], down],
  ['REOPEN, receive DWA & NumDWA == 2', reopen(true, 2), 'received-dwa', [], okay],
  ['REOPEN, receive DWA & NumDWA < 2', reopen(true, 0), 'received-dwa', [], reopen(false, 1)],
  ['REOPEN, receive DWA after a late one', reopen(true, -1), 'received-dwa', [], reopen(false, 0)],
  ['REOPEN, receive non-DWA', reopen(true, 1), 'received-other', ['throw-away'], reopen(true, 1)],
  [
    'REOPEN, timer expires & !Pending',
    reopen(false, 1),
    'timer-expired',
    ['send-watchdog', 'set-watchdog'],
    reopen(true, 1)
  ],
  [
    'REOPEN, timer expires & Pending & NumDWA >= 0',
    reopen(true, 1),
    'timer-expired',
    ['set-watchdog'],
    reopen(true, -1)
  ],
  [
    'REOPEN, timer expires & Pending & NumDWA < 0',
    reopen(true, -1),
    'timer-expired',
    ['close-connection'],
    down
  ],
  ['REOPEN, connection down', reopen(true, 1), 'connection-down', [], down],
  ['DOWN, receive DWA', down, 'received-dwa', ['throw-away'], down],
  ['DOWN, receive non-DWA', down, 'received-other', ['throw-away'], down],
  ['DOWN, timer expires: the peer connects, not we', down, 'timer-expired', [], down]
]

for (const [name, state, event, actions, next] of rows) {
  t.test(`RFC 3539 3.4.1: ${name}`, async t => {
    t.strictSame(stepWatchdog(state, event), [next, actions])
  })
}

t.test('RFC 3539 3.4.1: INITIAL, connection up: OKAY with the timer set', async t => {
  t.strictSame(connectionUp, [okay, ['set-watchdog']])
})

t.test(
  'RFC 3539 3.4.1: DOWN, connection up: REOPEN until three watchdogs are answered',
  async t => {
    let [state, actions] = connectionUpAgain
    t.strictSame(actions, ['send-watchdog', 'set-watchdog'])
    for (const expected of ['reopen', 'reopen', 'okay']) {
      ;[state, actions] = stepWatchdog(state, 'received-dwa')
      t.equal(state.name, expected)
      if (state.name === 'reopen') [state] = stepWatchdog(state, 'timer-expired')
    }
  }
)

t.test('RFC 3539 3.4.1: a silent peer: watchdog, suspect, closed', async t => {
  let state: WatchdogState = connectionUp[0]
  const seen: string[] = []
  for (let i = 0; i < 3; i++) {
    const [next, actions] = stepWatchdog(state, 'timer-expired')
    seen.push(`${actions.join(' ')} -> ${next.name}`)
    state = next
  }
  t.strictSame(seen, [
    'send-watchdog set-watchdog -> okay',
    'set-watchdog -> suspect',
    'close-connection -> down'
  ])
})

t.test(
  'RFC 3539 3.4.1: Tw lies within two seconds of its base, and uses all of that room',
  async t => {
    const at = (fraction: number) =>
      watchdogInterval(30_000, { hex: () => '', fraction: () => fraction })
    t.equal(at(0), 28_000)
    t.equal(at(0.5), 30_000)
    t.ok(at(0.999_999) <= 32_000 && at(0.999_999) > 31_990)
  }
)

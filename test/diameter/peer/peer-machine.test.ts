import t from 'tap'
import {
  type Capabilities,
  faultOf,
  type PeerEvent,
  type PeerState,
  step,
  waitCer
} from '../../../src/diameter/peer/peer-machine.ts'

const peer = { host: 'pgw.example.org', realm: 'example.org' }
const good: Capabilities = {
  version: 1,
  fault: null,
  peer,
  applications: [4],
  inbandSecurity: []
}
const open: PeerState = { name: 'open', peer }
const waiting: PeerState = { name: 'wait-cea' }
const closing: PeerState = { name: 'closing', peer }

/** The name of the next state, then the actions; a close without its reason, a refusal with its code. */
function run(state: PeerState, event: PeerEvent): string[] {
  const [next, actions] = step(state, event)
  return [
    next.name,
    ...actions.map(action =>
      action.do === 'send-cea' ? `send-cea ${action.fault?.resultCode ?? 2001}` : action.do
    )
  ]
}

// RFC 6733 5.6: state, event, next state, actions.
const rows: [string, PeerState, PeerEvent, string[]][] = [
  [
    'Closed, R-Conn-CER: accepted',
    waitCer,
    { type: 'cer', capabilities: good },
    ['open', 'send-cea 2001', 'opened']
  ],
  [
    'Closed, R-Conn-CER: refused, answered and disconnected (5.3)',
    waitCer,
    { type: 'cer', capabilities: { ...good, applications: [3] } },
    ['closed', 'send-cea 5010', 'close']
  ],
  [
    'R-Open, R-Conn-CER, R-Reject: one connection too many',
    waitCer,
    { type: 'cer', capabilities: { ...good, duplicate: true } },
    ['closed', 'close']
  ],
  ['Wait-I-CEA, I-Rcv-CEA', waiting, { type: 'cea', peer, refused: null }, ['open', 'opened']],
  [
    'Wait-I-CEA, I-Rcv-CEA that refuses us',
    waiting,
    { type: 'cea', peer, refused: 'no' },
    ['closed', 'close']
  ],
  [
    'Wait-I-CEA, a CEA that names nobody',
    waiting,
    { type: 'cea', peer: null, refused: null },
    ['closed', 'close']
  ],
  ['Wait-I-CEA, I-Rcv-Non-CEA', waiting, { type: 'message' }, ['closed', 'close']],
  ['Wait-I-CEA, a DWR', waiting, { type: 'dwr' }, ['closed', 'close']],
  ['Wait-I-CEA, Timeout', waiting, { type: 'timeout' }, ['closed', 'close']],
  ['Wait-I-CEA, the server stops', waiting, { type: 'stop' }, ['closed', 'close']],
  ['Wait-I-CEA, I-Peer-Disc', waiting, { type: 'disconnected' }, ['closed']],
  ['I-Open, a second CEA', open, { type: 'cea', peer, refused: null }, ['open']],
  ['Closed, another message first', waitCer, { type: 'message' }, ['closed', 'close']],
  ['Closed, DWR first', waitCer, { type: 'dwr' }, ['closed', 'close']],
  ['Closed, DPR first', waitCer, { type: 'dpr' }, ['closed', 'close']],
  ['Closed, no CER in time', waitCer, { type: 'timeout' }, ['closed', 'close']],
  ['Closed, the server stops', waitCer, { type: 'stop' }, ['closed', 'close']],
  ['Closed, disconnected', waitCer, { type: 'disconnected' }, ['closed']],
  ['R-Open, R-Rcv-Message', open, { type: 'message' }, ['open', 'process']],
  ['R-Open, R-Rcv-DWR', open, { type: 'dwr' }, ['open', 'send-dwa']],
  ['R-Open, R-Rcv-DWA', open, { type: 'dwa' }, ['open']],
  ['R-Open, Stop', open, { type: 'stop' }, ['closing', 'send-dpr', 'set-timer']],
  ['R-Open, R-Rcv-DPR', open, { type: 'dpr' }, ['closing', 'send-dpa', 'set-timer']],
  ['R-Open, R-Peer-Disc', open, { type: 'disconnected' }, ['closed']],
  ['R-Open, a DPA nobody asked for', open, { type: 'dpa' }, ['open']],
  ['R-Open, a late timer', open, { type: 'timeout' }, ['open']],
  [
    'R-Open, the same peer sends a CER again',
    open,
    { type: 'cer', capabilities: { ...good, peer: { ...peer, host: 'PGW.example.org' } } },
    ['open', 'send-cea 2001']
  ],
  [
    'R-Open, a CER of another peer',
    open,
    { type: 'cer', capabilities: { ...good, peer: { ...peer, host: 'other' } } },
    ['closed', 'close']
  ],
  [
    'R-Open, a CER that is not acceptable any more',
    open,
    { type: 'cer', capabilities: { ...good, applications: [] } },
    ['closed', 'close']
  ],
  ['Closing, R-Rcv-DPA', closing, { type: 'dpa' }, ['closed', 'close-drained']],
  ['Closing, Timeout', closing, { type: 'timeout' }, ['closed', 'close']],
  ['Closing, R-Peer-Disc', closing, { type: 'disconnected' }, ['closed']],
  ['Closing, both sides disconnect', closing, { type: 'dpr' }, ['closing', 'send-dpa']],
  ['Closing, a watchdog', closing, { type: 'dwr' }, ['closing', 'send-dwa']],
  ['Closing, a request that crossed our DPR', closing, { type: 'message' }, ['closing', 'process']],
  ['Closing, Stop', closing, { type: 'stop' }, ['closing']],
  ['closed for good: nothing happens', { name: 'closed' }, { type: 'message' }, ['closed']]
]

for (const [name, state, event, expected] of rows) {
  t.test(`RFC 6733 5.6: ${name}`, async t => {
    t.strictSame(run(state, event), expected)
  })
}

t.test('RFC 6733 5.3: what is refused, and with which code', async t => {
  const code = (change: Partial<Capabilities>) =>
    faultOf({ ...good, ...change })?.resultCode ?? null
  const missing = { resultCode: 5005, avp: Buffer.alloc(12), message: 'Product-Name is missing' }
  t.equal(code({}), null)
  t.equal(code({ applications: [0xffff_ffff] }), null, 'a relay shares every application')
  t.equal(code({ applications: [1, 4] }), null)
  t.equal(code({ applications: [] }), 5010)
  t.equal(code({ applications: [16777238] }), 5010, 'Gx is not Gy')
  t.equal(code({ version: 2 }), 5011)
  t.equal(code({ inbandSecurity: [1] }), 5017)
  t.equal(code({ inbandSecurity: [1, 0] }), null)
  t.equal(code({ fault: missing }), 5005)
  const unknown = { resultCode: 3010, avp: null, message: 'unknown' }
  t.equal(code({ refused: unknown, applications: [] }), 3010, 'who it is comes before what it does')
  t.equal(code({ refused: unknown, fault: missing }), 5005, 'and after the form')
  t.equal(code({ fault: missing, version: 2 }), 5011, 'the version comes first')
  t.equal(code({ fault: missing, applications: [] }), 5005, 'then the form')
})

t.test('RFC 6733 5.3: the fault of the decoder goes into the CEA with its AVP', async t => {
  const fault = { resultCode: 5005, avp: Buffer.alloc(12), message: 'Product-Name is missing' }
  const [, actions] = step(waitCer, { type: 'cer', capabilities: { ...good, fault, peer: null } })
  t.strictSame(actions[0], { do: 'send-cea', fault })
})

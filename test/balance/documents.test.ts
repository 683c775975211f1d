import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import {
  accountHead,
  decodeAccount,
  decodeLine,
  encodeAccount,
  encodeLine
} from '../../src/balance/documents/account.ts'
import {
  decodeClosed,
  decodeHolder,
  decodeLineRef,
  decodeOperation,
  encodeClosed,
  encodeHolder,
  encodeLineRef,
  encodeOperation
} from '../../src/balance/documents/receipts.ts'
import { decodeSession, encodeSession, sessionHead } from '../../src/balance/documents/session.ts'
import type { Account, Line } from '../../src/domain/account.ts'
import type { ChargingSession, ClosedSession, ServiceUsage } from '../../src/domain/session.ts'

const safe = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
const plain = { noNullPrototype: true }
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const closedSessions: fc.Arbitrary<ClosedSession> = fc.record(
  {
    end: fc.constantFrom('terminated' as const, 'expired' as const),
    last: safe,
    initial: fc.oneof(safe, fc.constant(0)),
    settled: fc.string(),
    cdrs: fc.oneof(safe, fc.constant(1)),
    startedAt: safe,
    positions: fc.array(fc.record({ price: fc.string(), units: safe, amount: safe }, plain)),
    traceId: fc.constant(traceId)
  },
  {
    ...plain,
    requiredKeys: ['end', 'last', 'initial', 'settled', 'cdrs', 'startedAt', 'positions']
  }
)

t.test('the receipt of a closed session comes back as it was', async () => {
  fc.assert(
    fc.property(closedSessions, closed => {
      return isDeepStrictEqual(decodeClosed(encodeClosed(closed)), closed)
    }),
    { numRuns: 500 }
  )
})

const debit = fc.record(
  {
    number: fc.integer({ min: -1 }),
    ratingGroup: fc.integer({ min: -1 }),
    price: fc.string({ unit: 'binary' }),
    bucket: fc.string(),
    zone: fc.string(),
    unit: fc.constantFrom('octets' as const, 'seconds' as const, 'messages' as const),
    units: safe,
    amount: safe
  },
  plain
)
const events = fc.record(
  {
    lineId: fc.string(),
    debited: fc.string(),
    refunded: fc.string(),
    answers: fc.array(fc.string()),
    debits: fc.array(debit)
  },
  plain
)

t.test('so does what events did under its id, and any text in it', async () => {
  fc.assert(
    fc.property(closedSessions, events, fc.string({ unit: 'binary' }), (closed, did, settled) => {
      const receipt = { ...closed, settled, events: did }
      return isDeepStrictEqual(decodeClosed(encodeClosed(receipt)), receipt)
    }),
    { numRuns: 300 }
  )
})

t.test('a receipt of one price takes at most 64 octets', async t => {
  const text = encodeClosed({
    end: 'terminated',
    last: 37,
    initial: 0,
    settled: '1-36',
    cdrs: 1,
    startedAt: Date.UTC(2026, 10, 21, 12, 34, 56, 789),
    positions: [
      { price: 'c0ffee00:prepaid-go/data-home', units: 2_500_000_000, amount: 25_000_000 }
    ]
  })
  t.ok(Buffer.byteLength(text) <= 64, `${text} has ${Buffer.byteLength(text)}`)
})

t.test('a damaged receipt is refused', async t => {
  for (const text of [
    '',
    'q1|2|3',
    't1|2|3',
    'T1|2|3|4',
    'T1||',
    'T1||a.b',
    't1||2|3|',
    'T1||a|price|1|x.y',
    `T1||a\n\n${traceId.slice(1)}`,
    `T1||a\n\n${traceId.toUpperCase()}`
  ]) {
    t.throws(() => decodeClosed(text), { code: 'GYRO_DOCUMENT_FORMAT' }, text)
  }
})

const account: Account = {
  format: 1,
  id: 'acme "1"',
  status: 'blocked',
  blockReason: 'fraud, "quoted"',
  currency: 'EUR',
  createdAt: 1_763_700_000_000,
  lastAt: 1_763_700_000_001,
  records: 7,
  openSessions: 2,
  sweepAt: 1_763_707_200_000,
  wallet: { available: -5, reserved: Number.MAX_SAFE_INTEGER },
  subscriptions: [
    { id: 'go#1', offer: 'go', since: 1 },
    { id: 'paid#1', offer: 'paid', since: 1, paidUntil: 9 },
    { id: 'paid#2', offer: 'paid', since: 1, paidUntil: 9, suspendedAt: 9 },
    { id: 'own#1', offer: 'go', since: 1, line: '4915100000001' },
    { id: 'own#2', offer: 'paid', since: 1, paid: { amount: 5, from: 1, until: 9 }, line: '1' },
    { id: 'own#3', offer: 'paid', since: 1, paidUntil: 9, suspendedAt: 9, line: '1' }
  ],
  buckets: [
    {
      id: 'pack#1/data/x',
      subscriptionId: 'pack#1',
      offer: 'pack',
      allowance: 'data',
      unit: 'octets',
      total: 3,
      available: 1,
      reserved: 2,
      priority: 10,
      validFrom: 1,
      validUntil: null
    },
    {
      id: 'b "2"',
      subscriptionId: 's',
      offer: 'o',
      allowance: 'a',
      unit: 'seconds',
      total: 9,
      available: 0,
      reserved: 2,
      priority: 1,
      validFrom: 1,
      validUntil: 2,
      ended: true
    },
    {
      id: 'b#3+',
      subscriptionId: 's',
      offer: 'o',
      allowance: 'a',
      unit: 'money',
      total: 9,
      available: 0,
      reserved: 2,
      priority: 1,
      validFrom: 1,
      validUntil: 2,
      rolled: true,
      level: 2,
      status: 'near'
    }
  ],
  counters: [
    {
      id: 'go#1/cap',
      subscriptionId: 'go#1',
      offer: 'go',
      limit: 'cap',
      unit: 'money',
      amount: 59_500_000,
      own: null,
      beyond: 'period',
      used: 7,
      reserved: 8,
      validFrom: 1,
      validUntil: null,
      level: 1,
      status: 'near "it"'
    }
  ],
  badDebt: 12
}
const line: Line = {
  format: 1,
  id: '4915100000001',
  accountId: 'acme "1"',
  msisdn: '4915100000001',
  imsi: null,
  createdAt: 5,
  buckets: account.buckets,
  counters: account.counters
}
const session: ChargingSession = {
  format: 1,
  id: 'pgw;1;"2"\n;sub=3',
  accountId: 'acme "1"',
  lineId: '4915100000001',
  context: '32251',
  origin: { host: 'pgw.example', realm: 'exämple' },
  route: { protocol: 'gy', peer: 'dra.exämple' },
  startedAt: 1,
  lastAt: 2,
  expiresAt: 3,
  sweepAt: 4,
  cdrs: 5,
  initial: -1,
  settled: '1-4,6',
  answers: ['i0|0|10,,0,o,10000000,3600,2000000,', 'u1|4|'],
  services: [
    {
      ratingGroup: 10,
      serviceIdentifiers: [1, 2],
      upf: 'b7e2fa2c-5b2a-4a4b-9a53-0d7c1f8d9a01',
      inputOctets: 1,
      outputOctets: 2,
      octets: 3,
      seconds: 4,
      messages: 5,
      grant: {
        unit: 'octets',
        units: 10,
        price: 'v:go/"home"',
        zone: 'home',
        draws: [
          { source: 'line', bucket: 'b', units: 4, amount: 0 },
          { source: 'account', bucket: 'c', units: 4, amount: 0 },
          { source: 'wallet', bucket: '', units: 2, amount: 7 }
        ],
        at: 9,
        final: true
      },
      parts: [
        {
          price: 'v:go/home',
          bucket: '',
          zone: 'home',
          unit: 'octets',
          units: 3,
          amount: 4,
          before: 0,
          suspense: true
        }
      ]
    },
    {
      ratingGroup: 4_294_967_295,
      serviceIdentifiers: [],
      upf: '',
      inputOctets: 0,
      outputOctets: 0,
      octets: 0,
      seconds: 0,
      messages: 0,
      grant: null,
      parts: []
    },
    {
      ratingGroup: 12,
      serviceIdentifiers: [],
      upf: '',
      inputOctets: 0,
      outputOctets: 0,
      octets: 0,
      seconds: 0,
      messages: 0,
      grant: {
        unit: 'octets',
        units: 10,
        price: 'v:go/day',
        zone: 'home',
        draws: [],
        at: 9,
        final: false,
        change: { at: 10, price: 'v:go/"night"' }
      },
      parts: []
    },
    {
      ratingGroup: 13,
      serviceIdentifiers: [],
      upf: '',
      inputOctets: 0,
      outputOctets: 0,
      octets: 0,
      seconds: 0,
      messages: 0,
      grant: {
        unit: 'money',
        units: 10,
        price: 'money',
        zone: '',
        draws: [],
        at: 9,
        final: false,
        pool: 0
      },
      parts: []
    }
  ],
  positions: [{ price: 'v:go/home', units: 3, amount: 4 }],
  facts: { plmn: '26201', apn: 'inter"net', rat: 6 },
  information: '{"b":{"t":"\\u0000\\"ü"}}'
}

t.test('documents come back as they were', async t => {
  t.same(decodeAccount(encodeAccount(account, accountHead(account, null))), account)
  t.same(decodeLine(encodeLine(line)), line)
  for (const more of [
    { ownOffers: [{ offers: ['go', 'paid'], lines: 2 }] },
    {
      ownOffers: [
        { offers: ['go'], lines: 1 },
        { offers: ['x'], lines: 20_000 }
      ],
      changes: [{ at: 5, from: 'a#1', to: null, policy: 'reset' as const }]
    }
  ]) {
    const having = { ...account, ...more }
    t.same(decodeAccount(encodeAccount(having, accountHead(having, null))), having)
  }
  const past = {
    changes: 3,
    endedAt: 7,
    numbers: [
      { msisdn: '1', imsi: null, until: 5 },
      { msisdn: null, imsi: '2', until: 6 }
    ]
  }
  const blank = { ...line, buckets: [], counters: [] }
  for (const of of [line, blank, { ...line, tenant: 'x "1"' }]) {
    t.same(decodeLine(encodeLine({ ...of, past })), { ...of, past })
  }
  const own = { id: `own#1@${line.id}`, offer: 'own', since: 3, line: line.id }
  const both = { ...line, past: { ...past, endedAt: 0 }, subscriptions: [own] }
  t.same(decodeLine(encodeLine(both)), both)
  for (const subscriptions of [
    [own],
    [
      { ...own, paid: { amount: 5, from: 1, until: 9 }, paidUntil: 9 },
      { ...own, suspendedAt: 9, paidUntil: 9 }
    ]
  ]) {
    for (const whose of [line, { ...line, tenant: 'x' }, { ...line, counters: [] }]) {
      const having = { ...whose, subscriptions }
      t.same(decodeLine(encodeLine(having)), having)
    }
  }
  t.same(decodeSession(encodeSession(session, sessionHead(session, undefined))), session)
  const bare = { ...account, subscriptions: [], buckets: [], blockReason: null } as const
  t.same(decodeAccount(encodeAccount(bare, accountHead(bare, null))), bare)
  const said = { ...session, information: '' }
  t.same(decodeSession(encodeSession(said, sessionHead(said, undefined))), said)
  const empty = { ...session, answers: [], services: [], positions: [], settled: '', facts: {} }
  t.same(decodeSession(encodeSession(empty, sessionHead(empty, undefined))), empty)
  const [first] = session.services as [ServiceUsage]
  const { inputOctets, outputOctets, octets, seconds, messages } = first
  const recorded = [{ inputOctets, outputOctets, octets, seconds, messages }]
  for (const chain of [
    { openedAt: 1, recorded },
    { openedAt: 1, recorded: [] }
  ]) {
    for (const information of ['', session.information]) {
      const cut = { ...session, chain, information }
      t.same(decodeSession(encodeSession(cut, sessionHead(cut, undefined))), cut)
      const traced = { ...cut, traceId }
      t.same(decodeSession(encodeSession(traced, sessionHead(traced, undefined))), traced)
    }
  }
  for (const information of ['', session.information]) {
    const traced = { ...session, information, traceId }
    const head = sessionHead(traced, undefined)
    t.same(decodeSession(encodeSession(traced, head)), traced)
    const later = { ...traced, information: '{"b":1}' }
    t.same(decodeSession(encodeSession(later, sessionHead(later, head))), later)
  }
})

t.test('a kept head is used only while all it holds is the same', async t => {
  const head = accountHead(account, null)
  t.equal(accountHead({ ...account, lastAt: 9 }, head), head)
  for (const change of [
    { status: 'active' as const },
    { blockReason: null },
    { subscriptions: [] },
    { ownOffers: [{ offers: ['go'], lines: 1 }] }
  ]) {
    const changed = { ...account, ...change }
    t.same(decodeAccount(encodeAccount(changed, accountHead(changed, head))), changed)
  }
  const kept = sessionHead(session, undefined)
  t.equal(sessionHead({ ...session, lastAt: 9 }, kept), kept)
  for (const change of [
    { facts: { plmn: '1' } },
    { origin: { host: 'other', realm: 'other' } },
    { route: { protocol: 'gy', peer: 'pgw.example' } as const },
    { route: { protocol: 'gy', peer: 'pgw.example', connection: 'c0ffee.7' } as const },
    { route: { protocol: 'gy', peer: 'dra.exämple', connection: 'c0ffee.8' } as const },
    { route: { protocol: 'nchf', notifyUri: 'http://[::1]:7/"n"' } as const },
    { route: { protocol: 'nchf', notifyUri: 'http://[::1]:7/', correlation: 'imsi-"1"' } as const },
    { route: { protocol: 'nchf', notifyUri: '', binding: 'bl=nf-set; nfset=s' } as const },
    {
      route: { protocol: 'nchf', notifyUri: 'u', correlation: 'c', binding: 'bl=nf-set' } as const
    },
    { startedAt: 8 },
    { lineId: 'other' }
  ]) {
    const changed = { ...session, ...change }
    t.same(decodeSession(encodeSession(changed, sessionHead(changed, kept))), changed)
  }
})

t.test('documents of format 1 are read for ever', async t => {
  t.same(
    decodeAccount(
      '[1,"a1",0,null,"EUR",1,[["go#x","go",2]],3,4,5,6,7,8,[["b","s","o","a",2,9,8,1,5,1,null,0]]]'
    ),
    {
      format: 1,
      id: 'a1',
      status: 'active',
      blockReason: null,
      currency: 'EUR',
      createdAt: 1,
      subscriptions: [{ id: 'go#x', offer: 'go', since: 2 }],
      lastAt: 3,
      records: 4,
      openSessions: 5,
      sweepAt: 6,
      wallet: { available: 7, reserved: 8 },
      buckets: [
        {
          id: 'b',
          subscriptionId: 's',
          offer: 'o',
          allowance: 'a',
          unit: 'messages',
          total: 9,
          available: 8,
          reserved: 1,
          priority: 5,
          validFrom: 1,
          validUntil: null
        }
      ],
      counters: [],
      badDebt: 0
    }
  )
  t.match(
    decodeSession(
      '[1,"s","a","l","32251","h","r",1,{"plmn":"26201"},2,3,4,0,0,"1",["u1|0|"],[[10,[],0,0,5,0,0,[0,10,"v:o/r","home",1,0,[[0,"",10,100]]],[["v:o/r","","home",0,5,50,0,0]]]],[["v:o/r",5,50]]]'
    ),
    {
      id: 's',
      route: { protocol: 'gy', peer: 'h' },
      facts: { plmn: '26201' },
      services: [{ octets: 5, grant: { units: 10, draws: [{ source: 'wallet', amount: 100 }] } }],
      positions: [{ price: 'v:o/r', units: 5, amount: 50 }]
    }
  )
})

t.test('documents of a newer format are refused, and what is none', async t => {
  for (const decode of [decodeAccount, decodeLine, decodeSession]) {
    t.throws(() => decode('[2,"a"]'), { message: /format 2.*newer version/ }, 'newer')
    for (const text of ['{"id":"a"}', '[]', '["1"]', '[1]', '[0]', `[${' '.repeat(90)}`, 'null']) {
      t.throws(() => decode(text), { code: 'GYRO_DOCUMENT_FORMAT' }, text)
    }
  }
})

t.test('operation receipts and directory entries come back', async t => {
  const receipt = { digest: 'd', at: 1, result: 'done' }
  t.same(decodeOperation(encodeOperation(receipt)), receipt)
  const ref = { accountId: 'acme-1', lineId: '4915100000001' }
  t.same(decodeLineRef(encodeLineRef(ref)), ref)
  for (const changes of [0, 1, 12]) {
    const holder = { ...ref, changes }
    t.same(decodeHolder(encodeHolder(holder)), holder)
    t.same(decodeLineRef(encodeHolder(holder)), ref)
  }
  t.throws(() => decodeLineRef('acme-1'), { code: 'GYRO_DOCUMENT_FORMAT' })
})

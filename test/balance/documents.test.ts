import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import {
  decodeAccount,
  decodeClosed,
  decodeLine,
  decodeLineRef,
  decodeOperation,
  decodeSession,
  encodeClosed,
  encodeDocument,
  encodeLineRef,
  encodeOperation
} from '../../src/balance/documents.ts'
import type { ClosedSession } from '../../src/domain/session.ts'

const safe = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
const plain = { noNullPrototype: true }
const closedSessions: fc.Arbitrary<ClosedSession> = fc.record(
  {
    end: fc.constantFrom('terminated' as const, 'expired' as const),
    last: safe,
    initial: fc.oneof(safe, fc.constant(0)),
    settled: fc.string(),
    cdrs: fc.oneof(safe, fc.constant(1)),
    startedAt: safe,
    positions: fc.array(fc.record({ price: fc.string(), units: safe, amount: safe }, plain))
  },
  plain
)

t.test('the receipt of a closed session comes back as it was', async () => {
  fc.assert(
    fc.property(closedSessions, closed => {
      return isDeepStrictEqual(decodeClosed(encodeClosed(closed)), closed)
    }),
    { numRuns: 500 }
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
    'T1||a|price|1|x.y'
  ]) {
    t.throws(() => decodeClosed(text), { code: 'GYRO_DOCUMENT_FORMAT' }, text)
  }
})

t.test('documents of a newer format are refused, and what is none', async t => {
  for (const decode of [decodeAccount, decodeLine, decodeSession]) {
    t.throws(() => decode('{"format":2}'), { code: 'GYRO_DOCUMENT_FORMAT' }, 'newer')
    t.throws(() => decode('{"id":"a"}'), { code: 'GYRO_DOCUMENT_FORMAT' }, 'no format')
    t.throws(() => decode(`{${' '.repeat(90)}`), { code: 'GYRO_DOCUMENT_FORMAT' }, 'no JSON')
    t.throws(() => decode('null'), { code: 'GYRO_DOCUMENT_FORMAT' }, 'null')
    t.same(decode('{"format":1,"id":"a"}'), { format: 1, id: 'a' })
  }
})

t.test('lines, operation receipts and directory entries come back', async t => {
  const line = {
    format: 1,
    id: '1',
    accountId: 'a',
    msisdn: '1',
    imsi: null,
    createdAt: 5,
    buckets: []
  } as const
  t.same(decodeLine(encodeDocument(line)), line)
  const receipt = { digest: 'd', at: 1, result: 'done' }
  t.same(decodeOperation(encodeOperation(receipt)), receipt)
  const ref = { accountId: 'acme-1', lineId: '4915100000001' }
  t.same(decodeLineRef(encodeLineRef(ref)), ref)
  t.throws(() => decodeLineRef('acme-1'), { code: 'GYRO_DOCUMENT_FORMAT' })
})

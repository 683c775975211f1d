/** Sessions, sub-sessions, and Session-Ids that look like them. */
import fc from 'fast-check'
import t from 'tap'
import { viewCdr } from '../../../src/api/views.ts'
import { namesOfSession, sessionKey } from '../../../src/domain/session-key.ts'
import { recordRow } from '../../../src/export/csv.ts'
import { ccr, MB, msccOf, startCreditServer } from '../../support/credit-server.ts'

t.test('RFC 8506 8.5: a session and a sub-session of like names are two sessions', async t => {
  const server = await startCreditServer(t)
  await server.open('a', 'go', 10_000_000)
  const ask = (octets: bigint) => [
    { 'Rating-Group': 10, 'Requested-Service-Unit': { 'CC-Total-Octets': octets } }
  ]
  const octetsOf = async (session: string, octets: bigint, more: object) => {
    const answer = await server.peer.ccr(ccr(session, 'initial', 0, ask(octets), more))
    t.equal(answer.avps['Session-Id'], session)
    return Number(msccOf(answer)['Granted-Service-Unit']?.['CC-Total-Octets'])
  }
  const sub = { 'CC-Sub-Session-Id': 1n }
  t.equal(await octetsOf('X', BigInt(MB), sub), MB)
  t.equal(await octetsOf('X;sub=1', BigInt(2 * MB), {}), 2 * MB, 'no repeat of the first')
  t.equal(await octetsOf('X;sub=1', BigInt(3 * MB), sub), 3 * MB)
  t.equal(await octetsOf('X;sub=', BigInt(4 * MB), {}), 4 * MB)
  t.equal(await octetsOf('X', BigInt(5 * MB), {}), 5 * MB)

  await server.peer.ccr(ccr('X', 'termination', 1, [], sub))
  const [cdr] = await server.cdrs('X;sub=1')
  t.match(viewCdr(cdr!), { sessionId: 'X', subSessionId: '1' })
  const cells = recordRow({ recorded: 1, recordedAt: server.now, cdr: cdr! }).trim().split(',')
  t.same([cells[2], cells.at(-2)], ['X', '1'], 'as in files')
})

const part = fc.constantFrom(';sub=', ';sub', '=', '7', '0', 'pgw', ';', '\n')
const id = fc.array(part, { minLength: 1, maxLength: 6 }).map(parts => parts.join(''))
const sub = fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined })

t.test('every session has a key of its own, from which its names return', async () => {
  fc.assert(
    fc.property(id, sub, (sessionId, number) => {
      const names = namesOfSession(sessionKey(sessionId, number))
      return names.sessionId === sessionId && names.subSessionId === number?.toString()
    }),
    { numRuns: 2_000 }
  )
})

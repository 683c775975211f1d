/** The laws of one-time events, over random histories of debits, refunds and enquiries. */
import fc from 'fast-check'
import t from 'tap'
import type { ChargingAnswer } from '../../src/domain/answer.ts'
import type { ChargingRequest, RequestedAction } from '../../src/domain/request.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'

interface Step {
  readonly action: RequestedAction
  /** Of the session ids used. */
  readonly session: number
  readonly number: number
  /** Units of SMS; 0: an empty ask; below 0: money. */
  readonly ask: number
  /** Names the debit of an earlier step; below 0: none. */
  readonly names: number
  readonly repeat: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom(
    'direct-debiting',
    'direct-debiting',
    'refund',
    'refund',
    'check-balance',
    'price-enquiry'
  ),
  session: fc.integer({ min: 1, max: 4 }),
  number: fc.integer({ min: 0, max: 4 }),
  ask: fc.integer({ min: -300_000, max: 6 }),
  names: fc.integer({ min: -2, max: 12 }),
  repeat: fc.boolean()
})

function toRequest(
  { action, session, number, ask, names }: Step,
  debits: readonly Step[]
): ChargingRequest {
  const named = action === 'refund' ? debits[names] : undefined
  const usage = request('event', number, [
    { ratingGroup: 200, ask: ask > 0 ? { messages: ask } : null }
  ])
  const money = { amount: -ask, currency: 'EUR' }
  return {
    ...usage,
    sessionId: `e;${session}`,
    context: '32274',
    facts: { calledParty: '+4917012345678' },
    usages: usage.usages.map(each => ({
      ...each,
      requested: each.requested === null || ask >= 0 ? each.requested : { ...each.requested, money }
    })),
    event: {
      action,
      correlation: null,
      original:
        named === undefined ? null : { sessionId: `e;${named.session}`, number: named.number }
    }
  }
}

t.test('RFC 8506 6.4: refunds that name a debit never give back more than it took', async t => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const driver = EngineDriver.open(['go'], 1_000_000)
      const debits: Step[] = []
      for (const each of steps) {
        const asked = toRequest(each, debits)
        const before = driver.account
        const records = driver.records.length
        const answer = driver.charge(asked)
        if (each.action === 'direct-debiting' && driver.records.length > records) debits.push(each)
        if (each.action === 'check-balance' || each.action === 'price-enquiry') {
          if (driver.account !== before) throw new Error('an enquiry wrote something')
        } else if (each.repeat) sameAgain(driver, asked, answer)
        checkBooks(driver)
      }
      return true
    }),
    { numRuns: 400 }
  )
  t.pass()
})

function sameAgain(driver: EngineDriver, asked: ChargingRequest, answer: ChargingAnswer): void {
  const moved = answer.units.some(unit => unit.granted !== null || unit.money !== undefined)
  if (!moved) return
  const again = driver.decide(asked)
  if (again.changes !== null) throw new Error('a repeat changed something')
  const units = (again.answer as ChargingAnswer).units
  if (JSON.stringify(units) !== JSON.stringify(answer.units)) throw new Error('another answer')
}

/** Counted from the CDRs alone: what named refunds gave back, against what was debited. */
function checkBooks(driver: EngineDriver): void {
  let debited = 0
  let refunded = 0
  let unnamed = 0
  for (const cdr of driver.cdrs()) {
    if (!cdr.flags.includes('refund')) debited += cdr.amount
    else if (cdr.flags.includes('unnamed')) unnamed -= cdr.amount
    else refunded -= cdr.amount
  }
  const { available, reserved } = driver.wallet()
  if (refunded > debited) throw new Error(`${refunded} given back of ${debited}`)
  if (reserved !== 0) throw new Error('an event left a reservation')
  if (available < 0) throw new Error('an event took more than there was')
  if (available !== 1_000_000 - debited + refunded + unnamed) throw new Error('money is missing')
}

t.test(
  'RFC 8506 6.4: in however many parts a debit is given back, all of it comes back',
  async t => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 13 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 14 }),
        (units, parts) => {
          const driver = EngineDriver.open(['go'], 1_000_000)
          const base = { action: 'direct-debiting', session: 1, names: -1, repeat: false } as const
          driver.charge(toRequest({ ...base, number: 0, ask: units }, []))
          const refund = { ...base, action: 'refund' } as const
          for (const [index, part] of parts.entries()) {
            driver.charge(toRequest({ ...refund, number: index, ask: part }, []))
          }
          driver.charge(toRequest({ ...refund, number: 99, ask: 0 }, []))
          return driver.wallet().available === 1_000_000
        }
      ),
      { numRuns: 200 }
    )
    t.pass()
  }
)

/**
 * The laws of what gives and bounds, over random histories: conservation of every bucket and of the wallet, limits that
 * hold whatever is open, and time that may be looked at as often as anybody likes.
 *
 * What was funded and consumed is counted from records and grants, never read from the totals under test.
 */
import fc from 'fast-check'
import t from 'tap'
import { DAY, type EngineDriver, request } from '../support/engine-driver.ts'
import { EUR, History, MB, offers, step } from '../support/history.ts'
import { openWith } from '../support/limits-catalogue.ts'

t.test(
  'funded = available + reserved + consumed + expired + written off, for everything',
  async t => {
    fc.assert(
      fc.property(
        fc.constantFrom(...offers),
        fc.integer({ min: 10 * EUR, max: 40 * EUR }),
        fc.array(step, { maxLength: 40 }),
        (offer, funds, steps) => {
          const history = History.of(offer, funds)
          history.check()
          for (const each of steps) {
            history.run(each)
            history.check()
          }
          history.driver.now += 100 * DAY
          history.driver.submit({ kind: 'sweep', accountId: 'a1' })
          history.check()
          t.equal(history.driver.wallet().reserved, 0)
          t.ok(history.driver.account!.counters.every(({ reserved }) => reserved === 0))
        }
      ),
      { numRuns: 80 }
    )
  }
)

t.test('grants together never pass a limit, whatever is open', async t => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          of: fc.nat(5),
          ask: fc.integer({ min: 1, max: 4 * MB }),
          share: fc.integer({ min: 0, max: 100 })
        }),
        { minLength: 1, maxLength: 30 }
      ),
      steps => {
        const driver = openWith(['capped'], 1_000 * EUR)
        const granted = new Map<string, number>()
        const facts = { plmn: '310410' }
        steps.forEach(({ of, ask, share }, index) => {
          const id = `s;${of}`
          const used = Math.floor(((granted.get(id) ?? 0) * share) / 100)
          const answer = driver.charge(
            request(
              granted.has(id) ? 'update' : 'initial',
              index,
              [{ ask: { octets: ask }, ...(granted.has(id) ? { used: { octets: used } } : {}) }],
              { sessionId: id, facts }
            )
          )
          granted.set(id, answer.units[0]?.granted?.amount ?? 0)
          const [counter] = driver.account!.counters
          t.ok((counter?.used ?? 0) + (counter?.reserved ?? 0) <= 10 * EUR)
        })
        t.ok(1_000 * EUR - driver.wallet().available <= 10 * EUR)
      }
    ),
    { numRuns: 40 }
  )
})

t.test(
  'how usage is split changes neither what is paid nor by whom, nor what limits count',
  async t => {
    fc.assert(
      fc.property(
        fc.constantFrom('go', 'capped', 'flat', 'rolling', 'plan'),
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: 3 * MB }), { minLength: 1, maxLength: 20 }),
        (offer, promo, usages) => {
          const total = usages.reduce((sum, used) => sum + used, 0)
          const open = () => openWith([offer, ...(promo ? ['promo'] : [])], 500 * EUR)
          const whole = open()
          whole.charge(request('initial', 0, [{ ask: null }]))
          whole.charge(request('termination', 1, [{ used: { octets: total } }]))
          const split = open()
          split.charge(request('initial', 0, [{ ask: null }]))
          usages.forEach((used, index) => {
            split.charge(
              request('update', index + 1, [
                { used: { octets: used }, ...(index % 3 === 0 ? { ask: null } : {}) }
              ])
            )
          })
          split.charge(request('termination', usages.length + 1))
          t.same(split.wallet(), whole.wallet())
          t.same(split.account!.counters, whole.account!.counters)
          t.same(
            split.account!.buckets.map(({ available, level }) => [available, level]),
            whole.account!.buckets.map(({ available, level }) => [available, level])
          )
          t.equal(split.cdrs()[0]?.amount, whole.cdrs()[0]?.amount)
        }
      ),
      { numRuns: 40 }
    )
  }
)

t.test('time may be looked at as often as anybody likes: advance composes', async t => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 200 * DAY }), { maxLength: 8 }),
      fc.constantFrom(...offers),
      fc.integer({ min: 10 * EUR, max: 80 * EUR }),
      fc.integer({ min: 0, max: 30 * MB }),
      fc.boolean(),
      (instants, offer, funds, used, abroad) => {
        const open = () => {
          const driver = openWith([offer], funds)
          const facts = { plmn: abroad ? '310410' : '26201' }
          driver.charge(request('initial', 0, [{ ask: null }], { facts }))
          driver.charge(request('termination', 1, [{ used: { octets: used } }], { facts }))
          return driver
        }
        const often = open()
        const begin = often.now
        for (const at of [...instants].sort((a, b) => a - b)) {
          often.now = begin + at
          look(often)
        }
        const once = open()
        often.now = begin + 201 * DAY
        once.now = begin + 201 * DAY
        look(often)
        look(once)
        t.same({ ...often.account, ...clock }, { ...once.account, ...clock })
        t.same([...often.lines.values()], [...once.lines.values()])
        t.same(recordsOf(often), recordsOf(once))
      }
    ),
    { numRuns: 60 }
  )
})

/** What only says how often somebody looked. */
const clock = { lastAt: 0, records: 0, sweepAt: 0 }

/** A request that brings account and line forward, and leaves nothing else. */
function look(driver: EngineDriver): void {
  const id = `look;${driver.now}`
  driver.charge(request('initial', 0, [], { sessionId: id }))
  driver.charge(request('termination', 1, [], { sessionId: id }))
}

/** Movements and events without their numbers: those of the account and of its lines may come in either order. */
function recordsOf(driver: EngineDriver): string[] {
  return driver.records
    .flatMap(entry => {
      if (entry.kind === 'cdr' || entry.kind === 'account') return []
      if (entry.kind === 'event') {
        return [`${entry.at} ${entry.type} ${entry.subject} ${entry.threshold} ${entry.direction}`]
      }
      return [`${entry.at} ${entry.type} ${entry.amount} ${entry.target}`]
    })
    .sort()
}

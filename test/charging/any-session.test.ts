/**
 * Sessions of an account that count under one price in the same period, and are used and ended in any order: whatever
 * was granted stays covered, and no limit is passed. docs/charging-rules.md §5 and §16.
 */
import fc from 'fast-check'
import t from 'tap'
import { chargeFor } from '../../src/rating/price.ts'
import { type EngineDriver, request } from '../support/engine-driver.ts'
import { openWith } from '../support/limits-catalogue.ts'
import { withOwnPrice as of } from '../support/own-price.ts'

const MB = 1_000_000
const EUR = 1_000_000
const home = { plmn: '26201' }
const world = { plmn: '20801' }
const lines = ['4915100000001', '4915100000002']

const usage = (id: number, more: object) => ({ serviceIdentifiers: [id], ...more })
const ask = (id: number, octets: number) => usage(id, { ask: { octets } })
const data = { services: ['internet'], period: 'week' as const }
const micro = (amount: number) => (amount / EUR).toFixed(6)

const flat = { flat: '0.99', over: 'day', counted: 'account' } as const
const initial = (sessionId: string, ...asks: object[]) => request('initial', 0, asks, { sessionId })
const end = (sessionId: string, ...used: object[]) => request('termination', 9, used, { sessionId })

t.test('when a session ends, what others of its period relied on stays held', async t => {
  const cap = { limit: 'cap', ...data, money: '1.00' }
  for (const used of [0, MB]) {
    const driver = openWith(['own'], 990_000, of(flat, { limits: [cap] }), lines)
    driver.charge(initial('s;1', ask(1, MB)))
    driver.lineId = '4915100000002'
    const { units } = driver.charge(initial('s;2', ask(1, MB)))
    t.match(units, [{ outcome: 'success' }], 'the limit and the wallet have it once for both')
    driver.lineId = '4915100000001'
    driver.charge(end('s;1', usage(1, { used: { octets: used } })))
    const reserved = used === 0 ? 990_000 : 0
    t.same(driver.wallet(), { available: 0, reserved })
    t.match(driver.account?.counters, [{ used: 990_000 - reserved, reserved }])
    t.match(driver.account?.counts, [{ held: MB }])
    driver.lineId = '4915100000002'
    driver.charge(end('s;2', usage(1, { used: { octets: MB } })))
    t.same(driver.wallet(), { available: 0, reserved: 0 })
    t.match(driver.account?.counters, [{ used: 990_000, reserved: 0 }])
  }
})

t.test('where another session reports first, what is held is counted until it reports', async t => {
  const cap = { limit: 'cap', ...data, money: '1.00' }
  const driver = openWith(['own'], EUR, of(flat, { limits: [cap] }))
  driver.charge(initial('s;1', ask(1, MB)))
  driver.charge(initial('s;2', ask(1, MB)))
  driver.charge(end('s;2', usage(1, { used: { octets: MB } })))
  t.same(driver.wallet(), { available: 10_000 - 990_000, reserved: 990_000 })
  t.match(driver.account?.counters, [{ used: 990_000, reserved: 990_000 }])
  driver.charge(end('s;1', usage(1, { used: { octets: MB } })))
  t.same(driver.wallet(), { available: 10_000, reserved: 0 })
  t.match(driver.account?.counters, [{ used: 990_000, reserved: 0 }])
})

t.test('a limit that is for some sessions holds what another one may leave to them', async t => {
  const cap = { limit: 'cap', ...data, zones: ['world'], money: '0.50' }
  const driver = openWith(['own'], EUR, of(flat, { limits: [cap] }))
  driver.charge(initial('s;1', ask(1, MB)))
  const abroad = request('initial', 0, [ask(1, MB)], { sessionId: 's;2', facts: world })
  t.match(driver.charge(abroad).units, [{ outcome: 'credit-limit-reached' }])
  t.match(driver.account?.counters, [{ used: 0, reserved: 0 }])
})

const tiers = [
  { 'up-to': '2 MB', price: '0.01' },
  { 'up-to': '7 MB', price: '0.04' },
  { price: '0.11' }
]
const models = fc.constantFrom<object>(
  { flat: '0.20' },
  { price: '0.01', per: '1 MB', step: '300 kB', 'set-up': '0.05', minimum: '2 MB' },
  { package: { size: '2 MB', price: '0.03' } },
  { tiers, per: '1 MB', step: '300 kB', 'set-up': '0.02' },
  { tiers, per: '1 MB', step: '1 kB', tiering: 'volume' },
  { tiers: [{ 'up-to': '2 MB', price: '0.10' }, { price: '0.01' }], per: '1 MB', step: '100 kB' }
)
const step = fc.record({
  session: fc.integer({ min: 1, max: 4 }),
  id: fc.integer({ min: 1, max: 2 }),
  ask: fc.option(fc.integer({ min: 1, max: 4 * MB })),
  share: fc.constantFrom(0, 1, 50, 100),
  abroad: fc.boolean(),
  ends: fc.boolean(),
  others: fc.boolean()
})

/** Another session takes and uses all money that is not held. */
function useAll(driver: EngineDriver, number: number): void {
  const all = { amount: 9 * EUR, currency: null }
  const sessionId = `o;${number}`
  const asked = { ratingGroup: 200, ask: { money: all } }
  const more = { sessionId, context: '32274' }
  const { units } = driver.charge(request('initial', 0, [asked], more))
  const used = { money: { amount: units[0]?.granted?.amount ?? 0, currency: null } }
  driver.charge(request('termination', 1, [{ ratingGroup: 200, used }], more))
}

/** What grants and counts hold is what is reserved; no limit is passed, and the wallet has what is due. */
function check(driver: EngineDriver, common: readonly string[]): void {
  const held = new Map<string, number>()
  const add = (key: string, amount: number) => held.set(key, (held.get(key) ?? 0) + amount)
  for (const { services } of driver.sessions.values()) {
    for (const { grant } of services) {
      for (const { amount } of grant?.draws ?? []) add('', amount)
      for (const { counter, units } of grant?.holds ?? []) add(counter, units)
    }
  }
  const counts = [driver.account!, ...driver.lines.values()].flatMap(({ counts }) => counts ?? [])
  for (const { cover, coverHolds } of counts) {
    add('', cover ?? 0)
    for (const { counter, units } of coverHolds ?? []) add(counter, units)
  }
  const { available, reserved } = driver.wallet()
  if (reserved !== (held.get('') ?? 0)) throw new Error(`the wallet holds ${reserved}`)
  if (available + reserved < 0) throw new Error(`the wallet is at ${available} and ${reserved}`)
  for (const { id, limit, used, reserved, amount } of driver.account!.counters) {
    if (reserved !== (held.get(id) ?? 0)) throw new Error(`${id} holds ${reserved}`)
    // A session that reports first pays what another one holds until it reports.
    const all = common.includes(limit) ? used : used + reserved
    if (all > (amount ?? 0)) throw new Error(`${id}: ${used} and ${reserved}`)
  }
}

t.test('no limit and no floor is passed, in whatever order sessions report and end', async t => {
  fc.assert(
    fc.property(
      models,
      fc.constantFrom('line', 'account'),
      fc.integer({ min: 1, max: 400_000 }),
      fc.integer({ min: 1, max: 400_000 }),
      fc.integer({ min: 0, max: 500_000 }),
      fc.array(step, { minLength: 2, maxLength: 16 }),
      (model, by, all, some, funds, steps) => {
        const limits = [
          { limit: 'all', ...data, money: micro(all) },
          { limit: 'some', ...data, zones: ['world'], money: micro(some) }
        ]
        const catalogue = of({ ...model, over: 'day', counted: by }, { limits })
        const driver = openWith(['own'], funds, catalogue, lines)
        const common = ['all']
        const granted = new Map<string, Map<number, number>>()
        const lineOf = (session: number) =>
          lines[by === 'account' ? session % 2 : 0] ?? driver.lineId
        steps.forEach(({ session, id, ask, share, abroad, ends, others }, number) => {
          const sessionId = `s;${session}`
          driver.lineId = lineOf(session)
          const own = granted.get(sessionId)
          const octets = Math.floor(((own?.get(id) ?? 0) * share) / 100)
          const used = own?.has(id) ? { used: { octets } } : {}
          const facts = abroad ? world : home
          if (own !== undefined && ends) {
            driver.charge(request('termination', number, [usage(id, used)], { sessionId, facts }))
            granted.delete(sessionId)
          } else {
            const asked = ask === null ? {} : { ask: { octets: ask } }
            const type = own === undefined ? 'initial' : 'update'
            const usages = [usage(id, { ...used, ...asked })]
            const answer = driver.charge(request(type, number, usages, { sessionId, facts }))
            const now = own ?? new Map<number, number>()
            const has = answer.units[0]?.granted?.amount ?? 0
            if (ask !== null || own?.has(id)) now.set(id, has)
            granted.set(sessionId, now)
          }
          check(driver, common)
          if (others) useAll(driver, number)
          check(driver, common)
        })
        for (const [sessionId, own] of granted) {
          driver.lineId = lineOf(Number(sessionId.slice(2)))
          const used = [...own].map(([id, octets]) => usage(id, { used: { octets } }))
          driver.charge(request('termination', 99, used, { sessionId }))
          check(driver, common)
        }
        const { available, reserved } = driver.wallet()
        if (reserved !== 0 || available < 0) throw new Error(`the end: ${available}, ${reserved}`)
        const { price } = catalogue.rules.get(`${catalogue.version}:own/data`)!
        const due = [driver.account!, ...driver.lines.values()]
          .flatMap(({ counts }) => counts ?? [])
          .reduce((sum, { units }) => sum + chargeFor(price, units), 0)
        const paid = driver
          .cdrs()
          .filter(({ sessionId }) => sessionId.startsWith('s'))
          .reduce((sum, { amount }) => sum + amount, 0)
        if (paid !== due) throw new Error(`${paid} was paid of ${due}`)
      }
    ),
    { numRuns: Number(process.env['GYRO_RUNS'] ?? 200) }
  )
  t.pass('all of them')
})

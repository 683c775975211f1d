/**
 * Sessions of an account that count under one price in the same period, with limits and buckets of money that are for
 * some of their usage: what is reserved is what open grants hold, and all of it is gone with them.
 * docs/charging-rules.md §5.
 */
import fc from 'fast-check'
import t from 'tap'
import { chargeFor } from '../../src/rating/price.ts'
import { type EngineDriver, request } from '../support/engine-driver.ts'
import { openWith } from '../support/limits-catalogue.ts'
import { withOwnPrice as of } from '../support/own-price.ts'
import { data, EUR, home, MB, micro, models, world } from '../support/shared-price.ts'

const lines = ['4915100000001', '4915100000002']
const place = fc.constantFrom<object>(
  {},
  { zones: ['world'] },
  { zones: ['home'] },
  { 'service-identifiers': [1] },
  { 'service-identifiers': [2, 3] }
)
const money = fc.integer({ min: 1, max: 400_000 })
const step = fc.record({
  session: fc.integer({ min: 1, max: 4 }),
  ids: fc.subarray([1, 2, 3], { minLength: 1 }),
  ask: fc.option(fc.integer({ min: 1, max: 8 * MB })),
  share: fc.constantFrom(0, 1, 50, 100, 150),
  abroad: fc.boolean(),
  ends: fc.boolean()
})

/** What is reserved of the wallet, of buckets and of limits, against what open grants hold of them. */
function check(driver: EngineDriver): void {
  const held = new Map<string, number>()
  const add = (key: string, amount: number) => held.set(key, (held.get(key) ?? 0) + amount)
  for (const { services } of driver.sessions.values()) {
    for (const { grant } of services) {
      for (const { source, bucket, amount } of grant?.draws ?? []) {
        add(source === 'wallet' ? 'wallet' : bucket, amount)
      }
      for (const { counter, units } of grant?.holds ?? []) add(counter, units)
    }
  }
  const same = (name: string, reserved: number) => {
    const open = held.get(name) ?? 0
    if (reserved !== open) throw new Error(`${name}: ${reserved} are reserved, ${open} are held`)
  }
  same('wallet', driver.wallet().reserved)
  const books = [driver.account!, ...driver.lines.values()]
  for (const { buckets, counters } of books) {
    for (const { id, reserved } of buckets) same(id, reserved)
    for (const { id, reserved } of counters) same(id, reserved)
  }
}

t.test('what sessions of one period reserve is what their open grants hold', async t => {
  fc.assert(
    fc.property(
      models,
      fc.constantFrom('line', 'account'),
      fc.array(fc.tuple(place, money), { maxLength: 2 }),
      fc.array(fc.tuple(place, money), { maxLength: 2 }),
      fc.constantFrom(10 * EUR, 300_000, 20_000),
      fc.array(step, { minLength: 2, maxLength: 16 }),
      (model, by, caps, gifts, funds, steps) => {
        const limits = caps.map(([at, amount], index) => ({
          limit: `cap${index}`,
          ...data,
          ...at,
          money: micro(amount)
        }))
        const allowances = gifts.map(([at, amount], index) => ({
          allowance: `gift${index}`,
          ...data,
          ...at,
          money: micro(amount)
        }))
        const catalogue = of(
          { ...model, over: 'day', counted: by },
          {
            ...(limits.length > 0 ? { limits } : {}),
            ...(allowances.length > 0 ? { allowances } : {})
          }
        )
        const driver = openWith(['own'], funds, catalogue, lines)
        const open = new Map<string, Map<number, number>>()
        const lineOf = (session: number) => lines[session % 2] ?? ''
        const send = (
          type: 'initial' | 'update' | 'termination',
          number: number,
          s: (typeof steps)[0]
        ) => {
          const sessionId = `s;${s.session}`
          const own = open.get(sessionId) ?? new Map<number, number>()
          const usages = s.ids.map(id => ({
            serviceIdentifiers: [id],
            ...(own.has(id)
              ? { used: { octets: Math.floor(((own.get(id) ?? 0) * s.share) / 100) } }
              : {}),
            ...(s.ask === null || type === 'termination' ? {} : { ask: { octets: s.ask } })
          }))
          const { facts } = s.abroad ? world : home
          const { units } = driver.charge(request(type, number, usages, { sessionId, facts }))
          for (const [at, id] of s.ids.entries()) own.set(id, units[at]?.granted?.amount ?? 0)
          if (type === 'termination') open.delete(sessionId)
          else open.set(sessionId, own)
        }
        steps.forEach((each, number) => {
          driver.lineId = lineOf(each.session)
          const begun = open.has(`s;${each.session}`)
          send(!begun ? 'initial' : each.ends ? 'termination' : 'update', number, each)
          check(driver)
        })
        for (const sessionId of [...open.keys()]) {
          const session = Number(sessionId.slice(2))
          driver.lineId = lineOf(session)
          send('termination', 99, {
            session,
            ids: [],
            ask: null,
            share: 0,
            abroad: false,
            ends: true
          })
          check(driver)
        }
        if (driver.wallet().reserved !== 0) throw new Error('something is held by nobody')
        const { price } = catalogue.rules.get(`${catalogue.version}:own/data`)!
        const due = [driver.account!, ...driver.lines.values()]
          .flatMap(({ counts }) => counts ?? [])
          .reduce((sum, { units }) => sum + chargeFor(price, units), 0)
        const charged = driver.cdrs().reduce((sum, { amount }) => sum + amount, 0)
        const drawn = driver
          .cdrs()
          .flatMap(({ parts }) => parts)
          .reduce(
            (sum, { bucket, unit, units }) => sum + (bucket !== '' && unit === 'money' ? units : 0),
            0
          )
        if (charged + drawn !== due) throw new Error(`${charged} and ${drawn} were paid of ${due}`)
      }
    ),
    { numRuns: Number(process.env['GYRO_RUNS'] ?? 400) }
  )
  t.pass('all of them')
})

/**
 * What sessions hold together that count in the same period: the count holds what they do not, and what nothing needs any
 * more is available. docs/charging-rules.md §5 and §16.
 */
import t from 'tap'
import {
  accountHead,
  decodeAccount,
  decodeLine,
  encodeAccount,
  encodeLine
} from '../../src/balance/documents/account.ts'
import { pictureOf } from '../../src/charging/rebuild.ts'
import { type EngineDriver, HOUR, request } from '../support/engine-driver.ts'
import { catalogueOf, openWith } from '../support/limits-catalogue.ts'
import { withOwnPrice as of } from '../support/own-price.ts'
import { ask, data, EUR, MB, usage, useAll, world } from '../support/shared-price.ts'

const flat = { flat: '0.20', over: 'day' } as const

function begin(driver: EngineDriver, ...sessions: number[]) {
  return sessions.map(session => {
    const { units } = driver.charge(
      request('initial', 0, [ask(1, MB)], { sessionId: `s;${session}` })
    )
    return units[0]?.granted?.amount ?? 0
  })
}

function end(driver: EngineDriver, session: number, octets?: number): void {
  const usages = octets === undefined ? [] : [usage(1, { used: { octets } })]
  driver.charge(request('termination', 1, usages, { sessionId: `s;${session}` }))
}

t.test(
  'when the session ends that was granted first, its price is held for the others',
  async t => {
    const driver = openWith(['own'], 200_000, of(flat))
    t.same(begin(driver, 1, 2, 3), [MB, MB, MB])
    end(driver, 1)
    t.same(driver.wallet(), { available: 0, reserved: 200_000 })
    t.same(begin(driver, 4), [MB], 'and one more costs nothing more')
    end(driver, 3, 1)
    t.same(driver.wallet(), { available: 0, reserved: 0 }, 'it pays for whoever is used')
    end(driver, 2, MB)
    end(driver, 4)
    t.same(driver.wallet(), { available: 0, reserved: 0 })
    t.notOk(driver.lines.get(driver.lineId)?.counts?.[0]?.open)
  }
)

t.test('whoever is used first finds what another session holds', async t => {
  const limits = [{ limit: 'cap', ...data, money: '0.20' }]
  const driver = openWith(['own'], 200_000, of(flat, { limits }))
  begin(driver, 1, 2)
  end(driver, 2, MB)
  t.same(driver.wallet(), { available: 0, reserved: 0 })
  t.match(driver.account?.counters, [{ used: 200_000, reserved: 0 }])
  t.same(begin(driver, 3), [MB], 'what is paid is his')
  end(driver, 1, MB)
  end(driver, 3, MB)
  t.same(driver.wallet(), { available: 0, reserved: 0 })
  t.match(driver.account?.counters, [{ used: 200_000, reserved: 0 }])
})

t.test(
  'an event pays what a session holds, and a session that goes on what its count holds',
  async t => {
    const driver = openWith(['own'], 200_000, of(flat))
    begin(driver, 1, 2)
    driver.charge(request('event', 0, [ask(1, MB)], { sessionId: 'e;1' }))
    t.same(driver.wallet(), { available: 0, reserved: 0 })
    t.equal(driver.cdrs()[0]?.amount, 200_000)
    const more = usage(1, { used: { octets: MB }, ask: { octets: MB } })
    const { units } = driver.charge(request('update', 1, [more], { sessionId: 's;2' }))
    t.match(units, [{ granted: { amount: MB } }])
  }
)

t.test('what a count holds pays before a bucket that came later', async t => {
  const gift = {
    offer: 'late',
    kind: 'addon',
    name: 'A gift',
    allowances: [{ allowance: 'gift', ...data, money: '0.20' }]
  } as const
  const prices = [{ rule: 'data', service: 'internet', ...flat }]
  const own = { offer: 'own', kind: 'base', name: 'Own', prices } as const
  const driver = openWith(['own'], EUR, catalogueOf([own, gift]))
  begin(driver, 1, 2)
  end(driver, 1)
  const operation = { key: 'o1', digest: '' }
  driver.submit({ kind: 'subscribe', accountId: 'a1', operation, offer: 'late' })
  end(driver, 2, MB)
  t.same(driver.wallet(), { available: 800_000, reserved: 0 })
  t.match(driver.account?.buckets, [{ available: 200_000, reserved: 0 }])
})

t.test('of a limit, too, what the others need stays held', async t => {
  const limits = [{ limit: 'cap', ...data, money: '0.30' }]
  const driver = openWith(['own'], EUR, of(flat, { limits }))
  begin(driver, 1, 2)
  end(driver, 1)
  t.match(driver.account?.counters, [{ used: 0, reserved: 200_000 }])
  useAll(driver, 5)
  t.match(driver.account?.counters, [{ used: 100_000, reserved: 200_000 }])
  end(driver, 2, MB)
  t.match(driver.account?.counters, [{ used: 300_000, reserved: 0 }])
})

t.test('what is held in a period that is over is given back with its last grant', async t => {
  const driver = openWith(['own'], EUR, of(flat), undefined, Date.UTC(2026, 10, 21, 22, 50))
  begin(driver, 1, 2)
  end(driver, 1)
  driver.now += HOUR / 2
  driver.charge(request('update', 1, [ask(2, MB)], { sessionId: 's;2' }))
  t.same(driver.wallet(), { available: 600_000, reserved: 400_000 }, 'of the day before as well')
  const back = [1, 2].map(id => usage(id, { used: { octets: 0 } }))
  driver.charge(request('update', 2, back, { sessionId: 's;2' }))
  t.same(driver.wallet(), { available: EUR, reserved: 0 })
})

t.test('money that the others need is not granted at another price', async t => {
  const prices = [
    { rule: 'data', service: 'internet', ...flat },
    { rule: 'sms', service: 'sms', price: '0.05' }
  ]
  const driver = openWith(['own'], 249_999, of({}, { prices }))
  const text = { ratingGroup: 200, ask: { messages: 1 } }
  begin(driver, 1, 2)
  const give = usage(1, { used: { octets: 0 } })
  const { units } = driver.charge(request('update', 1, [give, text], { sessionId: 's;1' }))
  t.match(units, [{}, { outcome: 'credit-limit-reached' }])
  t.same(driver.wallet(), { available: 49_999, reserved: 200_000 })
  end(driver, 2)
  const again = driver.charge(request('update', 2, [text], { sessionId: 's;1' }))
  t.match(again.units, [{ outcome: 'success' }])
})

t.test('what a bucket of money holds counts as held for all', async t => {
  const allowances = [{ allowance: 'gift', ...data, zones: ['world'], money: '0.20' }]
  const driver = openWith(['own'], 150_000, of(flat, { allowances }))
  const abroad = { sessionId: 's;1', ...world }
  driver.charge(request('initial', 0, [ask(1, MB)], abroad))
  begin(driver, 2)
  t.same(driver.wallet(), { available: 150_000, reserved: 0 })
  t.match(driver.account?.buckets, [{ reserved: 200_000 }])
  end(driver, 1)
  t.same(driver.wallet(), { available: 0, reserved: 150_000 }, 'as far as it goes')
  driver.charge(request('initial', 0, [ask(1, MB)], { ...abroad, sessionId: 's;3' }))
  end(driver, 2, MB)
  t.same(driver.wallet(), { available: -50_000, reserved: 0 })
})

t.test(
  'of a limit for some of the usage the count holds what that may cost, or nothing',
  async t => {
    for (const [money, reserved] of [
      ['0.20', 200_000],
      ['0.19', 0]
    ] as const) {
      const limits = [{ limit: 'cap', ...data, zones: ['home'], money }]
      const driver = openWith(['own'], EUR, of(flat, { limits }))
      driver.charge(request('initial', 0, [ask(1, MB)], { sessionId: 's;1', ...world }))
      t.same(begin(driver, 2), [MB])
      t.match(driver.account?.counters, [{ reserved }])
      t.same(begin(driver, 3), [MB], 'nobody is refused for that')
      end(driver, 1, MB)
      t.match(driver.account?.counters, [{ used: 0, reserved: 0 }], 'it is paid')
      end(driver, 2, MB)
      end(driver, 3, MB)
      t.match(driver.account?.counters, [{ used: 0, reserved: 0 }])
    }
  }
)

t.test('what counts hold is in the documents; those that do not say it are read', async t => {
  const limits = [{ limit: 'cap', ...data, money: '0.30', sharing: 'line' as const }]
  const driver = openWith(['own'], EUR, of(flat, { limits }))
  begin(driver, 1, 2)
  end(driver, 1)
  const line = driver.lines.get(driver.lineId)!
  t.match(line.counts, [{ held: MB, open: { wallet: 0, cover: 200_000, limits: [{ units: MB }] } }])
  t.same(decodeLine(encodeLine(line)), line)
  const account = { ...driver.account!, counts: line.counts! }
  t.same(decodeAccount(encodeAccount(account, accountHead(account, null))), account)

  const older = openWith(['own'], 200_000, of(flat, { limits }))
  begin(older, 1, 2)
  const counts = [...older.lines.values()][0]!.counts!.map(({ open: _, ...count }) => count)
  older.lines.set(older.lineId, { ...older.lines.get(older.lineId)!, counts })
  begin(older, 3)
  end(older, 1)
  end(older, 2)
  end(older, 3, MB)
  t.same(older.wallet(), { available: 0, reserved: 0 })
  t.match([...older.lines.values()][0]?.counters, [{ used: 200_000, reserved: 0 }])
})

t.test('of an account that is rebuilt, counts hold nothing', async t => {
  const driver = openWith(['own'], EUR, of(flat))
  begin(driver, 1, 2)
  end(driver, 1)
  const picture = { account: driver.account!, lines: [...driver.lines.values()] }
  const rebuilt = pictureOf(picture, { last: 9, targets: new Map([['wallet', 1_000_000n]]) })
  t.same(rebuilt.account.wallet, { available: EUR, reserved: 0 })
  const [count] = rebuilt.lines[0]?.counts ?? []
  t.equal(count?.held, 0)
  t.notOk(count?.open)
})

import fc from 'fast-check'
import t from 'tap'
import { openBooks } from '../../src/charging/books.ts'
import { burnOrder } from '../../src/charging/burn-order.ts'
import { createContext, situationOf } from '../../src/charging/context.ts'
import { type Bucket, emptyAccount } from '../../src/domain/account.ts'
import { limited } from '../support/limits-catalogue.ts'
import { inForce } from '../support/small-catalogue.ts'

const now = Date.UTC(2026, 10, 21)
const hour = 3_600_000

/** Few values each, so that they often are equal. */
const bucket: fc.Arbitrary<Bucket> = fc.record({
  id: fc.stringMatching(/^[a-z]{6}$/),
  subscriptionId: fc.constant('s1'),
  offer: fc.constant('rolling'),
  allowance: fc.constantFrom('data', 'gone'),
  unit: fc.constantFrom('octets' as const, 'seconds' as const),
  total: fc.constant(100),
  available: fc.constantFrom(0, 10, 100),
  reserved: fc.constant(0),
  priority: fc.constantFrom(10, 20),
  validFrom: fc.constantFrom(now - hour, now, now + hour),
  validUntil: fc.constantFrom(null, now, now + hour, now + 2 * hour)
})

const end = ({ validUntil }: Bucket) => validUntil ?? Infinity

/** docs/charging-rules.md, burn order, written down plainly. */
function plainOrder(buckets: readonly Bucket[]): string[] {
  return buckets
    .filter(
      ({ available, allowance, unit }) => available > 0 && allowance === 'data' && unit === 'octets'
    )
    .filter(each => each.validFrom <= now && end(each) > now)
    .toSorted((a, b) => {
      if (a.priority !== b.priority) return a.priority - b.priority
      if (end(a) !== end(b)) return end(a) < end(b) ? -1 : 1
      if (a.validFrom !== b.validFrom) return a.validFrom - b.validFrom
      return a.id < b.id ? -1 : 1
    })
    .map(({ id }) => id)
}

t.test(
  'buckets are drawn in their order, wherever they are kept and however much is wanted',
  async () => {
    const sets = fc.uniqueArray(bucket, { selector: ({ id }) => id, maxLength: 12 })
    fc.assert(
      fc.property(sets, fc.boolean(), fc.nat(12), fc.nat(400), (buckets, sorted, share, enough) => {
        const order = plainOrder(buckets)
        const given = sorted
          ? buckets.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
          : buckets
        const line = {
          format: 1 as const,
          id: 'l1',
          accountId: 'a1',
          msisdn: 'l1',
          imsi: null,
          createdAt: now,
          buckets: given.slice(share),
          counters: []
        }
        const account = { ...emptyAccount('a1', 'EUR', now), buckets: given.slice(0, share) }
        const books = openBooks(account, new Map([['l1', line]]), ['l1'], now)
        const context = createContext(books, inForce(limited), 'l1')
        const situation = situationOf(context, '32251', 10, { plmn: '26201' } as never, [])
        if (situation === null) throw new Error('no situation')
        const all = burnOrder(context, 'l1', situation).map(({ bucket: { id } }) => id)
        if (all.join() !== order.join()) return false
        const some = burnOrder(context, 'l1', situation, enough)
        const held = some.reduce((sum, each) => sum + each.bucket.available, 0)
        const whole = some.length === all.length || held >= enough
        return whole && some.every((each, index) => each.bucket.id === all[index])
      }),
      { numRuns: 2_000 }
    )
  }
)

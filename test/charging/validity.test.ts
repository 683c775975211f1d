/** Validity-Time near the times at which prices of the shipped catalogue change: shorter for those whose price it is, and nobody else. */
import t from 'tap'
import { peerProfiles } from '../../src/diameter/gy/profiles.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { Customer } from '../support/customer.ts'
import { request } from '../support/engine-driver.ts'

const MB = 1_000_000
const german = { plmn: '26201', calledParty: '+4930123456' }

/** By clocks in Berlin: behind ten in the evening, midnight before a Saturday, six, the turn of the year. */
const times = [
  '2026-11-03 21:30',
  '2026-11-03 21:59',
  '2026-11-03 22:00',
  '2026-11-06 23:59',
  '2026-11-07 00:00',
  '2026-11-04 05:59',
  '2026-12-31 17:59',
  '2026-12-31 23:59'
]
const groups = [
  [10, { octets: MB }],
  [20, { octets: MB }],
  [100, { seconds: 3600 }]
] as const

const unable = { profile: peerProfiles.open5gs }

/** Validity of a first grant, and of a repeat of its request when its answer is not kept any more. */
function validities(
  offer: string,
  time: string,
  ratingGroup: number,
  ask: object,
  more: Partial<ChargingRequest> = {}
): readonly (number | undefined)[] {
  const customer = new Customer([offer], time, '100.00')
  const { driver } = customer
  const asked = request('initial', 0, [{ ratingGroup, ask }], { facts: german, ...more })
  const first = driver.charge(asked)
  const held = driver.sessions.get('s;1')!
  driver.sessions.set('s;1', { ...held, answers: [] })
  const again = driver.charge(asked)
  if (!again.repeated) throw new Error('it is no repeat')
  return [first.units[0]?.validity, again.units[0]?.validity]
}

for (const offer of ['prepaid-go', 'family-20gb', 'postpaid-flat', 'smart']) {
  t.test(`grants of ${offer} are valid for an hour, at any time`, async t => {
    for (const time of times) {
      for (const [group, ask] of groups) {
        t.same(validities(offer, time, group, ask), [3600, 3600], `${time}, group ${group}`)
        const plain = validities(offer, time, group, ask, unable)
        t.same(plain, [3600, 3600], `${time}, group ${group}, without Tariff-Time-Change`)
      }
    }
  })
}

t.test(
  'where the price changes the grant ends there, or spans it and ends at the next change',
  async t => {
    const data = { octets: MB }
    t.same(validities('student-night', '2026-11-03 21:30', 10, data, unable), [1800, 1800])
    t.same(validities('student-night', '2026-11-03 21:30', 10, data), [3600, 3600], 'spans ten')
    // Night goes before the weekend, so at midnight nothing changes.
    t.same(validities('student-night', '2026-11-06 23:30', 10, data, unable), [3600, 3600])
    t.same(validities('student-night', '2026-11-07 05:30', 10, data, unable), [1800, 1800])
    const abroad = { ...unable, facts: { plmn: '310410' } }
    t.same(validities('student-night', '2026-11-03 21:30', 10, data, abroad), [3600, 3600])
  }
)

t.test(
  'what is free, and what costs the same at any time, is valid for an hour there as well',
  async t => {
    for (const [group, ask] of groups.slice(1)) {
      t.same(validities('student-night', '2026-11-03 21:30', group, ask), [3600, 3600])
      t.same(validities('student-night', '2026-11-03 21:59', group, ask, unable), [3600, 3600])
    }
  }
)

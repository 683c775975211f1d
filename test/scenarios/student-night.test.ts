/** Student Night: what data costs depends on the time, and who has used up his credit is sent to a page to top up. */
import t from 'tap'
import { Customer } from '../support/customer.ts'
import { request } from '../support/engine-driver.ts'

const MB = 1_000_000
const berlin = '+4930123456'

/** 100 MB at each of these times, by clocks in Berlin. */
function surfsAt(student: Customer, ...times: string[]): readonly string[] {
  return times.map(time => {
    student.waitsUntil(time)
    return `${time}: ${student.surfs('100 MB')}`
  })
}

t.test(
  'data costs less at night and at weekends, and next to nothing at the turn of the year',
  async t => {
    const student = new Customer(['student-night'], '2026-11-02 09:00', '20.00')
    t.same(
      surfsAt(
        student,
        '2026-11-03 12:00',
        '2026-11-03 21:59',
        '2026-11-03 22:00',
        '2026-11-04 05:59'
      ),
      [
        '2026-11-03 12:00: 100 MB for 1.00',
        '2026-11-03 21:59: 100 MB for 1.00',
        // 100 x 0.002.
        '2026-11-03 22:00: 100 MB for 0.20',
        '2026-11-04 05:59: 100 MB for 0.20'
      ]
    )
    t.same(
      surfsAt(
        student,
        '2026-11-04 06:00',
        '2026-11-06 23:59',
        '2026-11-07 12:00',
        '2026-11-07 22:00'
      ),
      [
        '2026-11-04 06:00: 100 MB for 1.00',
        '2026-11-06 23:59: 100 MB for 0.20',
        // Saturday: 100 x 0.005; its night costs what every night does.
        '2026-11-07 12:00: 100 MB for 0.50',
        '2026-11-07 22:00: 100 MB for 0.20'
      ]
    )
    t.same(
      surfsAt(
        student,
        '2026-12-24 12:00',
        '2026-12-25 12:00',
        '2026-12-31 17:59',
        '2026-12-31 18:00'
      ),
      [
        '2026-12-24 12:00: 100 MB for 1.00',
        // Christmas Day is a Friday, and a holiday.
        '2026-12-25 12:00: 100 MB for 0.50',
        '2026-12-31 17:59: 100 MB for 1.00',
        // 100 x 0.001, also where it is night.
        '2026-12-31 18:00: 100 MB for 0.10'
      ]
    )
    t.same(surfsAt(student, '2027-01-01 05:59', '2027-01-01 06:00'), [
      '2027-01-01 05:59: 100 MB for 0.10',
      '2027-01-01 06:00: 100 MB for 0.50'
    ])
    // 5 x 1.00 + 4 x 0.20 + 3 x 0.50 + 2 x 0.10 = 7.50.
    t.equal(student.wallet(), '12.50')
    t.equal(student.unaccounted(), '0.00')
  }
)

t.test(
  'in the EU it is as at home, and all else costs what it costs with Smart Prepaid',
  async t => {
    const student = new Customer(['student-night'], '2026-11-02 23:00', '20.00')
    t.equal(student.surfs('100 MB', { where: 'France' }), '100 MB for 0.20')
    t.equal(student.calls(berlin, '61 s'), '61 s for 0.0915')
    t.equal(student.texts(berlin), 'sent for 0.07')
    const smart = new Customer(['smart'], '2026-11-02 12:00', '20.00')
    const abroad = { where: 'the USA' } as const
    t.equal(student.surfs('1 MB', abroad), smart.surfs('1 MB', abroad))
    t.equal(student.unaccounted(), '0.00')
  }
)

t.test(
  'when the credit ends the browser is sent to a page, and goes on after a top-up',
  async t => {
    const student = new Customer(['student-night'], '2026-11-02 23:00', '0.10')
    // 0.10 / 0.002 = 50 MB.
    t.equal(student.surfs('80 MB'), '50 MB for 0.10, then redirected')
    t.equal(student.surfs('80 MB'), 'redirected')
    t.equal(student.topsUp('1.00'), 'done')
    t.equal(student.surfs('80 MB'), '80 MB for 0.16')
    t.equal(student.wallet(), '0.84')
    t.equal(student.unaccounted(), '0.00')
  }
)

t.test('who surfs through ten in the evening pays each side of it at its price', async t => {
  const student = new Customer(['student-night'], '2026-11-03 21:30', '20.00')
  const { driver } = student
  const [unit] = driver.charge(request('initial', 0, [{ ask: { octets: 100 * MB } }])).units
  const ten = Date.parse('2026-11-03T22:00:00+01:00')
  t.match(unit, { granted: { amount: 100 * MB }, conditions: { tariffChange: ten } })
  student.waitsUntil('2026-11-03 22:30')
  const last = request('termination', 1, [{ used: { octets: 100 * MB } }])
  const [usage] = last.usages
  const after = { ...usage!.used!, octets: 40 * MB }
  driver.charge({ ...last, usages: [{ ...usage!, after }] })
  // 60 x 0.01 + 40 x 0.002 = 0.68.
  t.equal(student.wallet(), '19.32')
  t.equal(student.unaccounted(), '0.00')
})

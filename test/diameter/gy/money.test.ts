/** CC-Money and Unit-Value: exact, or refused. */
import fc from 'fast-check'
import t from 'tap'
import { moneyOf, unitValueOf } from '../../../src/diameter/gy/money.ts'
import { currencyName, currencyNumber } from '../../../src/domain/currency.ts'

const unitValue = (digits: bigint, exponent?: number) => ({
  'Unit-Value': {
    'Value-Digits': digits,
    ...(exponent === undefined ? {} : { Exponent: exponent })
  }
})

t.test('RFC 8506 8.8: Value-Digits times ten to the Exponent, exactly, from -9 to +9', async t => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -10n, max: 10n ** 19n }),
      fc.integer({ min: -9, max: 9 }),
      (digits, exponent) => {
        // In 10^-15, where every exponent is whole.
        const value = digits * 10n ** BigInt(exponent + 15)
        const countable = value > 0n && value % 10n ** 9n === 0n
        const micro = value / 10n ** 9n
        const found = moneyOf(unitValue(digits, exponent))
        if (!countable || micro > BigInt(Number.MAX_SAFE_INTEGER)) return found === null
        return found?.amount === Number(micro) && found.currency === null
      }
    ),
    { numRuns: 2_000 }
  )
  t.equal(moneyOf(unitValue(3n))?.amount, 3_000_000, 'no Exponent is 0')
  t.equal(moneyOf({}), null)
})

t.test('RFC 8506 8.8: what we send comes back as it was, with as few digits as can be', async t => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), amount => {
      const { digits, exponent } = unitValueOf(amount)
      return (
        moneyOf(unitValue(BigInt(digits), exponent))?.amount === amount &&
        (exponent === 0 || digits % 10 !== 0)
      )
    }),
    { numRuns: 1_000 }
  )
  t.same(unitValueOf(90_000), { digits: 9, exponent: -2 })
  t.same(unitValueOf(20_000_000), { digits: 20, exponent: 0 })
  t.same(unitValueOf(0), { digits: 0, exponent: 0 })
})

t.test('RFC 8506 8.11: currencies by the numbers of ISO 4217', async t => {
  const pairs = { EUR: 978, USD: 840, GBP: 826, JPY: 392, CHF: 756, ALL: 8, BGN: 975 }
  for (const [name, number] of Object.entries(pairs)) {
    t.equal(currencyNumber(name), number)
    t.equal(currencyName(number), name)
  }
  t.equal(currencyName(1), '1', 'a number of no currency is equal to none')
  t.equal(currencyNumber('EUX'), undefined)
})

/** Numbers in charging information blocks that a double does not hold. */
import fc from 'fast-check'
import t from 'tap'
import { mayHoldLongNumber, withExactNumbers } from '../../src/nchf/exact.ts'
import { startChf } from '../support/chf.ts'
import { ask, base, pduSession, request, used } from '../support/nchf-client.ts'

/** A JSON text and what is to be read of it. */
interface Written {
  readonly text: string
  readonly value: unknown
  /** Whether one of its numbers has sixteen characters. */
  readonly long: boolean
}

const space = fc.constantFrom('', '', '', ' ', '\n\t')
const safe = BigInt(Number.MAX_SAFE_INTEGER)
const integer = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    fc.bigInt({ min: safe - 3n, max: safe + 3n }),
    fc.bigInt({ min: -9n, max: 9n })
  )
  .map((whole): Written => {
    const text = String(whole)
    const isSafe = whole <= safe && whole >= -safe
    return { text, value: isSafe ? Number(whole) : text, long: text.length >= 16 }
  })
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value): Written => {
  const text = JSON.stringify(value)
  const written = Number.isInteger(value) && !Number.isSafeInteger(value) && !/e/.test(text)
  return { text, value: written ? text : JSON.parse(text), long: text.length >= 16 }
})
const string = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('imeisv-1234567890123456', ': 12345678901234567890', '\\",1234567890123456789')
  )
  .map((value): Written => ({ text: JSON.stringify(value), value, long: false }))
const word = fc.constantFrom(true, false, null).map((value): Written => {
  return { text: JSON.stringify(value), value, long: false }
})

const { tree } = fc.letrec<{ tree: Written }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    integer,
    double,
    string,
    word,
    fc.tuple(fc.array(tie('tree'), { maxLength: 4 }), space).map(
      ([items, gap]): Written => ({
        text: `[${items.map(({ text }) => gap + text).join(`${gap},`)}${gap}]`,
        value: items.map(({ value }) => value),
        long: items.some(({ long }) => long)
      })
    ),
    fc.tuple(fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4 }), space).map(
      ([members, gap]): Written => ({
        text: `{${Object.entries(members)
          .map(([name, { text }]) => `${JSON.stringify(name)}${gap}:${gap}${text}`)
          .join(`${gap},`)}${gap}}`,
        value: Object.fromEntries(
          Object.entries(members).map(([name, { value }]) => [name, value])
        ),
        long: Object.values(members).some(({ long }) => long)
      })
    )
  )
}))

t.test('no digit of any number is lost, and nothing else is changed', async t => {
  const property = fc.property(tree, fc.nat({ max: 40 }), ({ text, value, long }, before) => {
    const body = `{"${'x'.repeat(before)}":${text}}`
    const exact = JSON.parse(withExactNumbers(body))
    const [read] = Object.values(exact)
    // What is equal as JSON: -0 is 0 there.
    return (
      JSON.stringify(read) === JSON.stringify(value) && (!long || mayHoldLongNumber(body) === true)
    )
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2_000 }))
})

t.test('numbers that stay numbers, and those that become strings', async t => {
  const kept = [
    '0',
    '-9007199254740991',
    '9007199254740991',
    '1.50000000000000000',
    '2.000000000000000'
  ]
  for (const number of [...kept, '0.1234567890123456', '1.2345678901234567e-300']) {
    t.equal(withExactNumbers(`[${number}]`), `[${number}]`, number)
  }
  const strings = ['9007199254740992', '-18446744073709551615', '0.12345678901234567890']
  for (const number of [...strings, '12345678901234567890123e2', '1e400', '-1E999']) {
    t.equal(withExactNumbers(`{"a": ${number}}`), `{"a": "${number}"}`, number)
  }
  const texts = '{"a":", 9007199254740993","9007199254740993":1}'
  t.equal(withExactNumbers(texts), texts)
  const zeros = `[1.${'0'.repeat(1_000_000)}1]`
  t.equal(withExactNumbers(zeros).length, zeros.length + 2, 'in time that its length tells')
  t.equal(mayHoldLongNumber(`"${'1'.repeat(1_000_000)}"`), true)
})

t.test('a usual request is not looked at twice', async t => {
  const body = request(pduSession('262010000000001'), 1, [used(8_000_000)], {
    pDUSessionChargingInformation: {
      userInformation: { servedPEI: 'imeisv-1234567890123456', servedGPSI: 'msisdn-491510000001' },
      userLocationinfo: { nrLocation: { ueLocationTimestamp: '2026-11-21T19:51:52.123456789Z' } }
    }
  })
  t.equal(mayHoldLongNumber(JSON.stringify(body)), false)
})

t.test('the CDR has the digits of every number, and a volume is exact or refused', async t => {
  const chf = await startChf(t)
  await chf.open('a1', '001', 100)
  const smf = await chf.connect()
  const pdu = pduSession('262010000000001')
  const send = async (path: string, body: object, volume: string) => {
    const text = JSON.stringify(body).replace('"here"', volume)
    return smf.post(path, text)
  }
  const roaming = (more: object) => ({ roamingQBCInformation: { multipleQFIcontainer: [more] } })
  const created = await send(
    base,
    request(pdu, 1, [ask()], roaming({ totalVolume64: 'here', a: 1 })),
    '18446744073709551615'
  )
  t.equal(created.status, 201)
  const location = created.headers['location'] ?? ''
  const refused = await send(
    `${location}/update`,
    request(pdu, 2, [
      { ratingGroup: 10, usedUnitContainer: [{ localSequenceNumber: 1, totalVolume: 'here' }] }
    ]),
    '9007199254740992'
  )
  t.equal(refused.status, 400)
  t.match(refused.body.invalidParams, [
    { param: '/multipleUnitUsage/0/usedUnitContainer/0/totalVolume' }
  ])
  // What a number would be rounded to is not what was reported.
  for (const volume of [
    '9007199254740991.4',
    '1000000.0000000000001',
    '999999.99999999999999999999'
  ]) {
    const rounded = await send(
      `${location}/update`,
      request(pdu, 2, [
        { ratingGroup: 10, usedUnitContainer: [{ localSequenceNumber: 1, totalVolume: 'here' }] }
      ]),
      volume
    )
    t.match(rounded, { status: 400, body: { cause: 'OPTIONAL_IE_INCORRECT' } }, volume)
    t.match(rounded.body.invalidParams, [
      { param: '/multipleUnitUsage/0/usedUnitContainer/0/totalVolume' }
    ])
  }
  // Merged with what was said before.
  const moved = { pDUSessionChargingInformation: { laterMember: 'here' } }
  const updated = await send(
    `${location}/update`,
    request(pdu, 2, [used(1)], moved),
    '9007199254740993'
  )
  t.equal(updated.status, 200)
  t.equal((await smf.post(`${location}/release`, request(pdu, 3, [used(1)]))).status, 204)
  const information = JSON.parse(chf.cdrs('a1').at(-1)?.information ?? '{}')
  t.match(information, {
    roamingQBCInformation: {
      multipleQFIcontainer: [{ totalVolume64: '18446744073709551615', a: 1 }]
    },
    pDUSessionChargingInformation: { laterMember: '9007199254740993', chargingId: pdu.chargingId }
  })
})

/** A charging session whose consumer names another account's subscriber. */
import t from 'tap'
import { startChf } from '../support/chf.ts'
import { ask, base, pduSession, referenceIn, request, used } from '../support/nchf-client.ts'

const first = await startChf(t)
const second = await startChf(t, { state: first.state })
const MB = 1_000_000
let serial = 0

for (const two of [false, true]) {
  const title = two ? 'by two servers' : 'by one server'
  t.test(
    `a reference names its account, whatever subscriber an update names, ${title}`,
    async t => {
      const numbers = [++serial, ++serial].map(number => String(number).padStart(3, '0'))
      const ids = numbers.map(number => `a${number}`)
      for (const [i, number] of numbers.entries()) await first.open(ids[i]!, number, 20)
      const [a, b] = numbers.map(number => ({ imsi: `262010000000${number}` }))
      const smf = await first.connect()
      const other = two ? await second.connect() : smf
      const pdu = pduSession(a!.imsi)
      const created = await smf.post(base, request(pdu, 1, [ask()]))
      const at = `${base}/${referenceIn(created)}`
      const named = { subscriberIdentifier: `imsi-${b!.imsi}` }
      const unnamed = { subscriberIdentifier: undefined }

      t.equal((await other.post(`${at}/update`, request(pdu, 2, [used(MB)], named))).status, 200)
      t.equal(
        (await other.post(`${at}/update`, request(pdu, 3, [used(5 * MB)], unnamed))).status,
        200
      )
      t.equal((await smf.post(`${at}/release`, request(pdu, 4, null, unnamed))).status, 204)
      const repeat = await other.post(`${at}/update`, request(pdu, 2, [used(MB)], named))
      t.equal(repeat.status, 200, 'a repeat after the end')

      t.same(await first.wallet(ids[0]!), { available: 20 * MB - 60_000, reserved: 0 })
      t.same(await first.wallet(ids[1]!), { available: 20 * MB, reserved: 0 })
      t.same(await first.sessions(ids[0]!), [])
      t.match(first.cdrs(ids[0]!), [{ octets: 6 * MB, cause: 'normalRelease', flags: [] }])
      t.same(first.cdrs(ids[1]!), [])
    }
  )
}

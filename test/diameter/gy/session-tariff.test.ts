/** Tariff switches and pools over a socket. */
import t from 'tap'
import { peerProfiles } from '../../../src/diameter/gy/profiles.ts'
import { banded, nightfall } from '../../support/banded-catalogue.ts'
import { catalogue } from '../../support/catalogue.ts'
import { ccr, MB, msccOf, startCreditServer } from '../../support/credit-server.ts'

const server = await startCreditServer(t)
const { peer } = server
await server.open('a1', 'go', 10 * MB)
const ask = { 'Rating-Group': 10, 'Requested-Service-Unit': {} }
const sides = { before: 0, after: 1, indeterminate: 2 } as const
const used = (octets: number, side?: keyof typeof sides) => ({
  ...(side === undefined ? {} : { 'Tariff-Change-Usage': sides[side] }),
  'CC-Total-Octets': BigInt(octets)
})
let open = 10 * MB
async function spent(): Promise<number> {
  const { available, reserved } = await server.wallet('a1')
  if (reserved !== 0) throw new Error(`${reserved} is still reserved`)
  const cost = open - available
  open = available
  return cost
}

t.test(
  'RFC 8506 5.1.1, 8.20, 8.27: Tariff-Time-Change stands in the grant, usage comes back by sides',
  async t => {
    server.catalogue = banded
    server.now = nightfall - 600_000
    const opened = msccOf(await peer.ccr(ccr('pgw;1', 'initial', 0, [ask])))
    t.match(opened, {
      'Granted-Service-Unit': { 'CC-Total-Octets': 10_000_000n, 'Tariff-Time-Change': nightfall },
      'Validity-Time': 3600
    })
    const again = msccOf(await peer.ccr(ccr('pgw;1', 'initial', 0, [ask])))
    t.same(again, opened, 'a repeat gets the same')
    server.now = nightfall + 60_000
    const report = [used(2 * MB, 'before'), used(MB, 'after'), used(MB, 'indeterminate')]
    const next = msccOf(
      await peer.ccr(ccr('pgw;1', 'update', 1, [{ ...ask, 'Used-Service-Unit': report }]))
    )
    t.equal(next['Granted-Service-Unit']?.['Tariff-Time-Change'], undefined, 'the next is far away')
    const last = [{ 'Rating-Group': 10, 'Used-Service-Unit': [used(MB)] }]
    await peer.ccr(ccr('pgw;1', 'termination', 2, last))
    t.equal(await spent(), 20_000 + 3 * 4_000)
  }
)

t.test('RFC 8506 5.1.1: at command level the switch stands in the command-level grant', async t => {
  server.now += 1_000
  server.catalogue = { ...banded, quota: { ...banded.quota, validity: 12 * 3600, tcc: 24 * 3600 } }
  const plain = { 'Requested-Service-Unit': {} }
  const opened = await peer.ccr(ccr('pgw;2', 'initial', 0, [], plain))
  const change = opened.avps['Granted-Service-Unit']?.['Tariff-Time-Change']
  t.equal(change, Date.UTC(2026, 10, 22, 5))
  const report = { 'Used-Service-Unit': [used(MB, 'before'), used(MB, 'after')] }
  await peer.ccr(ccr('pgw;2', 'termination', 1, [], report))
  t.equal(await spent(), 4_000 + 10_000)
})

t.test(
  'TS 32.299 6.3.7: a peer without tariff switch is told to come back at the switch',
  async t => {
    server.catalogue = banded
    server.now = Date.UTC(2026, 10, 22, 4, 50)
    for (const name of ['open5gs', 'kamailio', 'magma'] as const) {
      server.profile = peerProfiles[name]
      const opened = msccOf(await peer.ccr(ccr(`pgw;${name}`, 'initial', 0, [ask])))
      t.match(opened, {
        'Granted-Service-Unit': { 'Tariff-Time-Change': undefined },
        'Validity-Time': 600
      })
      await peer.ccr(ccr(`pgw;${name}`, 'termination', 1))
    }
    server.profile = peerProfiles['3gpp']
    t.equal(await spent(), 0)
  }
)

t.test(
  'RFC 8506 5.1.2, 8.30 to 8.32: a pool is named with its unit type and multiplier, and shared',
  async t => {
    server.catalogue = catalogue
    server.policy({
      pools: new Map([
        ['internet', 3],
        ['voice', 3]
      ])
    })
    const octets = (group: number) => ({
      'Rating-Group': group,
      'Requested-Service-Unit': { 'CC-Total-Octets': 10_000_000n }
    })
    const call = { 'Rating-Group': 100, 'Requested-Service-Unit': { 'CC-Time': 120 } }
    const opened = await peer.ccr(ccr('pgw;4', 'initial', 0, [octets(10), octets(11), call]))
    t.match(
      opened.avps['Multiple-Services-Credit-Control'].map(mscc => mscc['G-S-U-Pool-Reference']),
      [
        [
          {
            'G-S-U-Pool-Identifier': 3,
            'CC-Unit-Type': 2,
            'Unit-Value': { 'Value-Digits': 1n, Exponent: -8 }
          }
        ],
        [{ 'G-S-U-Pool-Identifier': 3 }],
        [{ 'CC-Unit-Type': 0, 'Unit-Value': { 'Value-Digits': 15n, Exponent: -4 } }]
      ]
    )
    const exhausted = {
      'Rating-Group': 10,
      'Used-Service-Unit': [{ 'Reporting-Reason': 8, 'CC-Total-Octets': 15_000_000n }]
    }
    const before = await server.wallet('a1')
    await peer.ccr(ccr('pgw;4', 'update', 1, [exhausted]))
    const after = await server.wallet('a1')
    t.equal(after.available, before.available, 'the other services of the pool have paid')
    t.equal(after.reserved, before.reserved - 150_000)
    await peer.ccr(ccr('pgw;4', 'termination', 2))
    t.equal(await spent(), 150_000)
  }
)

import t from 'tap'
import { peerProfiles } from '../../../src/diameter/gy/profiles.ts'
import {
  createPeerRules,
  createProfileMemory,
  type PeerEntry,
  plainAddress
} from '../../../src/diameter/peer/peer-rules.ts'

const origin = (host: string, realm = 'example.org') => ({ host, realm })
const entry = (change: Partial<PeerEntry>): PeerEntry => ({
  originHost: '*',
  originRealm: '*',
  addresses: [],
  profile: peerProfiles['3gpp'],
  ...change
})
const anywhere = '192.0.2.1'

t.test(
  'RFC 6733 4.3.1: a pattern matches an identity whatever its case, by host and realm',
  async t => {
    const table = createPeerRules([
      entry({ originHost: 'SMF*.epc.example.org', profile: peerProfiles.open5gs }),
      entry({ originRealm: 'ims.example.org', profile: peerProfiles.kamailio })
    ])
    const named = (host: string, realm?: string) =>
      table.find(origin(host, realm), anywhere)?.profile.name
    t.equal(named('smf7.EPC.example.org'), 'open5gs')
    t.equal(named('scscf.ims', 'IMS.example.org'), 'kamailio')
    t.equal(named('feg'), undefined, 'who matches nothing is unknown')
    t.equal(named('smf7xepc.example.org'), undefined, 'a dot is a dot')
  }
)

t.test('the first entry that matches decides', async t => {
  const table = createPeerRules([
    entry({ originHost: 'a*', profile: peerProfiles.magma }),
    entry({})
  ])
  t.equal(table.find(origin('abc'), anywhere)?.profile.name, 'magma')
  t.equal(table.find(origin('bc'), anywhere)?.profile.name, '3gpp')
})

t.test(
  'addresses and networks, of both families, also as a dual-stack socket shows them',
  async t => {
    const table = createPeerRules([
      entry({ addresses: ['10.1.0.0/16', '192.0.2.7', '2001:db8::/32'] })
    ])
    const found = (address: string) => table.find(origin('a'), plainAddress(address)) !== null
    for (const address of ['10.1.255.1', '192.0.2.7', '2001:db8:1::9', '::ffff:10.1.0.1']) {
      t.ok(found(address), address)
    }
    for (const address of ['10.2.0.1', '192.0.2.8', '2001:db9::1', '', '::ffff:10.2.0.1']) {
      t.notOk(found(address), address)
    }
    t.equal(plainAddress('fe80::1%eth0'), 'fe80::1')
  }
)

t.test('a client behind an agent that no entry names has the profile of the agent', async t => {
  const table = createPeerRules([
    entry({ originHost: 'smf*', profile: peerProfiles.open5gs }),
    entry({ originHost: 'dra', profile: peerProfiles.magma })
  ])
  const profileOf = createProfileMemory(table, anywhere, () => peerProfiles.magma)
  t.equal(profileOf(origin('pgw')).name, 'magma')
  t.equal(profileOf(origin('smf1')).name, 'open5gs')
  t.equal(profileOf(origin('smf1')).name, 'open5gs')
})

t.test(
  'a connection remembers profiles until the table changes, and not without bound',
  async t => {
    let searches = 0
    const inner = createPeerRules([entry({ originHost: 'smf-*', profile: peerProfiles.open5gs })])
    const table = {
      ...inner,
      get version() {
        return inner.version
      },
      find: (...args: Parameters<typeof inner.find>) => {
        searches += 1
        return inner.find(...args)
      }
    }
    const profileOf = createProfileMemory(table, anywhere, () => peerProfiles['3gpp'])
    for (let i = 0; i < 100; i++) profileOf(origin('smf-1'))
    for (let i = 0; i < 100; i++) profileOf(origin(i % 2 ? 'smf-1' : 'pgw'))
    t.equal(searches, 2)
    for (let i = 0; i < 3_000; i++) {
      if (profileOf(origin(`smf-${i}`)).name !== 'open5gs') t.fail(`smf-${i}`)
      if (profileOf(origin(`pgw-${i}`)).name !== '3gpp') t.fail(`pgw-${i}`)
    }
    table.replace([entry({ profile: peerProfiles.magma })])
    t.equal(profileOf(origin('pgw-2999')).name, 'magma')
  }
)

import t from 'tap'
import { peerEntries, peerProfiles, profileNamed } from '../../../src/diameter/gy/profiles.ts'
import { anyPeer } from '../../../src/domain/peers.ts'

const lab = {
  name: 'lab',
  base: 'open5gs',
  changes: { ratingGroup: 10, thresholds: false }
} as const

t.test('a profile of the configuration is a shipped one with changes', async t => {
  t.same(profileNamed('lab', [lab]), {
    ...peerProfiles.open5gs,
    name: 'lab',
    ratingGroup: 10,
    thresholds: false
  })
  t.equal(profileNamed('magma', [lab]), peerProfiles.magma)
  const own = { name: '3gpp', base: '3gpp', changes: { unknownSession: 'success' } } as const
  t.equal(profileNamed('3gpp', [own]).unknownSession, 'success', 'also under the shipped name')
})

t.test('each peer of the configuration has its profile', async t => {
  const peers = [{ ...anyPeer, originHost: 'a', profile: 'lab' }, anyPeer]
  t.same(
    peerEntries(peers, [lab]).map(entry => [entry.originHost, entry.profile.name]),
    [
      ['a', 'lab'],
      ['*', '3gpp']
    ]
  )
})

t.test('Open5GS: the fixed ask is ignored; Magma: no thresholds', async t => {
  t.equal(peerProfiles.open5gs.requestedUnits, false)
  t.equal(peerProfiles.open5gs.thresholds, true)
  t.equal(peerProfiles.magma.thresholds, false)
  t.equal(peerProfiles.kamailio.requestedUnits, true)
})

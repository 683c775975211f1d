import { readFileSync } from 'node:fs'
import t from 'tap'
import { peerEntries, peerProfiles, profileNamed } from '../../../src/diameter/gy/profiles.ts'
import { anyPeer } from '../../../src/domain/peers.ts'
import type { PeerProfile } from '../../../src/domain/request.ts'

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

t.test('the shipped profiles are those of the table in docs/charging-rules.md', async t => {
  const says = (profile: PeerProfile) => ({
    'thresholds are sent': profile.thresholds,
    'values of an ask are honoured': profile.requestedUnits,
    'Tariff-Time-Change is understood': profile.tariffSwitch,
    'redirect and restrict are understood': profile.redirect,
    'pools are understood': profile.pools,
    'cost and balance are told when asked': profile.advice,
    'final units are indicated': profile.finalUnits !== false
  })
  const page = readFileSync('docs/charging-rules.md', 'utf8')
  const [head, , ...rows] = page.slice(page.indexOf('| setting | ')).split('\n\n')[0]!.split('\n')
  const cells = (row = '') =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim())
  const names = cells(head).slice(1)
  t.same(names, Object.keys(peerProfiles))
  for (const [index, name] of names.entries()) {
    const written = rows.map(cells).map(row => [row[0], row[index + 1] === 'yes'])
    t.same(Object.fromEntries(written), says(profileNamed(name, [])), name)
  }
})

t.test('Open5GS: the fixed ask is ignored; Magma: no thresholds', async t => {
  t.equal(peerProfiles.open5gs.requestedUnits, false)
  t.equal(peerProfiles.open5gs.thresholds, true)
  t.equal(peerProfiles.magma.thresholds, false)
  t.equal(peerProfiles.kamailio.requestedUnits, true)
})

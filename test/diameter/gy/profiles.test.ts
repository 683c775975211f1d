import t from 'tap'
import { createProfileResolver, peerProfiles } from '../../../src/diameter/gy/profiles.ts'

const origin = (host: string, realm = 'example.org') => ({ host, realm })

t.test('a peer that no rule names gets the 3GPP profile', async t => {
  const resolve = createProfileResolver([{ match: 'smf.*', profile: 'open5gs' }])
  t.equal(resolve(origin('pgw.example.org')).name, '3gpp')
  t.equal(createProfileResolver([])(origin('pgw')).name, '3gpp')
})

t.test('the first matching rule decides, by host or by realm, whatever the case', async t => {
  const resolve = createProfileResolver([
    { match: 'SMF*.epc.example.org', profile: 'open5gs' },
    { match: 'ims.example.org', profile: 'kamailio' },
    { match: '*', profile: 'magma' }
  ])
  t.equal(resolve(origin('smf7.EPC.example.org')).name, 'open5gs')
  t.equal(resolve(origin('scscf.ims', 'ims.example.org')).name, 'kamailio')
  t.equal(resolve(origin('feg')).name, 'magma')
  t.equal(resolve(origin('feg')).name, 'magma', 'and the same again when it is remembered')
})

t.test('a dot in a rule is a dot', async t => {
  const resolve = createProfileResolver([{ match: 'smf.example', profile: 'open5gs' }])
  t.equal(resolve(origin('smfxexample')).name, '3gpp')
})

t.test('what a client makes the resolver remember is bounded, and answers stay right', async t => {
  const resolve = createProfileResolver([{ match: 'smf-*', profile: 'open5gs' }])
  for (let i = 0; i < 3_000; i++) {
    if (resolve(origin(`smf-${i}`)).name !== 'open5gs') t.fail(`smf-${i}`)
    if (resolve(origin(`pgw-${i}`)).name !== '3gpp') t.fail(`pgw-${i}`)
  }
})

t.test('Open5GS: the fixed ask is ignored; Magma: no thresholds', async t => {
  t.equal(peerProfiles.open5gs.requestedUnits, false)
  t.equal(peerProfiles.open5gs.thresholds, true)
  t.equal(peerProfiles.magma.thresholds, false)
  t.equal(peerProfiles.kamailio.requestedUnits, true)
})

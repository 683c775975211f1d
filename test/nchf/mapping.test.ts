import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { FinalUnits, MultipleUnitAnswer } from '../../src/domain/answer.ts'
import { responseText } from '../../src/nchf/answer.ts'
import { factsOf } from '../../src/nchf/facts.ts'
import type { ChargingDataRequest, Trigger, UsedUnitContainer } from '../../src/nchf/messages.ts'
import { profileFor } from '../../src/nchf/profiles.ts'
import { usagesOf } from '../../src/nchf/usage.ts'
import { triggerTypes } from '../../src/rating/load/schema.ts'

const body: ChargingDataRequest = {
  nfConsumerIdentification: { nodeFunctionality: 'SMF' },
  invocationTimeStamp: '2026-11-21T10:00:00Z',
  invocationSequenceNumber: 3
}
const plain = { wraps: false, event: false }

/** The one group of the response to an answer with one. */
function group(unit: Partial<MultipleUnitAnswer>, event = false) {
  const context = {
    body,
    usages: [],
    profile: profileFor('3gpp', body),
    features: null,
    failureHandling: null,
    event
  }
  const units: MultipleUnitAnswer[] = [
    {
      ratingGroup: 10,
      serviceIdentifiers: [],
      outcome: 'success',
      granted: { unit: 'octets', amount: 1_000_000 },
      validity: 60,
      threshold: 0,
      final: null,
      ...unit
    }
  ]
  const answer = { kind: 'charging', outcome: 'success', units, repeated: false } as const
  return JSON.parse(responseText(context, answer, 0)).multipleUnitInformation[0]
}

const noUnit: MultipleUnitAnswer = {
  ratingGroup: 1,
  serviceIdentifiers: [],
  outcome: 'credit-limit-reached',
  granted: null,
  validity: 0,
  threshold: 0,
  final: null
}

function conditions(finalUnits: FinalUnits | null, tariffChange = 0) {
  const none = { inputOctets: null, consumption: 0, triggers: null, pool: null }
  return { ...none, tariffChange, holding: 120, finalUnits }
}

t.test('a grant that spans a tariff switch says when that is', async t => {
  const tariffChange = Date.UTC(2026, 10, 21, 18)
  t.match(group({ conditions: conditions(null, tariffChange) }), {
    grantedUnit: { totalVolume: 1_000_000, tariffTimeChange: '2026-11-21T18:00:00.000Z' },
    quotaHoldingTime: 120
  })
})

t.test('the triggers of the catalogue are armed beside those of the quota, each once', async t => {
  const armed = (triggers: readonly number[] | null) => {
    const given = group({ conditions: { ...conditions(null), triggers } }).triggers
    t.ok(given.every((entry: Trigger) => entry.triggerCategory === 'IMMEDIATE_REPORT'))
    return given.map((entry: Trigger) => entry.triggerType)
  }
  const quota = ['QUOTA_EXHAUSTED', 'QUOTA_THRESHOLD', 'VALIDITY_TIME']
  t.same(armed(null), quota)
  t.same(armed([]), quota)
  const { mcc, mnc, rat } = triggerTypes
  t.same(armed([mcc, mnc, rat]), [...quota, 'PLMN_CHANGE', 'RAT_CHANGE'])
  for (const [name, number] of Object.entries(triggerTypes)) {
    t.equal(armed([number]).length, 4, `${name} has a trigger in the 5G core`)
  }
})

t.test('final units say what comes after them', async t => {
  const units = { ref: 'v:x', filterRules: [], filterIds: [], retry: 0 }
  t.same(group({ final: 'terminate' }).finalUnitIndication, { finalUnitAction: 'TERMINATE' })
  const redirect = { type: 'url', address: 'https://top-up.example' } as const
  const redirected = conditions({ ...units, action: 'redirect', redirect })
  t.same(group({ final: 'redirect', conditions: redirected }).finalUnitIndication, {
    finalUnitAction: 'REDIRECT',
    redirectServer: {
      redirectAddressType: 'URL',
      redirectServerAddress: 'https://top-up.example'
    }
  })
  const filterRules = ['permit out ip from 192.0.2.1 to any', 'permit out ip from 192.0.2.2 to any']
  const restricted = conditions({ ...units, action: 'restrict', redirect: null, filterRules })
  t.same(group({ final: 'restrict', conditions: restricted }).finalUnitIndication, {
    finalUnitAction: 'RESTRICT_ACCESS',
    restrictionFilterRule: filterRules[0]
  })
})

t.test('a response is JSON whatever a consumer calls its user plane functions', async t => {
  const profile = profileFor('3gpp', body)
  const unit = fc.constantFrom('"', '\\', '/', '\n', '\0', '\u2028', '\ud800', 'é', '😀', 'a')
  const named = { serviceIdentifiers: [], requested: null, used: null }
  fc.assert(
    fc.property(fc.array(fc.string({ unit }), { maxLength: 3 }), upfs => {
      const usages = upfs.map((upf, ratingGroup) => ({ ...named, ratingGroup, upf }))
      const units = upfs.map((_, ratingGroup) => ({ ...noUnit, ratingGroup }))
      const answer = { kind: 'charging', outcome: 'success', units, repeated: false } as const
      const context = { body, usages, profile, features: '12', event: false }
      const text = responseText({ ...context, failureHandling: 'CONTINUE' }, answer, 1)
      const triggers = [{ triggerType: 'QUOTA_EXHAUSTED', triggerCategory: 'IMMEDIATE_REPORT' }]
      const groups = upfs.map((uPFID, ratingGroup) => ({
        ratingGroup,
        resultCode: 'QUOTA_LIMIT_REACHED',
        uPFID,
        triggers
      }))
      return isDeepStrictEqual(JSON.parse(text), {
        invocationTimeStamp: '1970-01-01T00:00:00.001Z',
        invocationSequenceNumber: 3,
        invocationResult: { failureHandling: 'CONTINUE' },
        sessionFailover: 'FAILOVER_SUPPORTED',
        supportedFeatures: '12',
        ...(groups.length === 0 ? {} : { multipleUnitInformation: groups })
      })
    }),
    { numRuns: 50 }
  )
  t.pass()
})

t.test('a group of each unit gets its own members, and an event the grant alone', async t => {
  const triggers = ['QUOTA_EXHAUSTED', 'QUOTA_THRESHOLD', 'VALIDITY_TIME'].map(triggerType => ({
    triggerType,
    triggerCategory: 'IMMEDIATE_REPORT'
  }))
  const about = { ratingGroup: 10, resultCode: 'SUCCESS', validityTime: 60, triggers }
  t.same(group({ granted: { unit: 'octets', amount: 5 }, threshold: 0 }), {
    ...about,
    grantedUnit: { totalVolume: 5 },
    volumeQuotaThreshold: 0
  })
  t.same(group({ granted: { unit: 'seconds', amount: 90 }, threshold: 10 }), {
    ...about,
    grantedUnit: { time: 90 },
    timeQuotaThreshold: 10
  })
  t.same(group({ granted: { unit: 'messages', amount: 7 }, threshold: 2 }), {
    ...about,
    grantedUnit: { serviceSpecificUnits: 7 },
    unitQuotaThreshold: 2
  })
  t.same(group({ granted: { unit: 'messages', amount: 7 }, threshold: 2 }, true), {
    ratingGroup: 10,
    resultCode: 'SUCCESS',
    grantedUnit: { serviceSpecificUnits: 7 }
  })
})

t.test(
  'containers behind the one that a tariff switch closed are of the time after it',
  async t => {
    const containers: UsedUnitContainer[] = [
      { localSequenceNumber: 1, totalVolume: 1 },
      {
        localSequenceNumber: 2,
        totalVolume: 20,
        triggers: [{ triggerType: 'TARIFF_TIME_CHANGE' }]
      },
      { localSequenceNumber: 3, totalVolume: 300 },
      { localSequenceNumber: 4, totalVolume: 4_000 }
    ]
    const usages = usagesOf([{ ratingGroup: 10, usedUnitContainer: containers }], plain)
    t.match(usages, [{ used: { octets: 4_321 }, after: { octets: 4_300 } }])
  }
)

t.test('what containers report adds up exactly, or is refused with the member', async t => {
  const volume = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(fc.array(volume, { minLength: 1, maxLength: 6 }), volumes => {
      const usedUnitContainer = volumes.map((totalVolume, localSequenceNumber) => ({
        localSequenceNumber,
        totalVolume
      }))
      const usages = usagesOf([{ ratingGroup: 10, usedUnitContainer }], plain)
      const sum = volumes.reduce((total, each) => total + BigInt(each), 0n)
      if ('cause' in usages) {
        return sum > Number.MAX_SAFE_INTEGER && usages.detail.includes('totalVolume')
      }
      return BigInt(usages[0]?.used?.octets ?? -1) === sum
    })
  )
  t.pass()
})

t.test('who is charged for a message or a call is told by its leg', t => {
  const said = (more: object) => factsOf({ ...body, ...more }).leg
  t.equal(said({ sMSChargingInformation: { sMMessageType: 'DELIVERY' } }), 'terminating')
  t.equal(said({ sMSChargingInformation: { sMMessageType: 'SUBMISSION' } }), undefined)
  t.equal(said({ iMSChargingInformation: { roleOfNode: 'FORWARDING' } }), 'forwarding')
  t.equal(said({ iMSChargingInformation: { roleOfNode: 'ORIGINATING' } }), undefined)
  t.end()
})

t.test('an IMS call says its media, its routing number and that it is an emergency', t => {
  const call = (more: object) => factsOf({ ...body, iMSChargingInformation: { ...more } })
  t.same(call({ sdpMediaComponent: [{ sDPMediaName: 'm=audio 4000 RTP/AVP 0' }] }), {})
  t.same(call({ sdpMediaComponent: [{ sDPMediaName: 'm=video 4002 RTP/AVP 99' }] }), {
    video: true
  })
  t.same(call({ sdpSessionDescription: ['v=0', 'm=video 0 RTP/AVP 99'] }), {}, 'refused')
  t.same(call({ imsEmergencyIndication: true }), { emergency: true })
  const calledPartyAddress = 'tel:+4930123456;npdi;rn=+49D123'
  t.same(call({ calledPartyAddress }), {
    calledParty: calledPartyAddress,
    routingNumber: '+49D123'
  })
  t.same(call({ numberPortabilityRoutinginformation: 'D77' }), { routingNumber: 'D77' })
  t.end()
})

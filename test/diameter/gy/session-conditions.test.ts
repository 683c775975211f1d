/** What stands beside granted units, over a socket: times, thresholds, triggers, final units, advice, failure handling. */
import t from 'tap'
import { peerProfiles } from '../../../src/diameter/gy/profiles.ts'
import type { FinalUnits } from '../../../src/domain/answer.ts'
import { catalogue } from '../../support/catalogue.ts'
import { ccr, msccOf, startCreditServer } from '../../support/credit-server.ts'

const server = await startCreditServer(t)
const { peer } = server
const threeGpp = peerProfiles['3gpp']
t.beforeEach(() => {
  server.catalogue = catalogue
  server.profile = threeGpp
})
let numbers = 0
async function subscriber(offer: string, topUp: number) {
  numbers += 1
  const id = `a${numbers}`
  const msisdn = String(4915200000000 + numbers)
  await server.open(id, offer, topUp, msisdn)
  const who = { 'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }] }
  return { id, session: `pgw;${id}`, who }
}
const ask = (ratingGroup: number, units = {}) => [
  { 'Rating-Group': ratingGroup, 'Requested-Service-Unit': units }
]
const used = (octets: bigint) => ({ 'Used-Service-Unit': [{ 'CC-Total-Octets': octets }] })
const voice = { 'Service-Context-Id': '32260@3gpp.org' }

t.test('TS 32.299 7.2: thresholds are what is left of each unit type', async t => {
  const { session, who } = await subscriber('go', 10_000_000)
  const opened = await peer.ccr(
    ccr(
      session,
      'initial',
      0,
      [
        ...ask(10),
        ...ask(100, { 'CC-Time': 100 }),
        ...ask(200, { 'CC-Service-Specific-Units': 100n })
      ],
      who
    )
  )
  const [data, calls, messages] = opened.avps['Multiple-Services-Credit-Control']
  t.match(data, { 'Volume-Quota-Threshold': 2_000_000, 'Time-Quota-Threshold': undefined })
  t.match(calls, { 'Time-Quota-Threshold': 20, 'Volume-Quota-Threshold': undefined })
  t.match(messages, { 'Unit-Quota-Threshold': 20, 'Volume-Quota-Threshold': undefined })
  server.profile = { ...threeGpp, thresholds: false }
  const silent = msccOf(await peer.ccr(ccr(session, 'update', 1, ask(10), who)))
  t.equal(silent['Volume-Quota-Threshold'], undefined, 'a profile without thresholds gets none')
})

t.test('TS 32.299 7.2: a threshold is the percentage of any grant, rounded down', async t => {
  const { session, who } = await subscriber('go', 10_000_000)
  for (const [number, seconds, messages, left] of [
    [0, 60, 10, [12, 2]],
    [1, 99, 4, [19, undefined]],
    [2, 120, 5, [24, 1]],
    [3, 199, 101, [39, 20]]
  ] as const) {
    const asked = [
      ...ask(100, { 'CC-Time': seconds }),
      ...ask(200, { 'CC-Service-Specific-Units': BigInt(messages) })
    ]
    const type = number === 0 ? 'initial' : 'update'
    const { avps } = await peer.ccr(ccr(session, type, number, asked, who))
    const [calls, sms] = avps['Multiple-Services-Credit-Control']
    t.match(calls, { 'Granted-Service-Unit': { 'CC-Time': seconds } })
    t.same([calls?.['Time-Quota-Threshold'], sms?.['Unit-Quota-Threshold']], left, `${seconds} s`)
  }
})

t.test(
  'TS 32.299 5.3.1, 7.2.159, 7.2.160: Quota-Holding-Time and Quota-Consumption-Time come from the policy',
  async t => {
    server.policy({ holding: 600, consumption: 30 })
    const { session, who } = await subscriber('go', 10_000_000)
    const opened = await peer.ccr(
      ccr(session, 'initial', 0, [...ask(10), ...ask(100), ...ask(200)], who)
    )
    const services = opened.avps['Multiple-Services-Credit-Control']
    t.same(
      services.map(mscc => mscc['Quota-Holding-Time']),
      [600, 600, undefined]
    )
    t.same(
      services.map(mscc => mscc['Quota-Consumption-Time']),
      [undefined, 30, undefined]
    )
    const again = await peer.ccr(ccr(session, 'initial', 0, ask(10), who))
    t.same(again.avps['Multiple-Services-Credit-Control'], services, 'a repeat gets the same')
    server.policy({ holding: 0 })
    const kept = msccOf(await peer.ccr(ccr(session, 'update', 1, ask(10), who)))
    t.equal(kept['Quota-Holding-Time'], 0, 'the client is to keep unused units')
  }
)

t.test(
  'TS 32.299 5.3.1, 7.2.235: Trigger arms what the policy lists, disarms with none, else is not sent',
  async t => {
    const { session, who } = await subscriber('go', 10_000_000)
    const without = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
    t.equal(without.Trigger, undefined)
    server.policy({ triggers: [3, 4, 30] })
    const armed = msccOf(await peer.ccr(ccr(session, 'update', 1, ask(10), who)))
    t.same(armed.Trigger?.['Trigger-Type'], [3, 4, 30])
    server.policy({ triggers: [] })
    const disarmed = msccOf(await peer.ccr(ccr(session, 'update', 2, ask(10), who)))
    t.same(disarmed.Trigger?.['Trigger-Type'], [])
  }
)

const redirect: FinalUnits = {
  ref: 'c0ffee00:portal',
  action: 'redirect',
  redirect: { type: 'url', address: 'https://pay.example.com/' },
  filterRules: ['permit out ip from 192.0.2.1 to assigned'],
  filterIds: ['portal'],
  retry: 120
}
/** An endpoint in a Filter-Rule that says nothing. */
const anywhere = {
  'IP-Address': [],
  'IP-Address-Mask': [],
  Port: [],
  'Port-Range': [],
  Negated: undefined,
  'Use-Assigned-Address': undefined
}
const restrict: FinalUnits = {
  ...redirect,
  ref: 'c0ffee00:walled',
  action: 'restrict',
  redirect: null
}
const useFinal = (finalUnits: FinalUnits) => {
  server.policy({ finalUnits })
  server.catalogue = {
    ...server.catalogue,
    finalUnits: new Map([[finalUnits.ref, finalUnits]])
  }
}

t.test('RFC 8506 5.6, 5.6.1: TERMINATE stands alone in Final-Unit-Indication', async t => {
  const { session, who } = await subscriber('go', 50_000)
  const last = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
  t.equal(last['Granted-Service-Unit']?.['CC-Total-Octets'], 5_000_000n)
  t.same(last['Final-Unit-Indication'], {
    'Final-Unit-Action': 0,
    'Restriction-Filter-Rule': [],
    'Filter-Id': [],
    'Redirect-Server': undefined
  })
  t.equal(last['Volume-Quota-Threshold'], undefined)
  const done = { 'Rating-Group': 10, 'Reporting-Reason': [2], ...used(5_000_000n) }
  const ended = msccOf(await peer.ccr(ccr(session, 'update', 1, [done], who)))
  t.match(ended, { 'Result-Code': 2001, 'Validity-Time': undefined })
})

t.test('RFC 8506 8.34: an empty wallet gets 4012 and no Final-Unit-Indication', async t => {
  const { session, who } = await subscriber('go', 0)
  const refused = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
  t.match(refused, { 'Result-Code': 4012, 'Final-Unit-Indication': undefined })
})

t.test('RFC 8506 5.6, 5.6.2, 8.35: REDIRECT, the whole way to money and back', async t => {
  useFinal(redirect)
  const { id, session, who } = await subscriber('go', 50_000)
  const last = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
  const indication = {
    'Final-Unit-Action': 1,
    'Restriction-Filter-Rule': ['permit out ip from 192.0.2.1 to assigned'],
    'Filter-Id': ['portal'],
    'Redirect-Server': {
      'Redirect-Address-Type': 2,
      'Redirect-Server-Address': 'https://pay.example.com/'
    }
  }
  t.match(last, { 'Validity-Time': 3600, 'Final-Unit-Indication': indication })
  const again = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
  t.same(again, last, 'a repeat gets the same')
  const started = msccOf(
    await peer.ccr(ccr(session, 'update', 1, [{ 'Rating-Group': 10, ...used(5_000_000n) }], who))
  )
  t.match(started, {
    'Result-Code': 2001,
    'Granted-Service-Unit': undefined,
    'Validity-Time': 120,
    'Final-Unit-Indication': undefined
  })
  t.same(await server.wallet(id), { available: 0, reserved: 0 })
  const still = msccOf(await peer.ccr(ccr(session, 'update', 2, ask(10), who)))
  t.match(still, {
    'Result-Code': 2001,
    'Granted-Service-Unit': undefined,
    'Validity-Time': 120,
    'Final-Unit-Indication': indication
  })
  t.equal((await peer.ccr(ccr(session, 'termination', 3, [], who))).resultCode, 2001)
})

t.test('RFC 8506 8.37 to 8.39, 8.64: each kind of redirect address has its type', async t => {
  const kinds = [
    ['ipv4', '192.0.2.1', 0],
    ['ipv6', '2001:db8::1', 1],
    ['url', 'https://pay.example.com/', 2],
    ['sip-uri', 'sip:pay@example.com', 3]
  ] as const
  for (const [type, address, code] of kinds) {
    useFinal({ ...redirect, redirect: { type, address } })
    server.profile = { ...threeGpp, qosFinalUnits: true }
    const { session, who } = await subscriber('go', 0)
    const mscc = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
    t.same(mscc['Final-Unit-Indication']?.['Redirect-Server'], {
      'Redirect-Address-Type': code,
      'Redirect-Server-Address': address
    })
    const extension = mscc['QoS-Final-Unit-Indication']?.['Redirect-Server-Extension']
    t.same(
      Object.values(extension ?? {}).filter(value => value !== undefined),
      [address]
    )
  }
})

t.test('RFC 8506 5.6.3, 8.35: RESTRICT_ACCESS names its filters and no server', async t => {
  useFinal(restrict)
  const { session, who } = await subscriber('go', 0)
  const first = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
  t.match(first, {
    'Result-Code': 2001,
    'Granted-Service-Unit': undefined,
    'Validity-Time': 120,
    'Final-Unit-Indication': {
      'Final-Unit-Action': 2,
      'Restriction-Filter-Rule': ['permit out ip from 192.0.2.1 to assigned'],
      'Filter-Id': ['portal'],
      'Redirect-Server': undefined
    }
  })
})

t.test(
  'RFC 8506 8.68: QoS-Final-Unit-Indication stands beside the other where the peer knows it',
  async t => {
    useFinal(restrict)
    const { session, who } = await subscriber('go', 50_000)
    const plain = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
    t.equal(plain['QoS-Final-Unit-Indication'], undefined)
    server.profile = { ...threeGpp, qosFinalUnits: true }
    const both = msccOf(await peer.ccr(ccr(session, 'update', 1, ask(10), who)))
    t.match(both, {
      'Final-Unit-Indication': { 'Final-Unit-Action': 2 },
      'QoS-Final-Unit-Indication': { 'Final-Unit-Action': 2, 'Filter-Id': ['portal'] }
    })
    t.same(both['QoS-Final-Unit-Indication']?.['Filter-Rule'], [
      {
        'Filter-Rule-Precedence': 1,
        Classifier: {
          'Classifier-ID': Buffer.from('1'),
          Protocol: undefined,
          Direction: 1,
          'From-Spec': [{ ...anywhere, 'IP-Address': ['192.0.2.1'] }],
          'To-Spec': [{ ...anywhere, 'Use-Assigned-Address': 1 }]
        },
        'Treatment-Action': 3
      }
    ])
  }
)

t.test('RFC 8506 8.68: Filter-Rule says what a Restriction-Filter-Rule says', async t => {
  const rulesFor = async (...filterRules: string[]) => {
    useFinal({ ...redirect, ref: filterRules.join(), filterRules })
    server.profile = { ...threeGpp, qosFinalUnits: true }
    const { session, who } = await subscriber('go', 0)
    return msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
  }
  const told = await rulesFor(
    'permit in 6 from assigned 1024-65535 to !192.0.2.0/24 80,443,8000-8080',
    'deny out ip from any to any',
    'permit out 17 from 2001:db8::/32 53 to assigned'
  )
  const rules = told['QoS-Final-Unit-Indication']?.['Filter-Rule']
  t.match(rules, [
    {
      'Filter-Rule-Precedence': 1,
      Classifier: {
        Protocol: 6,
        Direction: 0,
        'From-Spec': [
          { 'Use-Assigned-Address': 1, 'Port-Range': [{ 'Port-Start': 1024, 'Port-End': 65_535 }] }
        ],
        'To-Spec': [
          {
            'IP-Address-Mask': [{ 'IP-Address': '192.0.2.0', 'IP-Bit-Mask-Width': 24 }],
            Port: [80, 443],
            'Port-Range': [{ 'Port-Start': 8000, 'Port-End': 8080 }],
            Negated: 1
          }
        ]
      },
      'Treatment-Action': 3
    },
    {
      'Filter-Rule-Precedence': 2,
      Classifier: { Protocol: undefined, Direction: 1, 'From-Spec': [], 'To-Spec': [] },
      'Treatment-Action': 0
    },
    {
      'Filter-Rule-Precedence': 3,
      Classifier: {
        Protocol: 17,
        'From-Spec': [
          {
            'IP-Address-Mask': [{ 'IP-Address': '2001:db8::', 'IP-Bit-Mask-Width': 32 }],
            Port: [53]
          }
        ]
      },
      'Treatment-Action': 3
    }
  ])
  t.match(told['QoS-Final-Unit-Indication']?.['Redirect-Server-Extension'], {
    'Redirect-Address-URL': 'https://pay.example.com/'
  })
  for (const rule of [
    'permit out ip from any to assigned frag',
    'permit out ip from 192.0.2.0/33 to any',
    'permit out tcp from any to any',
    'permit out 6 from any 80-x to any',
    'permit out 6 from any 80 443 to any',
    'permit out ip'
  ]) {
    const mscc = await rulesFor('permit out ip from any to assigned', rule)
    t.equal(mscc['QoS-Final-Unit-Indication'], undefined, `${rule}: not half of the rules`)
    t.equal(mscc['Final-Unit-Indication']?.['Restriction-Filter-Rule'].length, 2)
  }
})

t.test('TS 32.299 5.3.3: a peer that cannot redirect is told to terminate, or refused', async t => {
  useFinal(redirect)
  server.profile = { ...peerProfiles['3gpp'], redirect: false }
  const { session, who } = await subscriber('go', 50_000)
  const last = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))
  t.match(last['Final-Unit-Indication'], { 'Final-Unit-Action': 0, 'Redirect-Server': undefined })
  const report = [{ ...ask(10)[0], ...used(5_000_000n) }]
  const refused = msccOf(await peer.ccr(ccr(session, 'update', 1, report, who)))
  t.match(refused, { 'Result-Code': 4012, 'Final-Unit-Indication': undefined })
})

t.test(
  'RFC 8506 5.6.2: at command level the indication and the time stand at command level',
  async t => {
    useFinal(redirect)
    const { session, who } = await subscriber('go', 0)
    const opened = await peer.ccr(
      ccr(session, 'initial', 0, [], { ...who, 'Requested-Service-Unit': {} })
    )
    t.equal(opened.resultCode, 2001)
    t.match(opened.avps, {
      'Validity-Time': 120,
      'Final-Unit-Indication': { 'Final-Unit-Action': 1 },
      'Granted-Service-Unit': undefined
    })
  }
)

t.test(
  'RFC 8506 8.7, 8.8, 8.11: Cost-Information is what the session has cost, when it is asked for',
  async t => {
    const { session, who } = await subscriber('go', 1_000_000)
    const aoc = { ...who, 'AoC-Request-Type': 1 }
    const cost = (micro: bigint, exponent: number) => ({
      'Unit-Value': { 'Value-Digits': micro, Exponent: exponent },
      'Currency-Code': 978
    })
    const opened = await peer.ccr(ccr(session, 'initial', 0, ask(10), aoc))
    t.match(opened.avps['Cost-Information'], { 'Unit-Value': { 'Value-Digits': 0n } })
    const report = [{ ...ask(10)[0], ...used(2_000_000n) }]
    const updated = await peer.ccr(
      ccr(session, 'update', 1, report, { ...aoc, 'AoC-Request-Type': 2 })
    )
    t.match(updated.avps['Cost-Information'], cost(2n, -2), 'without what is reserved')
    t.match(updated.avps['Remaining-Balance'], cost(88n, -2))
    t.equal(updated.avps['Low-Balance-Indication'], undefined, 'no balance is low')
    const again = await peer.ccr(ccr(session, 'update', 1, report, aoc))
    t.same(again.avps, updated.avps, 'a repeat gets the same')
    const silent = await peer.ccr(
      ccr(session, 'update', 2, ask(10), { ...who, 'AoC-Request-Type': 3 })
    )
    t.equal(silent.avps['Cost-Information'], undefined)
    t.equal(silent.avps['Remaining-Balance'], undefined)
    server.profile = { ...threeGpp, advice: false }
    t.equal(
      (await peer.ccr(ccr(session, 'update', 3, ask(10), aoc))).avps['Cost-Information'],
      undefined
    )
    server.profile = threeGpp
    const final = [{ 'Rating-Group': 10, ...used(1_000_000n) }]
    const ended = await peer.ccr(ccr(session, 'termination', 4, final, aoc))
    t.match(ended.avps['Cost-Information'], cost(3n, -2), 'the total')
    t.match(ended.avps['Remaining-Balance'], cost(97n, -2))
  }
)

t.test(
  'TS 32.299 6.4.3, 7.2.15: AoC-Information tells the cost for whoever hands it on',
  async t => {
    const { session, who } = await subscriber('go', 1_000_000)
    await peer.ccr(ccr(session, 'initial', 0, ask(10), who))
    const report = [{ ...ask(10)[0], ...used(2_000_000n) }]
    for (const [number, type, told] of [
      [1, 0, false],
      [2, 1, true],
      [3, 2, true],
      [4, 3, false]
    ] as const) {
      const more = { ...who, 'AoC-Request-Type': type }
      const { avps } = await peer.ccr(ccr(session, 'update', number, report, more))
      const cost = { 'Value-Digits': BigInt(2 * number), Exponent: -2 }
      t.match(
        avps['Service-Information']?.['AoC-Information'],
        told
          ? { 'AoC-Cost-Information': { 'Accumulated-Cost': cost, 'Currency-Code': 978 } }
          : undefined,
        `AoC-Request-Type ${type}`
      )
    }
  }
)

t.test(
  'TS 32.299 7.2.16, 7.2.172: Remaining-Balance is told when AoC-Request-Type asks',
  async t => {
    const { session, who } = await subscriber('go', 1_230_000)
    for (const [type, told] of [
      [0, false],
      [1, true],
      [2, true],
      [3, false]
    ] as const) {
      const more = { ...who, 'AoC-Request-Type': type }
      const answer = await peer.ccr(ccr(`${session};${type}`, 'initial', 0, [], more))
      t.same(
        answer.avps['Remaining-Balance'],
        told
          ? { 'Unit-Value': { 'Value-Digits': 123n, Exponent: -2 }, 'Currency-Code': 978 }
          : undefined
      )
    }
  }
)

t.test(
  'TS 32.299 6.4.3, 7.2.97: Low-Balance-Indication tells a wallet below the threshold of the policy',
  async t => {
    server.policy({ lowBalance: 500_000 })
    const { session, who } = await subscriber('go', 640_000)
    const opened = await peer.ccr(ccr(session, 'initial', 0, ask(10), who))
    t.equal(opened.avps['Low-Balance-Indication'], undefined, '0.54 is available, and nobody asks')
    const report = [{ ...ask(10)[0], ...used(10_000_000n) }]
    const low = await peer.ccr(ccr(session, 'update', 1, report, who))
    t.equal(low.avps['Low-Balance-Indication'], 1)
    t.equal(low.avps['Remaining-Balance'], undefined)
    const rich = await subscriber('go', 9_000_000)
    const fine = await peer.ccr(
      ccr(rich.session, 'initial', 0, ask(10), { ...rich.who, 'AoC-Request-Type': 2 })
    )
    t.equal(fine.avps['Low-Balance-Indication'], 0)
  }
)

t.test(
  'RFC 8506 8.4, 8.14: session failover and failure handling are those of the profile',
  async t => {
    const { session, who } = await subscriber('go', 1_000_000)
    const opened = await peer.ccr(ccr(session, 'initial', 0, ask(10), who))
    t.equal(opened.avps['CC-Session-Failover'], 1)
    t.equal(opened.avps['Credit-Control-Failure-Handling'], undefined)
    const handlings = [
      ['terminate', 0],
      ['continue', 1],
      ['retry-and-terminate', 2]
    ] as const
    let number = 1
    for (const [failureHandling, code] of handlings) {
      server.profile = { ...threeGpp, failureHandling, sessionFailover: false }
      const updated = await peer.ccr(ccr(session, 'update', number++, ask(10), who))
      t.equal(updated.avps['Credit-Control-Failure-Handling'], code)
      t.equal(updated.avps['CC-Session-Failover'], 0)
    }
    const ended = await peer.ccr(ccr(session, 'termination', number, [], who))
    t.equal(ended.avps['Credit-Control-Failure-Handling'], undefined)
  }
)

t.test(
  'RFC 8506 8.15: Direct-Debiting-Failure-Handling stands in the answers of events',
  async t => {
    server.profile = { ...threeGpp, directDebitingFailureHandling: 'continue' }
    const { session, who } = await subscriber('go', 1_000_000)
    const event = { ...who, 'Requested-Action': 0, 'Service-Context-Id': '32274@3gpp.org' }
    const debited = await peer.ccr(ccr(session, 'event', 0, ask(200), event))
    t.equal(debited.resultCode, 2001)
    t.equal(debited.avps['Direct-Debiting-Failure-Handling'], 1)
  }
)

t.test(
  'RFC 8506 8.5: sub-sessions are sessions of their own, and get their number back',
  async t => {
    const { id, session, who } = await subscriber('go', 1_000_000)
    for (const sub of [1n, 2n]) {
      const opened = await peer.ccr(
        ccr(session, 'initial', 0, ask(10), { ...who, 'CC-Sub-Session-Id': sub })
      )
      t.equal(opened.avps['CC-Sub-Session-Id'], sub)
      t.equal(msccOf(opened)['Granted-Service-Unit']?.['CC-Total-Octets'], 10_000_000n)
    }
    t.equal((await server.wallet(id)).reserved, 200_000)
    const last = [{ 'Rating-Group': 10, ...used(1_000_000n) }]
    await peer.ccr(ccr(session, 'termination', 1, last, { ...who, 'CC-Sub-Session-Id': 1n }))
    t.same(await server.wallet(id), { available: 890_000, reserved: 100_000 })
  }
)

t.test(
  'RFC 8506 8.16: a service used without credit control gets 4011, and costs nothing',
  async t => {
    const [go] = [...catalogue.offers.values()]
    const rule = { ...go!.prices[0]!, price: { model: 'unmetered' as const } }
    server.catalogue = {
      ...catalogue,
      offers: new Map([['go', { ...go!, prices: [rule] }]]),
      rules: new Map([[rule.ref, rule]])
    }
    const { id, session, who } = await subscriber('go', 0)
    t.equal(msccOf(await peer.ccr(ccr(session, 'initial', 0, ask(10), who)))['Result-Code'], 4011)
    const last = [{ 'Rating-Group': 10, ...used(1_000_000n) }]
    await peer.ccr(ccr(session, 'termination', 1, last, who))
    t.same(await server.wallet(id), { available: 0, reserved: 0 })
    t.match(await server.cdrs(session), [{ amount: 0, octets: 1_000_000, flags: [] }])
  }
)

t.test(
  'TS 32.299 6.5: settings of a profile decide on rating group, size and value of a grant',
  async t => {
    const { session, who } = await subscriber('go', 9_000_000)
    server.profile = { ...threeGpp, ratingGroup: 20 }
    const free = msccOf(
      await peer.ccr(ccr(session, 'initial', 0, [{ 'Requested-Service-Unit': {} }], who))
    )
    t.equal(free['Granted-Service-Unit']?.['CC-Total-Octets'], 10_000_000n)
    t.equal(free['Rating-Group'], undefined)
    t.same(
      await server.wallet(`a${numbers}`),
      { available: 9_000_000, reserved: 0 },
      'group 20 is free'
    )
    server.profile = { ...threeGpp, grantMax: { octets: 2_000_000, seconds: 45, messages: null } }
    const big = ask(10, { 'CC-Total-Octets': 5_000_000n })
    const clamped = await peer.ccr(
      ccr(session, 'update', 1, [...big, ...ask(100)], { ...who, ...voice })
    )
    t.match(clamped.avps['Multiple-Services-Credit-Control'], [
      { 'Granted-Service-Unit': { 'CC-Total-Octets': 2_000_000n } },
      { 'Granted-Service-Unit': { 'CC-Time': 45 } }
    ])
    server.profile = { ...threeGpp, requestedUnits: false }
    const ignored = msccOf(await peer.ccr(ccr(session, 'update', 2, big, who)))
    t.equal(ignored['Granted-Service-Unit']?.['CC-Total-Octets'], 10_000_000n)
  }
)

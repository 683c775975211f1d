/** One account, both worlds: Gy and Nchf are charged alike, and draw from one balance. */
import t from 'tap'
import type { MessageInput } from '../../src/diameter/dictionary/index.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import { startChf } from '../support/chf.ts'
import type { Answer } from '../support/diameter-client.ts'
import { startListener } from '../support/diameter-listener.ts'
import { ask, base, type NchfReply, pduSession, request, used } from '../support/nchf-client.ts'

const MB = 1_000_000
const EUR = 1_000_000
/** Both worlds live in the same instants. */
let now = Date.UTC(2026, 10, 21, 12, 0, 0)
const chf = await startChf(t, { now: () => now })
const smf = await chf.connect()
const gy = await startListener(t, { charge: chf.service.charge })
const pgw = await gy.open()

/** What a gateway of either world reports: octets used since the last report; null: only asks. */
interface Step {
  readonly groups: readonly { readonly group: number; readonly used: number | null }[]
  readonly end?: boolean
  readonly plmn?: string
}

interface Scenario {
  readonly name: string
  readonly topUp: number
  readonly offers: string[]
  readonly steps: readonly Step[]
}

const at = (group: number, used: number | null) => ({ group, used })

const scenarios: readonly Scenario[] = [
  {
    name: 'a prepaid session with a zero-rated service beside it',
    topUp: 20,
    offers: ['prepaid-go'],
    steps: [
      { groups: [at(10, null)] },
      { groups: [at(10, 10 * MB), at(20, null)] },
      { groups: [at(10, 3 * MB + 1)] },
      { groups: [at(10, 50_000), at(20, 7 * MB)], end: true }
    ]
  },
  {
    name: 'a wallet that runs dry',
    topUp: 0.15,
    offers: ['prepaid-go'],
    steps: [
      { groups: [at(10, null)] },
      { groups: [at(10, 10 * MB)] },
      { groups: [at(10, 6 * MB)] },
      { groups: [], end: true }
    ]
  },
  {
    name: 'a bucket before money, and roaming',
    topUp: 20,
    offers: ['prepaid-go', 'data-5gb'],
    steps: [
      { groups: [at(10, null)] },
      { groups: [at(10, 12 * MB)], plmn: '20801' },
      { groups: [at(10, 5 * MB)], plmn: '310410' },
      { groups: [at(10, 2 * MB)], end: true, plmn: '310410' }
    ]
  },
  {
    name: 'a service that nobody sells',
    topUp: 1,
    offers: ['prepaid-go'],
    steps: [{ groups: [at(77, null)] }, { groups: [at(77, MB)], end: true }]
  }
]

/** One group of an answer, in words that both worlds have. */
interface Outcome {
  readonly group: number
  readonly code: number
  readonly granted: number | null
  readonly validity: number | null
  readonly threshold: number | null
  readonly final: boolean
}

const codes: Readonly<Record<string, number>> = {
  SUCCESS: 2001,
  END_USER_SERVICE_DENIED: 4010,
  QUOTA_LIMIT_REACHED: 4012,
  RATING_FAILED: 5031
}

function ofGy(answer: Answer): Outcome[] {
  const services = answer.avps['Multiple-Services-Credit-Control'] ?? []
  return services.map(service => ({
    group: service['Rating-Group'] ?? -1,
    code: service['Result-Code'] ?? 0,
    granted: Number(service['Granted-Service-Unit']?.['CC-Total-Octets'] ?? 0) || null,
    validity: service['Validity-Time'] ?? null,
    // Gy leaves out a threshold of nothing.
    threshold: service['Volume-Quota-Threshold'] ?? (service['Granted-Service-Unit'] ? 0 : null),
    final: service['Final-Unit-Indication'] !== undefined
  }))
}

function ofNchf(reply: NchfReply): Outcome[] {
  // biome-ignore lint/suspicious/noExplicitAny: as it came over the wire
  return (reply.body.multipleUnitInformation ?? []).map((unit: any) => ({
    group: unit.ratingGroup,
    code: codes[unit.resultCode] ?? 0,
    granted: unit.grantedUnit?.totalVolume ?? null,
    validity: unit.validityTime ?? null,
    threshold: unit.volumeQuotaThreshold ?? null,
    final: unit.finalUnitIndication !== undefined
  }))
}

async function overGy(imsi: string, steps: readonly Step[]): Promise<Outcome[][]> {
  const outcomes: Outcome[][] = []
  for (const [number, step] of steps.entries()) {
    now += 1_000
    const type = number === 0 ? 1 : step.end ? 3 : 2
    const ccr: MessageInput<'CCR'> = {
      'Session-Id': `pgw;${imsi}`,
      'CC-Request-Type': type,
      'CC-Request-Number': number,
      'Subscription-Id': [{ 'Subscription-Id-Type': 1, 'Subscription-Id-Data': imsi }],
      'Service-Information': {
        'PS-Information': { '3GPP-SGSN-MCC-MNC': step.plmn ?? '26201', 'Called-Station-Id': 'net' }
      },
      'Multiple-Services-Credit-Control': step.groups.map(({ group, used }) => ({
        'Rating-Group': group,
        ...(step.end ? {} : { 'Requested-Service-Unit': {} }),
        ...(used === null ? {} : { 'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(used) }] })
      }))
    }
    const answer = await pgw.ccr(ccr)
    if (!step.end) outcomes.push(ofGy(answer))
  }
  return outcomes
}

async function overNchf(imsi: string, steps: readonly Step[]): Promise<Outcome[][]> {
  const outcomes: Outcome[][] = []
  const pdu = pduSession(imsi)
  let location = base
  for (const [number, step] of steps.entries()) {
    now += 1_000
    const [, mcc = '', mnc = ''] = /^(\d{3})(\d+)$/.exec(step.plmn ?? '26201') ?? []
    const entries = step.groups.map(({ group, used }) => ({
      ratingGroup: group,
      ...(step.end ? {} : { requestedUnit: {} }),
      ...(used === null
        ? {}
        : { usedUnitContainer: [{ localSequenceNumber: number, totalVolume: used }] })
    }))
    const body = request(pdu, number + 1, entries, {
      pDUSessionChargingInformation: {
        chargingId: pdu.chargingId,
        pduSessionInformation: { pduSessionID: 5, servingCNPlmnId: { mcc, mnc }, dnnId: 'net' }
      }
    })
    const path = number === 0 ? base : `${location}/${step.end ? 'release' : 'update'}`
    const reply = await smf.post(path, body)
    if (number === 0) location = reply.headers['location'] ?? ''
    if (!step.end) outcomes.push(ofNchf(reply))
  }
  return outcomes
}

/** A CDR without what names the world and the account. */
function comparable(cdr: CdrRecord) {
  const { accountId, sessionId, lineId, msisdn, imsi, context, originHost, facts, ...rest } = cdr
  // Blocks are there in one world only.
  const { information: _information, ...same } = rest
  const { chargingId, pduSession, ...circumstances } = facts
  const parts = same.parts.map(part => ({
    ...part,
    bucket: part.bucket.replace(accountId, '')
  }))
  return { ...same, startedAt: 0, endedAt: cdr.endedAt - cdr.startedAt, parts, circumstances }
}

for (const [index, { name, offers, steps, topUp }] of scenarios.entries()) {
  t.test(`the same usage has the same result: ${name}`, async t => {
    const digits = (world: number) => `${index}${world}0`
    for (const world of [1, 2]) await chf.open(`${index}-${world}`, digits(world), topUp, offers)
    const gyOutcomes = await overGy(`262010000000${digits(1)}`, steps)
    const nchfOutcomes = await overNchf(`262010000000${digits(2)}`, steps)
    t.equal(gyOutcomes.length, steps.length - 1)
    t.same(nchfOutcomes, gyOutcomes)
    t.same(await chf.wallet(`${index}-2`), await chf.wallet(`${index}-1`))
    const [gyCdr, ...others] = chf.cdrs(`${index}-1`)
    const [nchfCdr, ...more] = chf.cdrs(`${index}-2`)
    t.same([others, more], [[], []])
    t.ok(gyCdr)
    if (gyCdr && nchfCdr) t.same(comparable(nchfCdr), comparable(gyCdr))
  })
}

t.test('a session of either world sees what the other one holds', async t => {
  await chf.open('shared', '900', 0.15)
  const imsi = '262010000000900'
  const first = await pgw.ccr({
    'Session-Id': 'pgw;shared',
    'CC-Request-Type': 1,
    'CC-Request-Number': 0,
    'Subscription-Id': [{ 'Subscription-Id-Type': 1, 'Subscription-Id-Data': imsi }],
    'Multiple-Services-Credit-Control': [{ 'Rating-Group': 10, 'Requested-Service-Unit': {} }]
  })
  t.match(ofGy(first), [{ granted: 10 * MB, final: false }])
  const pdu = pduSession(imsi)
  const second = await smf.post(base, request(pdu, 1, [ask()]))
  t.match(ofNchf(second), [{ granted: 5 * MB, final: true }], 'the rest of the wallet')
  t.match(await chf.wallet('shared'), { available: 0, reserved: 0.15 * EUR })
  const end = request(pdu, 2, [{ ...used(MB), requestedUnit: undefined }])
  await smf.post(`${second.headers['location']}/release`, end)
  const more = await pgw.ccr({
    'Session-Id': 'pgw;shared',
    'CC-Request-Type': 2,
    'CC-Request-Number': 1,
    'Subscription-Id': [{ 'Subscription-Id-Type': 1, 'Subscription-Id-Data': imsi }],
    'Multiple-Services-Credit-Control': [
      {
        'Rating-Group': 10,
        'Requested-Service-Unit': {},
        'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(10 * MB) }]
      }
    ]
  })
  t.match(ofGy(more), [{ granted: 4 * MB, final: true }], 'what the other gave back')
  t.match(await chf.wallet('shared'), { available: 0, reserved: 0.04 * EUR })
})

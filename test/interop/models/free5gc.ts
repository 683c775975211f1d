/**
 * The free5GC SMF over Nchf, as a state machine: what it sends, what it reads of an answer, and what its UPFs do then.
 *
 * It sends sequence 0 for ever. Its create has no multipleUnitUsage, and of the answer it reads Location alone; if it
 * fails, the PDU session goes on uncharged. Quota is found by uPFID and rating group, and only the triggers listed
 * with it count: QUOTA_EXHAUSTED makes grantedUnit a quota (none: 0, which blocks), QUOTA_THRESHOLD makes
 * volumeQuotaThreshold the used volume to report at. Volumes are 32 bits with a sign. Everything else is ignored.
 */
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { base, type NchfClient, referenceIn } from '../../support/nchf-client.ts'
import type { SessionOutcome } from './outcome.ts'

export interface Free5gcPlan {
  readonly imsi: string
  /** Octets that the user wants. */
  readonly wants: number
  /** The second one is inserted as uplink classifier (ULCL) in the middle. */
  readonly upfs: 1 | 2
  /** Called when the traffic is blocked for the first time. Without it the user gives up then. */
  readonly meanwhile?: () => Promise<void>
  /** How long a notification is waited for after that. */
  readonly patienceMs?: number
}

/** A usage reporting rule of a UPF. */
interface Rule {
  readonly uPFID: string
  /** null: nothing limits the traffic. */
  quota: number | null
  /** Used octets at which the UPF reports; null: none. */
  threshold: number | null
  /** Since the quota was set, and since the last report. */
  used: number
  unreported: number
}

const upfIds = [
  'a3f1c9e0-2b5d-4a6e-8f70-112233445501',
  'a3f1c9e0-2b5d-4a6e-8f70-112233445502'
] as const
const ratingGroup = 10
/** What passes a UPF before the first answer, and between a report and its answer. */
const inFlightOctets = 4_000
let sessions = 0
let instants = 0

export async function runFree5gc(client: NchfClient, plan: Free5gcPlan): Promise<SessionOutcome> {
  sessions++
  const smf = new Smf(client, plan, sessions)
  await smf.listen()
  try {
    return await smf.run()
  } finally {
    smf.end()
  }
}

class Smf {
  readonly #client: NchfClient
  readonly #plan: Free5gcPlan
  readonly #chargingId: number
  readonly #rules: Rule[] = []
  readonly #server = createServer()
  #reference = ''
  #served = 0
  #unmetered = 0
  #notified = () => {}

  constructor(client: NchfClient, plan: Free5gcPlan, chargingId: number) {
    this.#client = client
    this.#plan = plan
    this.#chargingId = chargingId
  }

  /** Takes notifications: it answers 204 and reports all rules, whatever the type of the notification is. */
  async listen(): Promise<void> {
    this.#server.on('stream', stream => {
      stream.on('error', () => {})
      stream.resume()
      stream.respond({ ':status': 204 }, { endStream: true })
      this.#notified()
    })
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
  }

  end(): void {
    this.#server.close()
  }

  async run(): Promise<SessionOutcome> {
    const created = await this.#send(base, null)
    if (created?.status !== 201 || !created.headers['location']) {
      this.#unmetered = this.#plan.wants
      return this.#outcome('by-user', 'the create failed, and the session goes on uncharged')
    }
    this.#reference = referenceIn(created)
    const first = this.#insert(0)
    this.#pass(first, Math.min(inFlightOctets, this.#plan.wants))
    await this.#report(first, 'START_OF_SERVICE_DATA_FLOW')
    return this.#serve(first)
  }

  async #serve(first: Rule): Promise<SessionOutcome> {
    const { meanwhile, patienceMs = 1_500, upfs, wants } = this.#plan
    let rule = first
    let waited = false
    for (let reports = 0; this.#served < wants; reports++) {
      if (reports > 2_000) return this.#outcome('cut', 'reports without end', true)
      if (upfs === 2 && this.#rules.length === 1 && this.#served > wants / 2) {
        rule = await this.#classify()
      }
      if (rule.quota === null) {
        this.#unmetered += wants - this.#served
        this.#pass(rule, wants - this.#served)
        break
      }
      if (rule.quota - rule.used > 0) {
        await this.#passToReport(rule)
      } else if (meanwhile === undefined || waited) {
        await this.#release()
        return this.#outcome('cut', 'the quota is 0')
      } else {
        waited = true
        await this.#wait(meanwhile, patienceMs)
        for (const each of this.#rules) await this.#report(each, 'FORCED_REAUTHORISATION')
      }
    }
    await this.#release()
    return this.#outcome('by-user', 'the user has all')
  }

  /** Traffic up to the next threshold or the end of the quota, and the report of it. */
  async #passToReport(rule: Rule): Promise<void> {
    const quota = rule.quota ?? 0
    const threshold = rule.threshold !== null && rule.threshold < quota ? rule.threshold : quota
    const left = this.#plan.wants - this.#served
    const atReport = Math.max(threshold - rule.used, 1)
    if (left < atReport) return this.#pass(rule, left)
    this.#pass(rule, atReport)
    const exhausted = rule.used >= quota
    // What still passes while the report is on its way is part of the next one.
    const late = exhausted ? 0 : Math.min(inFlightOctets, quota - rule.used, left - atReport)
    await this.#report(rule, exhausted ? 'QUOTA_EXHAUSTED' : 'QUOTA_THRESHOLD', late)
  }

  async #wait(meanwhile: () => Promise<void>, patienceMs: number): Promise<void> {
    const notified = new Promise<void>(resolve => {
      this.#notified = resolve
    })
    await meanwhile()
    let timer: NodeJS.Timeout | undefined
    const tired = new Promise<void>(resolve => {
      timer = setTimeout(resolve, patienceMs)
    })
    await Promise.race([notified, tired])
    clearTimeout(timer)
  }

  /** ULCL insertion: an update that only tells triggers, then the traffic goes through the second UPF. */
  async #classify(): Promise<Rule> {
    const triggers = [{ triggerType: 'ADDITION_OF_UPF', triggerCategory: 'IMMEDIATE_REPORT' }]
    const usedUnitContainer = this.#rules.map(() => ({ localSequenceNumber: 0, triggers }))
    const entries = this.#rules.map(({ uPFID }) => ({ ratingGroup, uPFID, usedUnitContainer }))
    await this.#send(`${base}/${this.#reference}/update`, entries)
    const rule = this.#insert(1)
    this.#pass(rule, Math.min(inFlightOctets, this.#plan.wants - this.#served))
    await this.#report(rule, 'START_OF_SERVICE_DATA_FLOW')
    return rule
  }

  #insert(index: 0 | 1): Rule {
    const rule = { uPFID: upfIds[index], quota: null, threshold: null, used: 0, unreported: 0 }
    this.#rules.push(rule)
    return rule
  }

  #pass(rule: Rule, octets: number): void {
    this.#served += octets
    rule.used += octets
    rule.unreported += octets
  }

  async #report(rule: Rule, triggerType: string, late = 0): Promise<void> {
    const entry = this.#entry(rule, triggerType)
    if (late > 0) this.#pass(rule, late)
    const answer = await this.#send(`${base}/${this.#reference}/update`, [entry])
    // It logs a failure, and the rule of the UPF stays as it is.
    if (answer?.status !== 200) return
    for (const unit of answer.body.multipleUnitInformation ?? []) this.#apply(unit)
  }

  /** Usage is told once, when the request is built, in 32 bits. */
  #entry(rule: Rule, triggerType: string) {
    const totalVolume = rule.unreported | 0
    rule.unreported = 0
    const uplinkVolume = totalVolume >> 2
    instants++
    return {
      ratingGroup,
      uPFID: rule.uPFID,
      requestedUnit: { totalVolume: 1_000, uplinkVolume: 1_000, downlinkVolume: 1_000 },
      usedUnitContainer: [
        {
          quotaManagementIndicator: 'ONLINE_CHARGING',
          triggers: [{ triggerType, triggerCategory: 'IMMEDIATE_REPORT' }],
          triggerTimestamp: new Date(Date.UTC(2026, 10, 21) + instants).toISOString(),
          totalVolume,
          uplinkVolume,
          downlinkVolume: totalVolume - uplinkVolume,
          localSequenceNumber: 0
        }
      ]
    }
  }

  #apply(unit: {
    readonly uPFID?: string
    readonly ratingGroup: number
    readonly triggers?: readonly { readonly triggerType: string }[]
    readonly grantedUnit?: { readonly totalVolume?: number }
    readonly volumeQuotaThreshold?: number
  }): void {
    const rule = this.#rules.find(({ uPFID }) => uPFID === unit.uPFID)
    if (rule === undefined || unit.ratingGroup !== ratingGroup) return
    for (const { triggerType } of unit.triggers ?? []) {
      if (triggerType === 'QUOTA_EXHAUSTED') {
        rule.quota = (unit.grantedUnit?.totalVolume ?? 0) | 0
        rule.used = rule.unreported
      } else if (triggerType === 'QUOTA_THRESHOLD') {
        rule.threshold = (unit.volumeQuotaThreshold ?? 0) | 0
      }
    }
  }

  async #release(): Promise<void> {
    const entries = this.#rules.map(rule => this.#entry(rule, 'FINAL'))
    await this.#send(`${base}/${this.#reference}/release`, entries)
  }

  /** null: there is no answer that it can read, such as one with a volume above 2^31-1. */
  async #send(path: string, multipleUnitUsage: readonly object[] | null) {
    const { port } = this.#server.address() as AddressInfo
    const body = {
      chargingId: this.#chargingId,
      subscriberIdentifier: `imsi-${this.#plan.imsi}`,
      nfConsumerIdentification: {
        nFName: '3f7e2a10-9c4b-4d55-8e21-5a6b7c8d9e0f',
        nFIPv4Address: '127.0.0.2',
        nodeFunctionality: 'SMF'
      },
      invocationTimeStamp: new Date().toISOString(),
      invocationSequenceNumber: 0,
      triggers: [],
      pDUSessionChargingInformation: {
        chargingId: this.#chargingId,
        userInformation: { servedPEI: 'imeisv-1110000000000000' },
        pduSessionInformation: {
          pduSessionID: 1,
          networkSlicingInfo: { sNSSAI: { sst: 1, sd: '010203' } },
          pduType: 'IPV4',
          servingNetworkFunctionID: {
            servingNetworkFunctionInformation: { nodeFunctionality: 'AMF' }
          },
          dnnId: 'internet'
        }
      },
      notifyUri: `http://127.0.0.1:${port}/nsmf-callback/notify_urn:uuid:${this.#chargingId}`,
      ...(multipleUnitUsage === null ? {} : { multipleUnitUsage })
    }
    const answer = await this.#client.post(path, body).catch(() => null)
    const units = answer?.body?.multipleUnitInformation ?? []
    const volumes: unknown[] = []
    for (const unit of units) volumes.push(unit.grantedUnit?.totalVolume, unit.volumeQuotaThreshold)
    return volumes.some(volume => Number(volume ?? 0) > 0x7fff_ffff) ? null : answer
  }

  #outcome(ended: SessionOutcome['ended'], because: string, hangs = false): SessionOutcome {
    return { ended, hangs, served: this.#served, unmetered: this.#unmetered, because }
  }
}

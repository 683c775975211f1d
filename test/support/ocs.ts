/** The whole charging path in this process: Diameter listener, engine, embedded store and a catalogue. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createChargingService } from '../../src/balance/service.ts'
import { createEngine } from '../../src/charging/engine.ts'
import type { MessageInput } from '../../src/diameter/dictionary/index.ts'
import type { CdrRecord, OutboxRecord } from '../../src/domain/record.ts'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import type { Answer, DiameterClient } from './diameter-client.ts'
import { startListener } from './diameter-listener.ts'
import { keepLog, openTestStore } from './open-test-store.ts'

export interface Ocs {
  readonly peer: DiameterClient
  /** Opens an account of one line; amounts are millionths. */
  open(id: string, msisdn: string, topUp: number, offers?: string[]): Promise<void>
  topUp(id: string, amount: number): Promise<void>
  block(id: string): Promise<void>
  wallet(id: string): Promise<{ available: number; reserved: number }>
  /** Units available in all buckets of the account. */
  units(id: string): Promise<number>
  /** CDRs of an account so far, oldest first. */
  cdrs(id: string): Promise<CdrRecord[]>
  /** Everything that was ever written for the account, to compare. */
  picture(id: string): Promise<unknown>
}

interface Scope {
  teardown(run: () => Promise<void> | void): void
}

export async function startOcs(
  t: Scope,
  folder = 'conf/catalogue',
  storeUrl?: string
): Promise<Ocs> {
  const state = mkdtempSync(join(tmpdir(), 'gyro-ocs-'))
  const store = await openTestStore(storeUrl ?? `embedded:${state}`)
  const catalogue = await loadCatalogue(folder)
  const catalogues = { current: catalogue, byVersion: new Map([[catalogue.version, catalogue]]) }
  const service = createChargingService({
    store,
    ...createEngine(() => catalogues),
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    logger: keepLog()
  })
  const { accounts } = service
  t.teardown(async () => {
    await service.close()
    await store.close()
    rmSync(state, { recursive: true, force: true })
  })
  const { open } = await startListener(t, { charge: service.charge })
  const peer = await open()
  let keys = 0

  async function submit(request: Parameters<typeof accounts.submit>[0]): Promise<void> {
    const answer = await accounts.submit(request)
    if (answer.kind === 'refused') throw new Error(answer.detail)
  }

  async function cdrs(accountId: string): Promise<CdrRecord[]> {
    const found: CdrRecord[] = []
    for (const entries of (await store.outbox.read(100_000)).values()) {
      for (const { value } of entries) {
        const record = JSON.parse(value) as OutboxRecord
        if (record.kind === 'cdr' && record.accountId === accountId) found.push(record)
      }
    }
    return found
  }

  async function view(id: string) {
    const found = await accounts.view(id)
    if (found === null) throw new Error(`there is no account ${id}`)
    return found
  }

  return {
    peer,
    cdrs,
    open: (accountId, msisdn, topUp, offers = ['prepaid-go']) =>
      submit({ kind: 'open-account', accountId, lines: [{ msisdn }], offers, topUp }),
    topUp: (accountId, amount) =>
      submit({
        kind: 'top-up',
        accountId,
        amount,
        operation: { key: `k${++keys}`, digest: 'd' }
      }),
    block: accountId => submit({ kind: 'block', accountId, reason: 'test' }),
    wallet: async id => (await view(id)).account.wallet,
    async units(id) {
      const { account, lines } = await view(id)
      const buckets = [...account.buckets, ...lines.flatMap(line => line.buckets)]
      return buckets.reduce((sum, bucket) => sum + bucket.available, 0)
    },
    async picture(id) {
      const { account, lines } = await view(id)
      return { account: { ...account, lastAt: 0 }, lines, cdrs: await cdrs(id) }
    }
  }
}

type Ccr = MessageInput<'CCR'>

export const actions = { debit: 0, refund: 1, check: 2, price: 3 } as const

let sessions = 0

/** A session id that no other test has. */
export function newSessionId(): string {
  return `as.example.org;events;${++sessions}`
}

/** A one-time event of a subscriber, by default an SMS to Germany. */
export function event(msisdn: string, action: keyof typeof actions, change: Ccr = {}): Ccr {
  return {
    'Session-Id': newSessionId(),
    'Service-Context-Id': '32274@3gpp.org',
    'CC-Request-Type': 4,
    'CC-Request-Number': 0,
    'Requested-Action': actions[action],
    'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }],
    'Service-Information': sms('4917012345678'),
    ...change
  }
}

/** Service-Information of a message to these numbers. */
export function sms(...recipients: string[]): NonNullable<Ccr['Service-Information']> {
  return {
    'SMS-Information': {
      'SM-Message-Type': 0,
      'Recipient-Info': recipients.map(data => ({
        'Recipient-Address': [{ 'Address-Type': 1, 'Address-Data': data }]
      }))
    }
  }
}

/** One MSCC that asks for so many messages; null: an empty ask. */
export function messages(units: number | null, ratingGroup = 200) {
  return {
    'Rating-Group': ratingGroup,
    'Requested-Service-Unit': units === null ? {} : { 'CC-Service-Specific-Units': BigInt(units) }
  }
}

/** CC-Money of digits times a power of ten. */
export function ccMoney(digits: number | bigint, exponent?: number, currency?: number) {
  return {
    'CC-Money': {
      'Unit-Value': {
        'Value-Digits': BigInt(digits),
        ...(exponent === undefined ? {} : { Exponent: exponent })
      },
      ...(currency === undefined ? {} : { 'Currency-Code': currency })
    }
  }
}

/** The services of an answer: Result-Code and units or money granted. */
export function services(answer: Answer) {
  return (answer.avps['Multiple-Services-Credit-Control'] ?? []).map(service => {
    const granted = service['Granted-Service-Unit']
    const units = granted?.['CC-Service-Specific-Units'] ?? granted?.['CC-Time']
    return [
      service['Result-Code'],
      units === undefined ? null : Number(units),
      granted?.['CC-Money']?.['Unit-Value']?.['Value-Digits'] ?? null
    ]
  })
}

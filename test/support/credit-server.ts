/**
 * Credit control in this process, from the socket to the store: a Diameter listener, the charging service and the
 * engine over an embedded store, with the catalogue and the time that the test says.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src/balance/open-store.ts'
import { createChargingService } from '../../src/balance/service.ts'
import { createEngine } from '../../src/charging/engine.ts'
import type { MessageInput } from '../../src/diameter/dictionary/index.ts'
import { anyPeer } from '../../src/domain/peers.ts'
import type { CdrRecord, OutboxRecord } from '../../src/domain/record.ts'
import type { PeerProfile } from '../../src/domain/request.ts'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import type { Catalogue, QuotaPolicy } from '../../src/rating/catalogue.ts'
import { catalogue as standard } from './catalogue.ts'
import type { Answer, DiameterClient } from './diameter-client.ts'
import { startListener } from './diameter-listener.ts'
import { keepLog } from './open-test-store.ts'

export const MB = 1_000_000
const types = { initial: 1, update: 2, termination: 3, event: 4 } as const

export type Mscc = NonNullable<MessageInput<'CCR'>['Multiple-Services-Credit-Control']>[number]

/** A CCR of a data session of the first subscriber at home. */
export function ccr(
  sessionId: string,
  type: keyof typeof types,
  number: number,
  services: readonly Mscc[] = [],
  more: MessageInput<'CCR'> = {}
): MessageInput<'CCR'> {
  return {
    'Session-Id': sessionId,
    'CC-Request-Type': types[type],
    'CC-Request-Number': number,
    ...(services.length === 0 ? {} : { 'Multiple-Services-Credit-Control': [...services] }),
    'Service-Information': { 'PS-Information': { '3GPP-SGSN-MCC-MNC': '26201' } },
    ...more
  }
}

/** The one MSCC of an answer. */
export function msccOf(answer: Answer) {
  const list = answer.avps['Multiple-Services-Credit-Control']
  if (list.length !== 1) throw new Error(`${list.length} services in the answer`)
  return list[0]!
}

export interface CreditServer {
  /** A connection that has exchanged capabilities. */
  readonly peer: DiameterClient
  readonly port: number
  now: number
  catalogue: Catalogue
  /** The profile of every peer from now on. */
  set profile(profile: PeerProfile)
  policy(change: Partial<QuotaPolicy>): void
  /** Opens an account with one line. */
  open(id: string, offer: string, topUp: number, msisdn?: string, imsi?: string): Promise<void>
  topUp(id: string, amount: number): Promise<void>
  wallet(id: string): Promise<{ available: number; reserved: number }>
  cdrs(sessionId: string): Promise<CdrRecord[]>
}

interface Scope {
  teardown(run: () => Promise<void>): void
}

export async function startCreditServer(t: Scope): Promise<CreditServer> {
  const folder = mkdtempSync(join(tmpdir(), 'gyro-credit-'))
  const clock = { now: () => server.now, monotonic: () => systemClock.monotonic() }
  const logger = keepLog()
  const common = { clock, random: systemRandom, logger }
  const store = await openStore(`embedded:${folder}`, { strict: false, durable: false, ...common })
  const engine = createEngine(() => ({
    current: server.catalogue,
    byVersion: new Map([[server.catalogue.version, server.catalogue]])
  }))
  const service = createChargingService({
    store,
    ...engine,
    ...common,
    scheduler: systemScheduler
  })
  t.teardown(async () => {
    await service.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const listening = await startListener(t, { charge: service.charge })
  const server: CreditServer = {
    peer: await listening.open(),
    port: listening.port,
    now: Date.UTC(2026, 10, 21, 12, 0, 0),
    catalogue: standard,
    set profile(changes: PeerProfile) {
      const { name: _, ...rest } = changes
      listening.listener.reload({
        peers: [{ ...anyPeer, profile: 'test' }],
        profiles: [{ name: 'test', base: '3gpp', changes: rest }],
        agents: []
      })
    },
    policy(change) {
      server.catalogue = { ...standard, quota: { ...standard.quota, ...change } }
    },
    async open(id, offer, topUp, msisdn = '4915100000001', imsi) {
      const lines = [imsi === undefined ? { msisdn } : { msisdn, imsi }]
      const answer = await service.accounts.submit({
        kind: 'open-account',
        accountId: id,
        lines,
        offers: [offer],
        topUp
      })
      if (answer.kind !== 'done') throw new Error(answer.detail)
    },
    async topUp(accountId, amount) {
      const operation = { key: `${accountId} ${amount}`, digest: '' }
      const request = { kind: 'top-up', accountId, amount, operation } as const
      const answer = await service.accounts.submit(request)
      if (answer.kind !== 'done') throw new Error(answer.detail)
    },
    async wallet(id) {
      const view = await service.accounts.view(id)
      if (view === null) throw new Error(`there is no account ${id}`)
      return view.account.wallet
    },
    async cdrs(sessionId) {
      const found: CdrRecord[] = []
      for (const entries of (await store.outbox.read(10_000)).values()) {
        for (const { value } of entries) {
          const record = JSON.parse(value) as OutboxRecord
          if (record.kind === 'cdr' && record.sessionId === sessionId) found.push(record)
        }
      }
      return found
    }
  }
  return server
}

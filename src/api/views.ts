/** Documents as the HTTP API and the commands show them. */

import type { AccountView } from '../charging/ports.ts'
import type { Bucket, Counter, Subscription } from '../domain/account.ts'
import { hasEnded } from '../domain/line-numbers.ts'
import { formatMoney } from '../domain/money.ts'
import type { CdrPart, CdrRecord } from '../domain/record.ts'
import type { ChargingSession, ServiceUsage } from '../domain/session.ts'
import { namesOfSession } from '../domain/session-key.ts'
import type { EpochMs } from '../domain/time.ts'
import { derivedTraceId, traceIdOf } from '../trace/trace-id.ts'
import { viewQuantity } from './quantity.ts'

export function iso(at: EpochMs): string {
  return new Date(at).toISOString()
}

export function viewAccount({ account, lines: all }: AccountView) {
  // Of one that has ended there is only what its sessions still hold.
  const lines = all.filter(line => !hasEnded(line))
  return {
    id: account.id,
    status: account.status,
    blockReason: account.blockReason,
    createdAt: iso(account.createdAt),
    openSessions: account.openSessions,
    wallet: {
      available: formatMoney(account.wallet.available),
      reserved: formatMoney(account.wallet.reserved),
      currency: account.currency,
      badDebt: formatMoney(account.badDebt)
    },
    buckets: [
      ...account.buckets.map(bucket => viewBucket(bucket, null)),
      ...all.flatMap(line => line.buckets.map(bucket => viewBucket(bucket, line.id)))
    ],
    limits: [
      ...account.counters.map(counter => viewCounter(counter, null)),
      ...lines.flatMap(line => line.counters.map(counter => viewCounter(counter, line.id)))
    ],
    policyCounters: [
      ...policyCounters(account.counters, account.buckets, null),
      ...lines.flatMap(line => policyCounters(line.counters, line.buckets, line.id))
    ],
    lines: lines.map(({ id, msisdn, imsi }) => ({ id, msisdn, imsi })),
    subscriptions: [
      ...account.subscriptions,
      ...lines.flatMap(({ subscriptions = [] }) => subscriptions)
    ].map(viewSubscription)
  }
}

function viewSubscription({ id, offer, line, since, paidUntil, suspendedAt }: Subscription) {
  return {
    id,
    offer,
    line: line ?? null,
    since: iso(since),
    paidUntil: paidUntil === undefined ? null : iso(paidUntil),
    suspendedAt: suspendedAt === undefined ? null : iso(suspendedAt)
  }
}

export type AccountJson = ReturnType<typeof viewAccount>

function viewCounter(counter: Counter, line: string | null) {
  const { limit, offer, subscriptionId, unit, amount, used, reserved, beyond } = counter
  return {
    limit,
    offer,
    subscription: subscriptionId,
    line,
    unit,
    amount: viewQuantity(unit, amount),
    used: viewQuantity(unit, used),
    reserved: viewQuantity(unit, reserved),
    beyond,
    validFrom: iso(counter.validFrom),
    validUntil: counter.validUntil === null ? null : iso(counter.validUntil)
  }
}

/** TS 29.219 5.3.2: a policy counter has a status; here only those that thresholds have set. */
function policyCounters(
  counters: readonly Counter[],
  buckets: readonly Bucket[],
  line: string | null
) {
  return [
    ...counters.map(({ offer, limit, status }) => ({ counter: `${offer}/${limit}`, line, status })),
    ...buckets.map(({ offer, allowance, status = '' }) => ({
      counter: `${offer}/${allowance}`,
      line,
      status
    }))
  ].filter(({ status }) => status !== '')
}

function viewBucket(bucket: Bucket, line: string | null) {
  const { unit } = bucket
  return {
    id: bucket.id,
    offer: bucket.offer,
    allowance: bucket.allowance,
    subscription: bucket.subscriptionId,
    line,
    unit,
    total: viewQuantity(unit, bucket.total),
    available: viewQuantity(unit, bucket.available),
    reserved: viewQuantity(unit, bucket.reserved),
    validFrom: iso(bucket.validFrom),
    validUntil: bucket.validUntil === null ? null : iso(bucket.validUntil)
  }
}

/** `line` is the session's line; null when it is not known any more. */
export function viewSession(
  session: ChargingSession,
  line: { readonly msisdn: string | null; readonly imsi: string | null } | null
) {
  const amount = session.positions.reduce((sum, position) => sum + position.amount, 0)
  return {
    ...namesOfSession(session.id),
    traceId: session.traceId ?? derivedTraceId(session.id),
    accountId: session.accountId,
    msisdn: line?.msisdn ?? null,
    imsi: line?.imsi ?? null,
    startedAt: iso(session.startedAt),
    lastAt: iso(session.lastAt),
    expiresAt: iso(session.expiresAt),
    context: session.context,
    originHost: session.origin.host,
    amount: formatMoney(amount),
    services: session.services.map(viewService)
  }
}

export type SessionJson = ReturnType<typeof viewSession>

function viewService(service: ServiceUsage) {
  const { grant } = service
  return {
    ratingGroup: service.ratingGroup,
    serviceIdentifiers: service.serviceIdentifiers,
    used: {
      octets: service.octets,
      inputOctets: service.inputOctets,
      outputOctets: service.outputOctets,
      seconds: service.seconds,
      messages: service.messages
    },
    granted:
      grant === null
        ? null
        : { unit: grant.unit, units: grant.units, final: grant.final, at: iso(grant.at) }
  }
}

export function viewCdr(record: CdrRecord) {
  return {
    ...namesOfSession(record.sessionId),
    number: record.number,
    traceId: traceIdOf(record),
    accountId: record.accountId,
    msisdn: record.msisdn,
    imsi: record.imsi,
    context: record.context,
    originHost: record.originHost,
    startedAt: iso(record.startedAt),
    endedAt: iso(record.endedAt),
    amount: formatMoney(record.amount),
    currency: record.currency,
    catalogue: record.catalogue,
    offers: record.offers,
    closingCause: record.cause,
    flags: record.flags,
    octets: record.octets,
    inputOctets: record.inputOctets,
    outputOctets: record.outputOctets,
    seconds: record.seconds,
    messages: record.messages,
    parts: record.parts.map(viewPart),
    facts: record.facts,
    ...(record.openedAt === undefined ? {} : { openedAt: iso(record.openedAt) }),
    ...(record.information === undefined
      ? {}
      : {
          chargingInformation: JSON.parse(record.information) as Readonly<Record<string, unknown>>
        })
  }
}

export type CdrJson = ReturnType<typeof viewCdr>

export function viewPart(part: CdrPart) {
  return {
    ratingGroup: part.ratingGroup,
    serviceIdentifiers: part.serviceIdentifiers,
    price: part.price === '' ? null : part.price,
    bucket: part.bucket === '' ? null : part.bucket,
    zone: part.zone,
    unit: part.unit,
    units: part.units,
    amount: formatMoney(part.amount),
    before: part.before,
    suspense: part.suspense,
    ...(part.period === undefined ? {} : { period: new Date(part.period).toISOString() }),
    ...(part.tax === undefined ? {} : { tax: part.tax })
  }
}

/**
 * Account and line documents.
 *
 * Account: `[format, id, blocked, block reason, currency, created, subscriptions, last instant, records,
 * open sessions, sweep at, available, reserved, buckets]`. Line: `[format, id, account, msisdn, imsi, created,
 * buckets]`, with the tenant, its own subscriptions and its past (`[changes, ended, [[msisdn, imsi, until]...]]`) at the very end. Both end with their counts where they have any: `[price, from, until, units, held]`,
 * behind which, while grants are open under it, comes what is held: `wallet, buckets, cover`, and of each limit `line, counter, units,
 * money, cover`. Bucket: `[id, subscription, offer, allowance, unit, total, available, reserved, priority, from,
 * until, ended]`. Subscription: `[id, offer, since]`, with `paid, from, until` where a fee was paid for a period,
 * `paid until, suspended at` where it is due again, and the line that it is for alone; behind them what lines have for themselves, `[1, lines, offers...]`, and
 * the changes: `[0, at, from, policy]`, with `id, offer, since` of what came instead.
 */
import type {
  Account,
  Bucket,
  CountHolds,
  LimitHolds,
  Line,
  LinePast,
  OfferChange,
  OwnOffers,
  PriceCount,
  Subscription
} from '../../domain/account.ts'
import { decodeCounter, encodeCounters } from './counter.ts'
import { formatMax, quoted, readDocument, unitAt, unitNumbers } from './format.ts'
import { decodeOwn, decodeSubscriptions, encodeOwn, encodeSubscriptions } from './subscriptions.ts'

/** The encoded beginning of an account document, kept while what it holds stays the same. */
export interface AccountHead {
  readonly status: Account['status']
  readonly blockReason: string | null
  readonly subscriptions: readonly Subscription[]
  readonly ownOffers: readonly OwnOffers[] | undefined
  readonly changes: readonly OfferChange[] | undefined
  readonly text: string
}

/** The head of this account: the known one if it still fits. */
export function accountHead(account: Account, known: AccountHead | null): AccountHead {
  const { status, blockReason, subscriptions, ownOffers, changes } = account
  if (
    known !== null &&
    known.subscriptions === subscriptions &&
    known.ownOffers === ownOffers &&
    known.changes === changes &&
    known.status === status &&
    known.blockReason === blockReason
  ) {
    return known
  }
  const members = [
    formatMax,
    account.id,
    status === 'blocked' ? 1 : 0,
    blockReason,
    account.currency,
    account.createdAt,
    encodeSubscriptions(subscriptions, changes, ownOffers)
  ]
  const text = `${JSON.stringify(members).slice(0, -1)},`
  return { status, blockReason, subscriptions, ownOffers, changes, text }
}

export function encodeAccount(account: Account, head: AccountHead): string {
  const { available, reserved } = account.wallet
  const text = `${head.text}${account.lastAt},${account.records},${account.openSessions},${account.sweepAt},${available},${reserved},${encodeBuckets(account.buckets)}`
  const { badDebt, counters, counts } = account
  if (counters.length === 0 && badDebt === 0) return `${text}${encodeCounts(counts)}]`
  return `${text}${encodeCounts(counts) || ',null'},${encodeCounters(counters)},${badDebt}]`
}

/** Throws GYRO_DOCUMENT_FORMAT when the text is not such a document or its format is newer than this program. */
export function decodeAccount(text: string): Account {
  const document = readDocument(text, 'account', 14, 3)
  return {
    format: 1,
    id: document[1] as string,
    status: document[2] === 1 ? 'blocked' : 'active',
    blockReason: document[3] as string | null,
    currency: document[4] as string,
    createdAt: document[5] as number,
    lastAt: document[7] as number,
    records: document[8] as number,
    openSessions: document[9] as number,
    sweepAt: document[10] as number,
    wallet: { available: document[11] as number, reserved: document[12] as number },
    ...decodeSubscriptions(document[6] as readonly (readonly unknown[])[]),
    buckets: (document[13] as unknown[][]).map(decodeBucket),
    ...decodeCounts(document[14]),
    counters: ((document[15] ?? []) as unknown[][]).map(decodeCounter),
    badDebt: (document[16] ?? 0) as number
  }
}

export function encodeLine(line: Line): string {
  const { id, accountId, msisdn, imsi, createdAt, buckets, counters, counts } = line
  const { tenant, subscriptions, past } = line
  const members = [formatMax, id, accountId, msisdn, imsi, createdAt]
  const text = `${JSON.stringify(members).slice(0, -1)},${encodeBuckets(buckets)}`
  const usual = tenant === undefined && subscriptions === undefined && past === undefined
  if (counters.length === 0 && usual) return `${text}${encodeCounts(counts)}]`
  const all = `${text}${encodeCounts(counts) || ',null'},${encodeCounters(counters)}`
  const named = tenant === undefined ? 'null' : quoted(tenant)
  if (past !== undefined) {
    const own = subscriptions === undefined ? 'null' : encodeOwn(subscriptions)
    return `${all},${named},${own},${encodePast(past)}]`
  }
  if (subscriptions !== undefined) return `${all},${named},${encodeOwn(subscriptions)}]`
  return tenant === undefined ? `${all}]` : `${all},${named}]`
}

/** Throws GYRO_DOCUMENT_FORMAT, as decodeAccount does. */
export function decodeLine(text: string): Line {
  const document = readDocument(text, 'line', 7, 5)
  return {
    format: 1,
    id: document[1] as string,
    accountId: document[2] as string,
    msisdn: document[3] as string | null,
    imsi: document[4] as string | null,
    createdAt: document[5] as number,
    buckets: (document[6] as unknown[][]).map(decodeBucket),
    ...decodeCounts(document[7]),
    counters: ((document[8] ?? []) as unknown[][]).map(decodeCounter),
    ...(document[9] == null ? {} : { tenant: document[9] as string }),
    ...(document[10] == null
      ? {}
      : { subscriptions: decodeOwn(document[10] as unknown[][], document[1] as string) }),
    ...(document[11] === undefined ? {} : { past: decodePast(document[11]) })
  }
}

/** By the object: it changes with the numbers of the line alone. */
const pasts = new WeakMap<LinePast, string>()

function encodePast(past: LinePast): string {
  let text = pasts.get(past)
  if (text === undefined) {
    const numbers = past.numbers.map(({ msisdn, imsi, until }) => [msisdn, imsi, until])
    text = JSON.stringify([past.changes, past.endedAt, numbers])
    pasts.set(past, text)
  }
  return text
}

function decodePast(members: unknown): LinePast {
  type Numbers = [string | null, string | null, number]
  const [changes, endedAt, numbers] = members as [number, number, Numbers[]]
  return {
    changes,
    endedAt,
    numbers: numbers.map(([msisdn, imsi, until]) => ({ msisdn, imsi, until }))
  }
}

function encodeCounts(counts: readonly PriceCount[] | undefined): string {
  if (counts === undefined) return ''
  const texts = counts.map(({ price, from, until, units, held, open }) => {
    const text = `[${quoted(price)},${from},${until},${units},${held}`
    return open === undefined ? `${text}]` : `${text}${encodeHolds(open)}]`
  })
  return `,[${texts.join(',')}]`
}

function decodeCounts(members: unknown): { readonly counts?: readonly PriceCount[] } {
  if (members === undefined || members === null) return {}
  return { counts: (members as CountMembers[]).map(decodeCount) }
}

type CountMembers = [string, number, number, number, number, ...(string | number)[]]

function decodeCount([price, from, until, units, held, ...holds]: CountMembers): PriceCount {
  const count = { price, from, until, units, held }
  return holds.length === 0 ? count : { ...count, open: decodeHolds(holds) }
}

function encodeHolds({ wallet, buckets, cover, limits }: CountHolds): string {
  let text = `,${wallet},${buckets},${cover}`
  for (const { lineId, counter, units, money, cover } of limits) {
    text += `,${quoted(lineId)},${quoted(counter)},${units},${money},${cover}`
  }
  return text
}

function decodeHolds(members: readonly (string | number)[]): CountHolds {
  const [wallet, buckets, cover] = members as [number, number, number]
  const limits: LimitHolds[] = []
  for (let at = 3; at < members.length; at += 5) {
    const [lineId, counter, units, money, cover] = members.slice(at) as [
      string,
      string,
      number,
      number,
      number
    ]
    limits.push({ lineId, counter, units, money, cover })
  }
  return { wallet, buckets, cover, limits }
}

function encodeBuckets(buckets: readonly Bucket[]): string {
  if (buckets.length === 0) return '[]'
  let text = ''
  for (const bucket of buckets) text += `${text === '' ? '[' : ','}${encodeBucket(bucket)}`
  return `${text}]`
}

function encodeBucket(bucket: Bucket): string {
  const names = `${quoted(bucket.id)},${quoted(bucket.subscriptionId)},${quoted(bucket.offer)},${quoted(bucket.allowance)}`
  const amounts = `${unitNumbers[bucket.unit]},${bucket.total},${bucket.available},${bucket.reserved}`
  const { priority, validFrom, validUntil, ended, rolled, level, status } = bucket
  const text = `[${names},${amounts},${priority},${validFrom},${validUntil},${ended === true ? 1 : 0}`
  if (rolled === undefined && level === undefined) return `${text}]`
  return `${text},${rolled === true ? 1 : 0},${level ?? 0},${quoted(status ?? '')}]`
}

function decodeBucket(members: readonly unknown[]): Bucket {
  const bucket: Bucket = {
    id: members[0] as string,
    subscriptionId: members[1] as string,
    offer: members[2] as string,
    allowance: members[3] as string,
    unit: unitAt(members[4]),
    total: members[5] as number,
    available: members[6] as number,
    reserved: members[7] as number,
    priority: members[8] as number,
    validFrom: members[9] as number,
    validUntil: members[10] as number | null
  }
  const known = members[11] === 1 ? { ...bucket, ended: true } : bucket
  if (members.length <= 12) return known
  const level = members[13] as number
  const status = members[14] as string
  return {
    ...known,
    ...(members[12] === 1 ? { rolled: true } : {}),
    ...(level === 0 ? {} : { level }),
    ...(status === '' ? {} : { status })
  }
}

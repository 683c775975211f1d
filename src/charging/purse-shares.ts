/**
 * What grants under one price hold of buckets of money, where these are not for all of them, and of the wallet.
 *
 * Grants that may draw on the same buckets are a class. Each class holds of its buckets what it may cost in any order, as far
 * as they go. The wallet holds what any classes together may cost beyond what they hold of buckets: so whoever is used
 * first, and whatever is not used at all, each report finds what pays it, in the buckets of its class or in the wallet.
 */
import type { Bucket } from '../domain/account.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Draw, Grant } from '../domain/session.ts'
import { type BucketPlace, bucketsAt, reserveMoney, settleMoney, sharedPlace } from './books.ts'
import { reserveUnits, settleUnits } from './bucket-units.ts'
import { bucketObstacle, compareForBurn } from './burn-order.ts'
import { type Context, situationOf } from './context.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { asGranted } from './granted.ts'
import { type Member, type PriceGroup, worstOf } from './price-group.ts'
import { isPurse } from './purse.ts'

/** A bucket of money for members of a group. */
interface Purse {
  readonly place: BucketPlace
  readonly bucket: Bucket
  /** What no class holds yet. */
  left: MicroUnits
}

/** Members that may draw on the same buckets. */
interface PurseClass {
  readonly members: Member[]
  readonly purses: readonly Purse[]
  /** What they hold of each of these. */
  readonly held: MicroUnits[]
  /** What they may cost beyond that. */
  rest: MicroUnits
}

/** What a group is to hold. */
export interface PurseShares {
  readonly classes: readonly PurseClass[]
  readonly wallet: MicroUnits
}

/** null: every bucket of money that there is, is for all members of the group or for none, so it is of no matter who draws. */
export function purseShares(
  context: Context,
  session: SessionDraft,
  group: PriceGroup
): PurseShares | null {
  const purses = pursesOf(context, session, group)
  if (purses.length === 0) return null
  const classes: PurseClass[] = []
  for (const member of group.members) {
    const own = purses.filter(({ bucket }) =>
      mayDraw(context, session, member.service, member.grant, bucket)
    )
    const known = classes.find(each => isSame(each.purses, own))
    if (known !== undefined) known.members.push(member)
    else classes.push({ members: [member], purses: own, held: own.map(() => 0), rest: 0 })
  }
  if (classes.length < 2) return null
  for (const each of classes) {
    each.rest = worstOf(group, each.members)
    for (const [index, purse] of each.purses.entries()) {
      const amount = Math.min(each.rest, purse.left)
      each.held[index] = amount
      each.rest -= amount
      purse.left -= amount
    }
  }
  return { classes, wallet: mostBeyond(group, classes) }
}

/** Whether a grant of another service may draw on the same buckets of money as one that ends. */
export function shareBuckets(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  grant: Grant,
  other: ServiceDraft
): boolean {
  const theirs = other.grant
  if (theirs === null) return false
  for (const place of placesOf(session)) {
    for (const bucket of bucketsAt(context.books, place)) {
      if (bucket.unit !== 'money') continue
      const mine = mayDraw(context, session, service, grant, bucket)
      if (mine !== mayDraw(context, session, other, theirs, bucket)) return false
    }
  }
  return true
}

const classesMax = 8

/** The most that any of the classes together may cost beyond what they hold of buckets. */
function mostBeyond(group: PriceGroup, classes: readonly PurseClass[]): MicroUnits {
  let most = 0
  if (classes.length > classesMax) {
    for (const { rest } of classes) most += rest
    return most
  }
  for (let chosen = 1; chosen < 2 ** classes.length; chosen++) {
    const members: Member[] = []
    let held = 0
    for (const [index, each] of classes.entries()) {
      if (Math.floor(chosen / 2 ** index) % 2 === 0) continue
      members.push(...each.members)
      for (const amount of each.held) held += amount
    }
    most = Math.max(most, worstOf(group, members) - held)
  }
  return most
}

function pursesOf(context: Context, session: SessionDraft, group: PriceGroup): readonly Purse[] {
  const purses: Purse[] = []
  for (const place of placesOf(session)) {
    for (const bucket of bucketsAt(context.books, place)) {
      if (bucket.unit !== 'money') continue
      let left = isOver(context, bucket) ? 0 : bucket.available
      for (const { grant } of group.members) left += heldOf(grant, bucket)
      if (left > 0) purses.push({ place, bucket, left })
    }
  }
  return purses.sort((a, b) => compareForBurn(a.bucket, b.bucket))
}

function placesOf({ lineId }: SessionDraft): readonly BucketPlace[] {
  return lineId === '' ? [sharedPlace] : [sharedPlace, { source: 'line', lineId }]
}

/** What a grant holds of a bucket stays for it, whatever becomes of the bucket. */
function mayDraw(
  context: Context,
  session: SessionDraft,
  { ratingGroup, serviceIdentifiers }: ServiceDraft,
  grant: Grant,
  bucket: Bucket
): boolean {
  if (heldOf(grant, bucket) > 0) return true
  const situation = situationOf(
    context,
    session.context,
    ratingGroup,
    session.facts,
    serviceIdentifiers
  )
  return situation !== null && bucketObstacle(context, bucket, asGranted(situation, grant)) === null
}

function heldOf({ draws }: Grant, { id }: Bucket): MicroUnits {
  let money = 0
  for (const draw of draws) if (isPurse(draw) && draw.bucket === id) money += draw.amount
  return money
}

function isOver({ now }: Context, { validUntil }: Bucket): boolean {
  return validUntil !== null && validUntil <= now
}

function isSame(a: readonly Purse[], b: readonly Purse[]): boolean {
  return a.length === b.length && a.every((purse, index) => purse === b[index])
}

/** Whether the wallet has what it is to hold for a group one more is to come to. `cover`: what its count holds of it. */
export function fitsWallet(
  context: Context,
  group: PriceGroup,
  { wallet, classes }: PurseShares,
  candidate: Member,
  cover: MicroUnits
): boolean {
  const spendable = context.books.available + context.creditLimit + cover
  const more = wallet - heldOfWallet(group)
  const gives = classes.some(
    ({ members, purses }) => members.includes(candidate) && purses.length > 0
  )
  return more <= (gives ? Math.max(0, spendable) : spendable)
}

function heldOfWallet({ members }: PriceGroup): MicroUnits {
  let money = 0
  for (const { grant } of members) {
    for (const { source, amount } of grant.draws) if (source === 'wallet') money += amount
  }
  return money
}

/** Makes the members hold this, each what it may need by itself as far as it goes round. */
export function holdShares(context: Context, group: PriceGroup, shares: PurseShares): void {
  const { books, creditLimit } = context
  const before = heldOfWallet(group)
  const spendable = Math.max(0, books.available + creditLimit)
  const wallet = Math.min(shares.wallet, before + spendable)
  const drawn = new Map<Member, readonly Draw[]>()
  for (const each of shares.classes) {
    for (const member of each.members) drawn.set(member, drawsOn(each, worstOf(group, [member])))
  }
  moveBuckets(context, shares, drawn)
  if (wallet > before) reserveMoney(books, wallet - before)
  else settleMoney(books, before - wallet, 0)
  let left = wallet
  for (const member of group.members) {
    const { service, grant } = member
    const purses = drawn.get(member) ?? []
    let need = worstOf(group, [member])
    for (const { amount } of purses) need -= amount
    const amount = Math.min(left, need)
    left -= amount
    service.grant = { ...grant, draws: drawsOf(grant, purses, amount) }
  }
}

/** Takes so much of what a class holds of its buckets, as far as it is there, for one of its members. */
function drawsOn({ purses, held }: PurseClass, needed: MicroUnits): readonly Draw[] {
  const draws: Draw[] = []
  let need = needed
  for (const [index, { place, bucket }] of purses.entries()) {
    const amount = Math.min(need, held[index] ?? 0)
    if (amount === 0) continue
    draws.push({ source: place.source, bucket: bucket.id, units: 0, amount })
    held[index] = (held[index] ?? 0) - amount
    need -= amount
  }
  return draws
}

/** Reserves of buckets what is held of them now, and gives back what is not held any more. */
function moveBuckets(
  { books }: Context,
  { classes }: PurseShares,
  drawn: ReadonlyMap<Member, readonly Draw[]>
): void {
  const purses = new Set(classes.flatMap(each => each.purses))
  for (const { place, bucket } of purses) {
    let more = 0
    for (const [{ grant }, draws] of drawn) {
      more -= heldOf(grant, bucket)
      for (const draw of draws) if (draw.bucket === bucket.id) more += draw.amount
    }
    if (more > 0) reserveUnits(books, place, bucket.id, more)
    else if (more < 0) settleUnits(books, place, bucket.id, -more, 0)
  }
}

/** The draws of a grant when it holds this of buckets of money and of the wallet. */
function drawsOf(grant: Grant, purses: readonly Draw[], wallet: MicroUnits): readonly Draw[] {
  const draws: Draw[] = []
  let first = true
  for (const draw of grant.draws) {
    if (isPurse(draw)) continue
    if (draw.source !== 'wallet') draws.push(draw)
    else if (!first) draws.push({ ...draw, amount: 0 })
    else {
      draws.push(...purses, { ...draw, amount: wallet })
      first = false
    }
  }
  return draws
}

/** Subscriptions of an account, with the changes and counts behind them, and those of a line: see account.ts. */
import type { Account, OfferChange, OwnOffers, Subscription } from '../../domain/account.ts'

type Members = readonly unknown[]
const policies = ['carry', 'reset', 'prorate'] as const

export function encodeSubscriptions(
  subscriptions: readonly Subscription[],
  changes: readonly OfferChange[] | undefined,
  ownOffers: readonly OwnOffers[] | undefined
): readonly Members[] {
  const members: Members[] = subscriptions.map(encodeSubscription)
  for (const { offers, lines } of ownOffers ?? []) members.push([1, lines, ...offers])
  for (const { at, from, to, policy } of changes ?? []) {
    const head = [0, at, from, policies.indexOf(policy)]
    members.push(to === null ? head : [...head, to.id, to.offer, to.since])
  }
  return members
}

function encodeSubscription(subscription: Subscription): Members {
  const { id, offer, since, paid, paidUntil, suspendedAt, line } = subscription
  const fee = paid === undefined ? [] : [paid.amount, paid.from, paid.until]
  if (paidUntil === undefined && line === undefined) return [id, offer, since, ...fee]
  const due = [paidUntil ?? -1, suspendedAt ?? -1]
  const members = [id, offer, since, ...(fee.length === 0 ? unpaid : fee), ...due]
  return line === undefined ? members : [...members, line]
}

const unpaid = [-1, 0, 0]

export function decodeSubscriptions(
  members: readonly Members[]
): Pick<Account, 'subscriptions' | 'changes' | 'ownOffers'> {
  const subscriptions: Subscription[] = []
  const changes: OfferChange[] = []
  const ownOffers: OwnOffers[] = []
  for (const entry of members) {
    if (entry[0] === 0) changes.push(decodeChange(entry))
    else if (entry[0] === 1) ownOffers.push(decodeOwnOffers(entry))
    else subscriptions.push(decodeSubscription(entry))
  }
  return {
    subscriptions,
    ...(ownOffers.length === 0 ? {} : { ownOffers }),
    ...(changes.length === 0 ? {} : { changes })
  }
}

function decodeOwnOffers(members: Members): OwnOffers {
  const [, lines, ...offers] = members as [1, number, ...string[]]
  return { offers, lines }
}

/** By the list: a line is written with each usage of its own allowances, and its offers seldom change. */
const texts = new WeakMap<readonly Subscription[], string>()

/** Of a line document, which says itself whose they are. */
export function encodeOwn(subscriptions: readonly Subscription[]): string {
  let text = texts.get(subscriptions)
  if (text === undefined) {
    text = JSON.stringify(subscriptions.map(({ line: _line, ...rest }) => encodeSubscription(rest)))
    texts.set(subscriptions, text)
  }
  return text
}

export function decodeOwn(members: readonly Members[], lineId: string): readonly Subscription[] {
  return members.map(entry => ({ ...decodeSubscription(entry), line: lineId }))
}

function decodeSubscription(members: Members): Subscription {
  const [id, offer, since = 0, amount = -1, from = 0, until = 0, paidUntil = -1, suspendedAt = -1] =
    members as [string, string, ...number[]]
  const line = members[8] as string | undefined
  return {
    id,
    offer,
    since,
    ...(amount < 0 ? {} : { paid: { amount, from, until } }),
    ...(paidUntil < 0 ? {} : { paidUntil }),
    ...(suspendedAt < 0 ? {} : { suspendedAt }),
    ...(line === undefined ? {} : { line })
  }
}

function decodeChange(members: Members): OfferChange {
  const [, at, from, policy, id, offer, since] = members as [
    0,
    number,
    string,
    number,
    string?,
    string?,
    number?
  ]
  const named = id !== undefined && offer !== undefined && since !== undefined
  return {
    at,
    from,
    to: named ? { id, offer, since } : null,
    policy: policies[policy] ?? 'carry'
  }
}

/** Subscriptions of an account, and the changes behind them: see account.ts. */
import type { Account, OfferChange, Subscription } from '../../domain/account.ts'

type Members = readonly unknown[]
const policies = ['carry', 'reset', 'prorate'] as const

export function encodeSubscriptions(
  subscriptions: readonly Subscription[],
  changes: readonly OfferChange[] | undefined
): readonly Members[] {
  const members: Members[] = subscriptions.map(encodeSubscription)
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
): Pick<Account, 'subscriptions' | 'changes'> {
  const subscriptions: Subscription[] = []
  const changes: OfferChange[] = []
  for (const entry of members) {
    if (entry[0] === 0) changes.push(decodeChange(entry))
    else subscriptions.push(decodeSubscription(entry))
  }
  return changes.length === 0 ? { subscriptions } : { subscriptions, changes }
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

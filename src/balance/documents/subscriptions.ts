/** Subscriptions of an account, and the changes behind them: see account.ts. */
import type { Account, OfferChange, Subscription } from '../../domain/account.ts'

type Members = readonly unknown[]
const policies = ['carry', 'reset', 'prorate'] as const

export function encodeSubscriptions(
  subscriptions: readonly Subscription[],
  changes: readonly OfferChange[] | undefined
): readonly Members[] {
  const members: Members[] = subscriptions.map(({ id, offer, since, paid }) =>
    paid === undefined ? [id, offer, since] : [id, offer, since, paid.amount, paid.from, paid.until]
  )
  for (const { at, from, to, policy } of changes ?? []) {
    const head = [0, at, from, policies.indexOf(policy)]
    members.push(to === null ? head : [...head, to.id, to.offer, to.since])
  }
  return members
}

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
  const [id, offer, since, amount, from, until] = members as [string, string, ...number[]]
  const subscription = { id, offer, since: since ?? 0 }
  if (amount === undefined || from === undefined || until === undefined) return subscription
  return { ...subscription, paid: { amount, from, until } }
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

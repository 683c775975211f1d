/** What an account has subscribed to: buying, replacing and ending offers. */
import type { Context } from 'hono'
import type { ChangeOffer, Subscribe } from '../domain/subscriptions.ts'
import {
  idOf,
  keyed,
  keyOf,
  repeatHeader,
  requireDone,
  requireKey,
  requireView
} from './accounts.ts'
import { readJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { requireBody } from './validate.ts'
import { viewAccount } from './views.ts'

interface NewSubscription {
  readonly offer: string
  readonly replaces?: string
  /** MSISDN or IMSI. */
  readonly line?: string
}

export function subscriptionOperations(parts: ApiParts): readonly Operation[] {
  const { accounts } = parts
  return [
    {
      method: 'post',
      path: '/v1/accounts/{id}/subscriptions',
      id: 'subscribe',
      summary:
        'Subscribe the account to an offer, or replace one; its fee is taken from the wallet',
      parameters: ['id', 'keyOptional'],
      body: 'NewSubscription',
      answers: { 201: { description: 'Subscribed.', schema: 'Subscription' } },
      problems: [400, 402, 404, 409, 413, 415, 422],
      async handle(c) {
        const accountId = idOf(c)
        const body = requireBody<NewSubscription>('NewSubscription', await readJson(c))
        const { offer, line = null } = body
        const request = subscribing(c, accountId, body)
        const { repeated } = requireDone(await accounts.submit(request))
        const answer = line === null ? { accountId, offer } : { accountId, offer, line }
        return c.json(answer, 201, repeatHeader(repeated))
      }
    },
    {
      method: 'delete',
      path: '/v1/accounts/{id}/subscriptions/{subscription}',
      id: 'unsubscribe',
      summary: 'End a subscription at once; nothing of its fee is given back',
      parameters: ['id', 'subscription'],
      answers: { 200: { description: 'The account as it now stands.', schema: 'Account' } },
      problems: [404, 409],
      async handle(c) {
        const accountId = idOf(c)
        const subscription = c.req.param('subscription') ?? ''
        requireDone(await accounts.submit({ kind: 'unsubscribe', accountId, subscription }))
        return c.json(viewAccount(await requireView(parts, accountId)))
      }
    }
  ]
}

function subscribing(
  c: Context,
  accountId: string,
  { offer, replaces, line }: NewSubscription
): Subscribe | ChangeOffer {
  const lineId = line ?? null
  const whose = line === undefined ? '' : ` of line ${line}`
  if (replaces !== undefined) {
    const key = requireKey(c, 'a change of offers')
    const operation = keyed(key, `${offer} for ${replaces}${whose}`)
    return { kind: 'change-offer', accountId, offer, replaces, lineId, operation }
  }
  const key = keyOf(c)
  const operation = key === null ? null : keyed(key, `subscribe ${offer}${whose}`)
  return { kind: 'subscribe', accountId, offer, lineId, operation }
}

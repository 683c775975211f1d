/** The line of an operation. */
import type { Account } from './account.ts'
import type { AccountRequest } from './request.ts'

/** The line that an operation names, or whose own subscription it changes; empty: none. */
export function lineOfOperation(account: Account | null, request: AccountRequest): string {
  switch (request.kind) {
    case 'set-limit':
    case 'subscribe':
      return request.lineId ?? ''
    case 'change-line':
    case 'end-line':
      return request.lineId
    case 'change-offer':
      return request.lineId ?? lineOf(account, request.replaces)
    case 'unsubscribe':
      return lineOf(account, request.subscription)
    default:
      return ''
  }
}

function lineOf(account: Account | null, subscription: string): string {
  const known = account?.subscriptions.find(({ id }) => id === subscription)
  return known === undefined ? lineIn(subscription) : (known.line ?? '')
}

/** The id of a subscription that lies in the document of its line says which one. */
export function idAtLine(id: string, lineId: string): string {
  return `${id}@${lineId}`
}

function lineIn(subscription: string): string {
  const at = subscription.indexOf('@')
  return at < 0 ? '' : subscription.slice(at + 1)
}

/** What a business system does in the demo, over the HTTP API of the running server. */
import type { NewAccount } from '../api/accounts.ts'
import type { AccountJson, CdrJson } from '../api/views.ts'

export interface Business {
  open(account: NewAccount): Promise<AccountJson>
  topUp(id: string, amount: string, key: string): Promise<void>
  account(id: string): Promise<AccountJson>
  cdrs(): Promise<readonly CdrJson[]>
}

export function createBusiness(base: string, token: string | null): Business {
  async function call(path: string, body?: unknown, headers: object = {}): Promise<unknown> {
    const response = await fetch(new URL(path, base), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`${path} answered ${JSON.stringify(answer)}`)
    return answer
  }
  return {
    open: async account => (await call('/v1/accounts', account)) as AccountJson,
    async topUp(id, amount, key) {
      await call(`/v1/accounts/${id}/top-ups`, { amount }, { 'idempotency-key': key })
    },
    account: async id => (await call(`/v1/accounts/${id}`)) as AccountJson,
    async cdrs() {
      const { items } = (await call('/v1/cdrs?limit=1000')) as { items: CdrJson[] }
      return items
    }
  }
}

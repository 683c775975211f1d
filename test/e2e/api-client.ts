/** Calls of the HTTP API in tests. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it
  readonly body: any
}

export async function call(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {}
): Promise<Reply> {
  const response = await fetch(new URL(path, base), {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    headers: response.headers,
    type,
    body: type.includes('json') ? JSON.parse(text) : text
  }
}

/** An account of one line on prepaid-go. */
export async function openAccount(
  base: string,
  id: string,
  msisdn: string,
  topUp: string,
  offers: readonly string[] = ['prepaid-go']
): Promise<Reply> {
  return call(base, 'POST', '/v1/accounts', { id, lines: [{ msisdn }], offers, topUp })
}

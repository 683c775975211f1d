/**
 * An NRF, as far as a CHF needs one: Nnrf_NFManagement (TS 29.510 6.1) and Nnrf_AccessToken (6.3) over HTTP/2.
 *
 * It answers 400 to what TS 29.510 does not allow, by schemas of our own reading; they are closed, so that a misspelt
 * member is found.
 */
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Ajv } from 'ajv'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { ProfileOptions } from '../../src/nchf/nrf-profile.ts'
import { keepMessage } from './exchanges.ts'

const digits = { type: 'string', pattern: '^[0-9]+$' }
const uuid = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }
const ipv4 = { type: 'string', pattern: '^(\\d{1,3}\\.){3}\\d{1,3}$' }
const ipv6 = { type: 'string', pattern: '^[0-9a-f:]+$' }
const fqdn = {
  type: 'string',
  pattern: '^([0-9A-Za-z]([-0-9A-Za-z]{0,61}[0-9A-Za-z])?\\.)+[A-Za-z]{2,63}\\.?$'
}
const list = (items: object) => ({ type: 'array', minItems: 1, items })
const object = (required: readonly string[], properties: object) => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false
})
const ranges = list(object(['start', 'end'], { start: digits, end: digits }))

/** NFService, 6.1.6.2.3. */
const nfService = (apiPrefix: object) =>
  object(['serviceInstanceId', 'serviceName', 'versions', 'scheme', 'nfServiceStatus'], {
    serviceInstanceId: { type: 'string' },
    serviceName: { enum: ['nchf-convergedcharging'] },
    versions: list(
      object(['apiVersionInUri', 'apiFullVersion'], {
        apiVersionInUri: { type: 'string', pattern: '^v\\d+$' },
        apiFullVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+' }
      })
    ),
    scheme: { enum: ['http', 'https'] },
    nfServiceStatus: { enum: ['REGISTERED', 'SUSPENDED', 'UNDISCOVERABLE'] },
    fqdn,
    ipEndPoints: list(
      object([], {
        ipv4Address: ipv4,
        ipv6Address: ipv6,
        transport: { enum: ['TCP'] },
        port: { type: 'integer', minimum: 0, maximum: 65_535 }
      })
    ),
    apiPrefix,
    oauth2Required: { type: 'boolean' }
  })

/** NFProfile, 6.1.6.2.2, of a CHF. */
const nfProfile = (apiPrefix: object) => ({
  ...object(['nfInstanceId', 'nfType', 'nfStatus'], {
    nfInstanceId: uuid,
    nfType: { enum: ['CHF'] },
    nfStatus: { enum: ['REGISTERED', 'SUSPENDED', 'UNDISCOVERABLE'] },
    heartBeatTimer: { type: 'integer', minimum: 1 },
    priority: { type: 'integer', minimum: 0, maximum: 65_535 },
    capacity: { type: 'integer', minimum: 0, maximum: 65_535 },
    plmnList: list(
      object(['mcc', 'mnc'], {
        mcc: { type: 'string', pattern: '^\\d{3}$' },
        mnc: { type: 'string', pattern: '^\\d{2,3}$' }
      })
    ),
    nfSetIdList: list({
      type: 'string',
      pattern: '^set[A-Za-z0-9-]+\\.chfset\\.5gc\\.mnc\\d{3}\\.mcc\\d{3}$'
    }),
    fqdn,
    ipv4Addresses: list(ipv4),
    ipv6Addresses: list(ipv6),
    chfInfo: object([], { supiRangeList: ranges, gpsiRangeList: ranges }),
    nfServices: list(nfService(apiPrefix))
  }),
  anyOf: ['fqdn', 'ipv4Addresses', 'ipv6Addresses'].map(member => ({ required: [member] }))
})

/** PatchItem (TS 29.571 5.2.4.2). */
const patch = list(
  object(['op', 'path'], {
    op: { enum: ['add', 'copy', 'move', 'remove', 'replace', 'test'] },
    path: { type: 'string', pattern: '^/' },
    value: {}
  })
)

/** AccessTokenReq, 6.3.5.2.2; the members of an NF type and of an instance exclude each other there. */
const tokenRequest = object(['grant_type', 'nfInstanceId', 'scope', 'nfType', 'targetNfType'], {
  grant_type: { enum: ['client_credentials'] },
  nfInstanceId: uuid,
  nfType: { enum: ['CHF'] },
  targetNfType: { type: 'string', pattern: '^[A-Z][A-Z0-9_]+$' },
  scope: { type: 'string', pattern: '^([a-zA-Z0-9_:-]+)( [a-zA-Z0-9_:-]+)*$' }
})

const ajv = new Ajv({ strict: true, strictRequired: false })
const checks = {
  profile: ajv.compile(nfProfile({ type: 'string', pattern: '^/.*[^/]$' })),
  // The NRF of free5GC does not look at apiPrefix, in which its SMF reads a whole root.
  anyPrefix: ajv.compile(nfProfile({ type: 'string' })),
  patch: ajv.compile(patch),
  token: ajv.compile(tokenRequest)
}

interface Answer {
  readonly status: number
  readonly headers?: object
  readonly body?: unknown
}

// biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it
type Profile = any

export interface Scope {
  teardown(run: () => unknown): void
}

export interface TestNrf {
  /** Its apiRoot. */
  readonly uri: string
  /** The NF instances that it knows, by id. */
  readonly instances: Map<string, Profile>
  /** `PUT 201`, in the order in which they were answered. */
  readonly answered: string[]
  /** Answered to the next requests instead; null: never answered. */
  readonly faults: (Answer | null)[]
  /** The public key as a JWKS. */
  readonly jwks: { readonly keys: readonly object[] }
  /** An access token as this NRF makes it. */
  token(claims: object): Promise<string>
  /** Resolves when so many requests of this kind, such as `PUT 201`, were answered. */
  until(answered: string, count?: number): Promise<void>
  stop(): Promise<void>
}

export const nrfInstanceId = '0e2b7a5c-1b64-4c0c-8f0f-6c5d3f0b9b01'

export async function startNrf(
  t: Scope,
  options: {
    readonly heartBeatTimer?: number
    readonly expiresIn?: number
    readonly port?: number
    /** Takes any apiPrefix. */
    readonly anyPrefix?: boolean
  } = {}
): Promise<TestNrf> {
  const { heartBeatTimer = 1, expiresIn = 3_600 } = options
  const check = options.anyPrefix === true ? checks.anyPrefix : checks.profile
  const pair = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'nrf-1', alg: 'ES256' }
  const instances = new Map<string, Profile>()
  const answered: string[] = []
  const faults: (Answer | null)[] = []
  let changed = () => {}

  function token(claims: object): Promise<string> {
    const exp = Math.floor(Date.now() / 1_000) + expiresIn
    return new SignJWT({ iss: nrfInstanceId, exp, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'nrf-1' })
      .sign(pair.privateKey)
  }

  async function tokenAnswer(type: string | undefined, text: string): Promise<Answer> {
    const form = new URLSearchParams(text)
    keepMessage('AccessTokenReq', Object.fromEntries(form))
    const isForm = type === 'application/x-www-form-urlencoded'
    if (!isForm || !checks.token(Object.fromEntries(form))) return bad(checks.token)
    const scope = form.get('scope')
    const sub = form.get('nfInstanceId')
    const aud = form.get('targetNfType')
    const access = await token({ sub, scope, aud })
    keepMessage('AccessTokenClaims', decodeJwt(access))
    const body = { access_token: access, token_type: 'Bearer', expires_in: expiresIn, scope }
    keepMessage('AccessTokenRsp', body)
    return { status: 200, headers: { 'cache-control': 'no-store', pragma: 'no-cache' }, body }
  }

  function instanceAnswer(id: string, headers: IncomingHttpHeaders, text: string): Answer {
    const type = headers['content-type']
    const method = headers[':method']
    if (method === 'DELETE') return { status: instances.delete(id) ? 204 : 404 }
    const body = JSON.parse(text)
    if (method === 'PUT') {
      keepMessage('NFProfile', body)
      if (type !== 'application/json' || !check(body)) return bad(check)
      if (body['nfInstanceId'] !== id) return { status: 400 }
      const status = instances.has(id) ? 200 : 201
      instances.set(id, body)
      const location = `http://127.0.0.1:${port}/nnrf-nfm/v1/nf-instances/${id}`
      const stored = { ...body, heartBeatTimer }
      keepMessage('NFProfile', stored)
      return { status, headers: status === 201 ? { location } : {}, body: stored }
    }
    if (method !== 'PATCH') return { status: 405 }
    for (const item of body) keepMessage('PatchItem', item)
    if (type !== 'application/json-patch+json' || !checks.patch(body)) return bad(checks.patch)
    return { status: instances.has(id) ? 204 : 404 }
  }

  async function answerOf(headers: IncomingHttpHeaders, text: string): Promise<Answer | null> {
    const path = headers[':path'] ?? ''
    const fault = faults.shift()
    if (fault !== undefined) return fault
    if (path === '/oauth2/token') return tokenAnswer(headers['content-type'], text)
    const [, id] = /^\/nnrf-nfm\/v1\/nf-instances\/([^/]+)$/.exec(path) ?? []
    return id === undefined ? { status: 404 } : instanceAnswer(id, headers, text)
  }

  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', session => sessions.add(session))
  server.on('stream', (stream, headers) => {
    let text = ''
    stream.on('error', () => {})
    stream.setEncoding('utf8')
    stream.on('data', chunk => {
      text += chunk
    })
    stream.on('end', async () => {
      const answer = await answerOf(headers, text)
      answered.push(`${headers[':method']} ${answer?.status ?? 'silence'}`)
      changed()
      if (answer === null || stream.destroyed) return
      const type = answer.status < 400 ? 'application/json' : 'application/problem+json'
      stream.respond({ ':status': answer.status, 'content-type': type, ...answer.headers })
      stream.end(answer.body === undefined ? undefined : JSON.stringify(answer.body))
    })
  })
  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    for (const session of sessions) session.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  }
  t.teardown(stop)
  return {
    uri: `http://127.0.0.1:${port}`,
    instances,
    answered,
    faults,
    jwks: { keys: [jwk] },
    token,
    async until(kind, count = 1) {
      while (answered.filter(entry => entry === kind).length < count) {
        await new Promise<void>(resolve => {
          changed = resolve
        })
      }
    },
    stop
  }
}

function bad({ errors }: { errors?: unknown }): Answer {
  return {
    status: 400,
    body: { status: 400, cause: 'MANDATORY_IE_INCORRECT', detail: JSON.stringify(errors) }
  }
}

/** Of a server without any setting of its own. */
export const plainProfile = (instanceId: string): ProfileOptions => ({
  instanceId,
  setId: null,
  apiRoot: 'http://192.0.2.10:8085',
  plmns: [],
  supiRanges: [],
  gpsiRanges: [],
  priority: null,
  capacity: null,
  apiPrefix: 'path',
  oauth2Required: false
})

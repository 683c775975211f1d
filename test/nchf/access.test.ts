/** Access tokens of the NRF: TS 33.501 13.4.1, TS 29.510 6.3.5.2.4, TS 29.500 6.7.3. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import t from 'tap'
import { createAccess } from '../../src/nchf/access.ts'
import { type Keys, keysIn, remoteKeys } from '../../src/nchf/keys.ts'
import { systemClock } from '../../src/ops/clock.ts'
import { startChf } from '../support/chf.ts'
import { ask, base, pduSession, request } from '../support/nchf-client.ts'
import { keepLog } from '../support/open-test-store.ts'

const instanceId = '6f1c2a52-59c9-4a5e-9d2f-0d6b6b0c7a11'
const pair = await generateKeyPair('ES256')
const other = await generateKeyPair('ES256')
const spki = await exportSPKI(pair.publicKey)
const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'nrf-1', alg: 'ES256' }
const claims = {
  iss: '0e2b7a5c-1b64-4c0c-8f0f-6c5d3f0b9b01',
  sub: '9d1f7c8e-6f0b-4c57-8a35-3d2f0c9f2b11',
  aud: 'CHF',
  scope: 'nchf-spendinglimitcontrol nchf-convergedcharging'
}

let now = Date.now()
const clock = { now: () => now, monotonic: systemClock.monotonic }
const seconds = () => Math.floor(now / 1_000)

type Claims = { [name in keyof JWTPayload]: JWTPayload[name] | undefined }

function token(more: Claims = {}, key = pair.privateKey): Promise<string> {
  return new SignJWT({ ...claims, exp: seconds() + 60, ...more } as JWTPayload)
    .setProtectedHeader({ alg: 'ES256', kid: 'nrf-1' })
    .sign(key)
}

const anybody = { instanceId: null, setId: null, plmns: [] }
let asked = 0
const local = keysIn(spki)
const counted: Keys = (header, input) => {
  asked++
  return local(header, input)
}
const setId = 'set1.chfset.5gc.mnc001.mcc262'
const plmns = [
  { mcc: '262', mnc: '01' },
  { mcc: '262', mnc: '98' }
]
const producer = { instanceId, setId, plmns }
const access = createAccess({ keys: counted, producer, clock, logger: keepLog() })
const chf = await startChf(t, { access, now: () => now })
await chf.open('a1', '001', 100)
const smf = await chf.connect()
const create = (authorization?: string) =>
  smf.post(
    base,
    request(pduSession('262010000000001'), 1, [ask()]),
    authorization === undefined ? {} : { authorization }
  )

t.test('a token for us is verified once, and again when it is over', async t => {
  const good = await token()
  t.equal((await create(`Bearer ${good}`)).status, 201)
  t.equal((await create(`bearer ${good}`)).status, 201)
  t.equal(asked, 1)
  t.equal((await create(`Bearer ${await token({ aud: [instanceId] })}`)).status, 201)
  const both = { aud: ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6', instanceId] }
  t.equal((await create(`Bearer ${await token(both)}`)).status, 201)
  now += 61_000
  const late = await create(`Bearer ${good}`)
  t.equal(late.status, 401)
  t.match(late.headers['www-authenticate'], /error="invalid_token"/)
})

t.test('an NF instance id is the same in capital letters', async t => {
  const aud = ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6', instanceId.toUpperCase()]
  t.equal((await create(`Bearer ${await token({ aud })}`)).status, 201)
})

t.test('401 for a token that names another set or network as producer', async t => {
  const strange = {
    producerNfSetId: ['set2.chfset.5gc.mnc001.mcc262', 1],
    producerPlmnId: [{ mcc: '262', mnc: '02' }, { mcc: '263', mnc: '01' }, null],
    producerSnpnId: [{ mcc: '999', mnc: '01', nid: '00000000001' }]
  }
  for (const [claim, values] of Object.entries(strange)) {
    for (const value of values) {
      const reply = await create(`Bearer ${await token({ [claim]: value })}`)
      t.equal(reply.status, 401, `${claim} ${JSON.stringify(value)}`)
      t.match(reply.body, { cause: 'INVALID_TOKEN', detail: new RegExp(claim) })
      const elsewhere = createAccess({
        keys: local,
        producer: anybody,
        clock,
        logger: keepLog()
      })
      const given = await token({ [claim]: value })
      t.equal(await elsewhere.check(`Bearer ${given}`), null, 'nothing to compare it with')
    }
  }
  const ours = {
    producerNfSetId: 'SET1.chfset.5gc.mnc001.mcc262',
    producerPlmnId: { mcc: '262', mnc: '98' },
    producerSnssaiList: [{ sst: 1, sd: '00000a' }]
  }
  t.equal((await create(`Bearer ${await token(ours)}`)).status, 201)
})

t.test('401 without a token says what is needed, and nothing is charged', async t => {
  const before = chf.requests.length
  const reply = await create()
  t.match(reply, {
    status: 401,
    type: 'application/problem+json',
    headers: { 'www-authenticate': 'Bearer realm="nchf-convergedcharging"' },
    body: { status: 401, title: 'Unauthorized', cause: 'INVALID_CLIENT' }
  })
  const path = `${base}/x/update`
  t.equal((await smf.post(path, request(pduSession('262010000000001'), 2, []))).status, 401)
  t.equal(chf.requests.length, before)
  t.same(chf.counted.at(-1), ['update', 401])
})

t.test('401 for a token that is none of ours', async t => {
  const unsigned = (header: object, more: object) =>
    [header, { ...claims, exp: seconds() + 60, ...more }]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
  const hmac = new SignJWT({ ...claims, exp: seconds() + 60 }).setProtectedHeader({ alg: 'HS256' })
  const good = await token()
  const bad = {
    'another key': await token({}, other.privateKey),
    'another NF': await token({ aud: 'SMF' }),
    'another instance': await token({ aud: ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6'] }),
    'no end': await token({ exp: undefined }),
    'no consumer': await token({ sub: undefined }),
    'no signature': `${unsigned({ alg: 'none' }, {})}.`,
    'the public key as a secret': await hmac.sign(new TextEncoder().encode(spki)),
    'a changed payload': [
      good.split('.')[0],
      unsigned({}, { exp: seconds() + 99_999 }).split('.')[1],
      good.split('.')[2]
    ].join('.'),
    'no token': 'x'
  }
  for (const [name, text] of Object.entries(bad)) {
    const reply = await create(`Bearer ${text}`)
    t.equal(reply.status, 401, name)
    t.match(reply.headers['www-authenticate'], /^Bearer realm=".*", error="invalid_token"$/)
    t.equal(reply.body.cause, 'INVALID_TOKEN')
  }
  t.equal((await create('Basic Zm9vOmJhcg==')).status, 401)
  t.equal((await create('Bearer')).status, 401)
  t.equal((await create(`Bearer ${good}`)).status, 201)
})

t.test('403 for the scope of another service', async t => {
  for (const scope of ['nchf-spendinglimitcontrol', 'nchf-convergedcharging2', undefined]) {
    const reply = await create(`Bearer ${await token({ scope })}`)
    t.equal(reply.status, 403, String(scope))
    t.match(reply.headers['www-authenticate'], /error="insufficient_scope"/)
  }
})

t.test('keys are PEM, JWK or JWKS, in a file or at a URL', async t => {
  const log = keepLog()
  const verdict = async (keys: Keys) =>
    (
      await createAccess({ keys, producer: anybody, clock, logger: log }).check(
        `Bearer ${await token()}`
      )
    )?.status ?? 'served'
  t.equal(await verdict(keysIn(spki)), 'served')
  t.equal(await verdict(keysIn(JSON.stringify(jwk))), 'served')
  t.equal(await verdict(keysIn(JSON.stringify({ keys: [jwk] }))), 'served')
  t.equal(await verdict(keysIn(JSON.stringify({ keys: [{ ...jwk, kid: 'x' }] }))), 401)
  const secret = JSON.stringify({ kty: 'oct', k: 'c2VjcmV0' })
  for (const text of ['', '{}', '{"keys":[]}', secret, `{"keys":[${secret}]}`, '-----BEGIN X']) {
    t.throws(() => keysIn(text), text)
  }
  let fetched = 0
  let status = 200
  const server = createServer((_, response) => {
    fetched++
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  const remote = remoteKeys(url)
  t.equal(await verdict(remote), 'served')
  t.equal(await verdict(remote), 'served')
  t.equal(fetched, 1)
  status = 500
  t.equal(await verdict(remoteKeys(url)), 500)
  t.equal(await verdict(remoteKeys('http://127.0.0.1:1/keys')), 500)
})

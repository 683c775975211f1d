/** Requests without a subscriber: slices are managed and used by a tenant (TS 28.201, TS 28.202). */
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { startChf } from '../support/chf.ts'
import { base } from '../support/nchf-client.ts'

const folder = t.testdir()
cpSync('test/fixtures/catalogues/small', folder, { recursive: true })
writeFileSync(
  join(folder, 'services.yaml'),
  'services:\n' +
    '  - service: internet\n    unit: octets\n    rating-groups: [10]\n' +
    '  - service: voice\n    unit: seconds\n    destinations: true\n    rating-groups: [100, 101]\n' +
    '  - service: slice-management\n    unit: messages\n    rating-groups: [900]\n' +
    'contexts:\n  "32251": 10\n  "28202": 900\n'
)
writeFileSync(
  join(folder, 'offers', 'slices.yaml'),
  'offer: slices\nkind: base\nname: Slices\nprices:\n' +
    '  - rule: operation\n    service: slice-management\n    price: "25.00"\n    per: 1\n    step: 1\n'
)
const chf = await startChf(t, { catalogue: await loadCatalogue(folder) })
const producer = await chf.connect()

async function open(id: string, tenant: string) {
  return chf.service.accounts.submit({
    kind: 'open-account',
    accountId: id,
    lines: [{ tenant }],
    offers: ['slices'],
    topUp: 100_000_000
  })
}
t.match(await open('factory', 'tenant-7@factory'), { kind: 'done' })

/** What a provider of network slice management reports of an operation. */
const request = (tenant: string | null, sequence: number, more: object = {}) => ({
  ...(tenant === null ? {} : { tenantIdentifier: tenant }),
  mnSConsumerIdentifier: 'portal',
  nfConsumerIdentification: { nodeFunctionality: 'MnS_Producer', nFFqdn: 'nsmf.example' },
  invocationTimeStamp: new Date().toISOString(),
  invocationSequenceNumber: sequence,
  nSMChargingInformation: {
    managementOperation: 'CREATE_MOI',
    listOfserviceProfileChargingInformation: [{ serviceProfileIdentifier: 'sp', sST: 1 }]
  },
  ...more
})

t.test('a tenant pays for the management of slices, by event', async t => {
  const body = request('tenant-7@factory', 1, { oneTimeEvent: true, oneTimeEventType: 'IEC' })
  const usage = {
    multipleUnitUsage: [{ ratingGroup: 900, requestedUnit: { serviceSpecificUnits: 1 } }]
  }
  for (let time = 0; time < 2; time++) {
    const reply = await producer.post(base, { ...body, ...usage })
    t.match(reply, { status: 201, body: { multipleUnitInformation: [{ resultCode: 'SUCCESS' }] } })
  }
  t.match(await chf.wallet('factory'), { available: 75_000_000 }, 'once')
  const [cdr] = chf.cdrs('factory')
  t.match(cdr, { context: '28202', lineId: 'tenant:tenant-7@factory', amount: 25_000_000 })
  t.match(JSON.parse(cdr?.information ?? '{}'), {
    nSMChargingInformation: { managementOperation: 'CREATE_MOI' }
  })
})

t.test('an operation that names no rating group costs what its kind of service costs', async t => {
  const event = { oneTimeEvent: true, oneTimeEventType: 'IEC' }
  t.match(await producer.post(base, request('tenant-7@factory', 2, event)), { status: 201 })
  t.match(await chf.wallet('factory'), { available: 50_000_000 })
})

t.test('with reservation, in a session of the tenant', async t => {
  const ask = {
    multipleUnitUsage: [{ ratingGroup: 900, requestedUnit: { serviceSpecificUnits: 1 } }]
  }
  const created = await producer.post(base, request('tenant-7@factory', 3, ask))
  t.match(created, { status: 201, body: { multipleUnitInformation: [{ resultCode: 'SUCCESS' }] } })
  t.match(await chf.wallet('factory'), { available: 25_000_000, reserved: 25_000_000 })
  const container = { localSequenceNumber: 1, serviceSpecificUnits: 1 }
  const report = { multipleUnitUsage: [{ ratingGroup: 900, usedUnitContainer: [container] }] }
  const location = created.headers['location'] ?? ''
  const released = await producer.post(`${location}/release`, request(null, 4, report))
  t.equal(released.status, 204, 'which the reference names alone')
  t.match(await chf.wallet('factory'), { available: 25_000_000, reserved: 0 })
})

t.test('a tenant that nobody knows is 404, and a request without any is 400', async t => {
  const event = { oneTimeEvent: true }
  t.match(await producer.post(base, request('other', 1, event)), {
    status: 404,
    body: { cause: 'USER_UNKNOWN' }
  })
  t.match(await producer.post(base, request(null, 1, event)), {
    status: 400,
    body: { cause: 'CHARGING_FAILED', detail: /tenantIdentifier/ }
  })
})

t.test('an exposed function for a group is charged to whose group it is', async t => {
  t.match(await open('club', 'extgroupid-club@factory'), { kind: 'done' })
  const call = (more: object) => ({
    ...request(null, 5, { oneTimeEvent: true, oneTimeEventType: 'IEC' }),
    nSMChargingInformation: undefined,
    nEFChargingInformation: { aPIName: 'monitoring', ...more },
    multipleUnitUsage: [{ ratingGroup: 900, requestedUnit: { serviceSpecificUnits: 1 } }]
  })
  const group = { externalGroupIdentifier: 'extgroupid-club@factory' }
  t.match(await producer.post(base, call(group)), {
    status: 201,
    body: { multipleUnitInformation: [{ resultCode: 'SUCCESS' }] }
  })
  t.match(chf.cdrs('club'), [{ lineId: 'tenant:extgroupid-club@factory', context: '32254' }])
  t.match(await producer.post(base, call({ groupIdentifier: '0a1b2c3d-262-01-0a' })), {
    status: 404,
    body: { cause: 'USER_UNKNOWN' }
  })
  t.match(await producer.post(base, call({})), { status: 400 })
})

t.test('a tenant belongs to one account', async t => {
  t.match(await open('another', 'tenant-7@factory'), { kind: 'refused', reason: 'identity-taken' })
})

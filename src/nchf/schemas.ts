/**
 * JSON Schemas of requests: the members that this server reads, with their types and ranges.
 *
 * Whatever else a request holds is tolerated, and so are values of enumerations that this version does not know: a
 * consumer of a later release is to be charged as well. Volumes are unsigned 64-bit integers on the wire and exact
 * here: JSON.parse rounds what is above 2^53-1 to 2^53 or more, never below, so the maximum refuses exactly those.
 * The free5GC SMF wraps volumes above 2^31-1, so negative ones are for usage.ts to judge.
 */
import { limits } from '../domain/limits.ts'
import { unitsMax } from '../domain/units.ts'
import { blockNames } from './information.ts'

type Schema = Readonly<Record<string, unknown>>

const text: Schema = { type: 'string' }
const uint32: Schema = { type: 'integer', minimum: 0, maximum: 0xffff_ffff }
const volume: Schema = { type: 'integer', minimum: -0x8000_0000, maximum: unitsMax }
const instant: Schema = { type: 'string', format: 'date-time' }

function object(properties: Schema, required: readonly string[] = []): Schema {
  return { type: 'object', properties, required }
}

function list(items: Schema): Schema {
  return { type: 'array', items }
}

const units: Schema = {
  time: uint32,
  totalVolume: volume,
  uplinkVolume: volume,
  downlinkVolume: volume,
  serviceSpecificUnits: volume
}

const usedUnitContainer = object(
  {
    ...units,
    // TS 32.291 demands it, but it is a count of the consumer's own that nothing depends on here.
    localSequenceNumber: { type: 'integer' },
    quotaManagementIndicator: text,
    eventTimeStamps: list(instant),
    triggers: list(object({ triggerType: text }))
  },
  []
)

const multipleUnitUsage = object(
  {
    ratingGroup: uint32,
    requestedUnit: object(units),
    usedUnitContainer: list(usedUnitContainer),
    uPFID: text
  },
  ['ratingGroup']
)

const plmnId = object(
  { mcc: { type: 'string', pattern: '^\\d{3}$' }, mnc: { type: 'string', pattern: '^\\d{2,3}$' } },
  ['mcc', 'mnc']
)
const tai = object({ plmnId, tac: text }, ['plmnId', 'tac'])
const userLocation = object({
  nrLocation: object({ tai, ncgi: object({ nrCellId: text }, ['nrCellId']) }),
  eutraLocation: object({ tai, ecgi: object({ eutraCellId: text }, ['eutraCellId']) }),
  n3gaLocation: object({ n3gppTai: tai })
})

const pduSessionInformation = object({
  pduSessionID: { type: 'integer', minimum: 0, maximum: 255 },
  dnnId: text,
  ratType: text,
  servingCNPlmnId: plmnId,
  chargingCharacteristics: { type: 'string', pattern: '^[0-9a-fA-F]{1,4}$' },
  networkSlicingInfo: object(
    {
      sNSSAI: object(
        {
          sst: { type: 'integer', minimum: 0, maximum: 255 },
          sd: { type: 'string', pattern: '^[A-Fa-f0-9]{6}$' }
        },
        ['sst']
      )
    },
    ['sNSSAI']
  ),
  pduAddress: object({ pduIPv4Address: text, pduIPv6AddresswithPrefix: text }),
  authorizedQoSInformation: object({ '5qi': { type: 'integer', minimum: 0, maximum: 255 } })
})

const pduSession = object({
  chargingId: uint32,
  sMFchargingId: text,
  userInformation: object({
    servedGPSI: text,
    servedPEI: text,
    unauthenticatedFlag: { type: 'boolean' }
  }),
  userLocationinfo: userLocation,
  uetimeZone: text,
  pduSessionInformation
})

const party = object({ sMaddressType: text, sMaddressData: text })
const shortMessage = object({
  originatorInfo: object({
    originatorGPSI: text,
    originatorReceivedAddress: party,
    originatorOtherAddress: party
  }),
  recipientInfo: list(
    object({
      recipientGPSI: text,
      recipientReceivedAddress: party,
      recipientOtherAddress: party
    })
  ),
  messageReference: text,
  sMMessageType: text,
  rATType: text,
  uetimeZone: text,
  userEquipmentInfo: text,
  userLocationinfo: userLocation
})

const ims = object({
  roleOfNode: text,
  calledPartyAddress: text,
  callingPartyAddresses: list(text),
  imsChargingIdentifier: text,
  numberPortabilityRoutinginformation: text,
  sdpSessionDescription: list(text),
  sdpMediaComponent: list(object({ sDPMediaName: text })),
  imsEmergencyIndication: { type: 'boolean' },
  userLocationInfo: userLocation,
  ueTimeZone: text
})

const exposure = object(
  {
    aPIName: text,
    externalIndividualIdentifier: text,
    externalGroupIdentifier: text,
    groupIdentifier: text
  },
  ['aPIName']
)

const consumer = object(
  {
    nodeFunctionality: text,
    nFName: text,
    nFFqdn: text,
    nFIPv4Address: text,
    nFIPv6Address: text,
    nFPLMNID: plmnId
  },
  ['nodeFunctionality']
)

/** Blocks that are kept for the CDR, and nothing in them is read. */
const otherBlocks = Object.fromEntries(blockNames.map(name => [name, object({})]))

/** ChargingDataRequest, TS 32.291 6.1.6.2.1.1. */
export const chargingDataRequest = object(
  {
    subscriberIdentifier: text,
    tenantIdentifier: text,
    chargingId: uint32,
    nfConsumerIdentification: consumer,
    invocationTimeStamp: instant,
    invocationSequenceNumber: uint32,
    retransmissionIndicator: { type: 'boolean' },
    oneTimeEvent: { type: 'boolean' },
    oneTimeEventType: text,
    notifyUri: { type: 'string', format: 'http-uri' },
    triggers: list(object({ triggerType: text })),
    supportedFeatures: { type: 'string', pattern: '^[A-Fa-f0-9]*$' },
    serviceSpecificationInfo: text,
    multipleUnitUsage: {
      ...list(multipleUnitUsage),
      maxItems: limits.usagesPerRequest
    },
    ...otherBlocks,
    pDUSessionChargingInformation: pduSession,
    sMSChargingInformation: shortMessage,
    iMSChargingInformation: ims,
    nEFChargingInformation: exposure
  },
  ['nfConsumerIdentification', 'invocationTimeStamp', 'invocationSequenceNumber']
)

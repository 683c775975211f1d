/**
 * The messages of Nchf_ConvergedCharging (TS 32.291 6.1.6), as far as this server reads and writes them.
 *
 * Names and their irregular case are those of the specification. Requests are checked against schemas.ts before they
 * are read as these types; members and enumeration values beyond them are tolerated.
 */

export interface PlmnId {
  readonly mcc: string
  readonly mnc: string
}

export interface NfIdentification {
  readonly nodeFunctionality: string
  readonly nFName?: string
  readonly nFFqdn?: string
  readonly nFIPv4Address?: string
  readonly nFIPv6Address?: string
  readonly nFPLMNID?: PlmnId
}

/** Volumes in octets, time in seconds; 0 to 2^53-1. */
export interface ServiceUnits {
  readonly time?: number
  readonly totalVolume?: number
  readonly uplinkVolume?: number
  readonly downlinkVolume?: number
  readonly serviceSpecificUnits?: number
}

export interface UsedUnitContainer extends ServiceUnits {
  readonly localSequenceNumber: number
  readonly quotaManagementIndicator?: string
  readonly eventTimeStamps?: readonly string[]
  readonly triggers?: readonly { readonly triggerType?: string }[]
}

export interface MultipleUnitUsage {
  readonly ratingGroup: number
  readonly requestedUnit?: ServiceUnits
  readonly usedUnitContainer?: readonly UsedUnitContainer[]
  readonly uPFID?: string
}

interface AreaLocation {
  readonly tai?: { readonly plmnId: PlmnId; readonly tac: string }
  readonly ncgi?: { readonly nrCellId: string }
  readonly ecgi?: { readonly eutraCellId: string }
}

export interface UserLocation {
  readonly nrLocation?: AreaLocation
  readonly eutraLocation?: AreaLocation
  readonly n3gaLocation?: { readonly n3gppTai?: AreaLocation['tai'] }
}

export interface PduSessionInformation {
  readonly pduSessionID?: number
  readonly dnnId?: string
  readonly ratType?: string
  readonly servingCNPlmnId?: PlmnId
  readonly chargingCharacteristics?: string
  readonly networkSlicingInfo?: { readonly sNSSAI: { readonly sst: number; readonly sd?: string } }
  readonly pduAddress?: {
    readonly pduIPv4Address?: string
    readonly pduIPv6AddresswithPrefix?: string
  }
  readonly authorizedQoSInformation?: { readonly '5qi'?: number }
}

export interface PduSessionChargingInformation {
  readonly chargingId?: number
  readonly sMFchargingId?: string
  readonly userInformation?: {
    readonly servedGPSI?: string
    readonly servedPEI?: string
    readonly unauthenticatedFlag?: boolean
  }
  readonly userLocationinfo?: UserLocation
  readonly uetimeZone?: string
  readonly pduSessionInformation?: PduSessionInformation
}

interface PartyInfo {
  readonly sMaddressType?: string
  readonly sMaddressData?: string
}

export interface SmsChargingInformation {
  readonly originatorInfo?: {
    readonly originatorGPSI?: string
    readonly originatorReceivedAddress?: PartyInfo
    readonly originatorOtherAddress?: PartyInfo
  }
  readonly recipientInfo?: readonly {
    readonly recipientGPSI?: string
    readonly recipientReceivedAddress?: PartyInfo
    readonly recipientOtherAddress?: PartyInfo
  }[]
  readonly messageReference?: string
  readonly sMMessageType?: string
  readonly rATType?: string
  readonly uetimeZone?: string
  readonly userEquipmentInfo?: string
  readonly userLocationinfo?: UserLocation
}

export interface ImsChargingInformation {
  readonly roleOfNode?: string
  readonly calledPartyAddress?: string
  readonly callingPartyAddresses?: readonly string[]
  readonly imsChargingIdentifier?: string
  readonly numberPortabilityRoutinginformation?: string
  readonly sdpSessionDescription?: readonly string[]
  readonly sdpMediaComponent?: readonly { readonly sDPMediaName?: string }[]
  readonly imsEmergencyIndication?: boolean
  readonly userLocationInfo?: UserLocation
  readonly ueTimeZone?: string
}

export interface NefChargingInformation {
  readonly aPIName: string
  readonly externalIndividualIdentifier?: string
  readonly externalGroupIdentifier?: string
  readonly groupIdentifier?: string
}

export interface ChargingDataRequest {
  readonly subscriberIdentifier?: string
  readonly tenantIdentifier?: string
  readonly chargingId?: number
  readonly nfConsumerIdentification: NfIdentification
  readonly invocationTimeStamp: string
  readonly invocationSequenceNumber: number
  readonly retransmissionIndicator?: boolean
  readonly oneTimeEvent?: boolean
  readonly oneTimeEventType?: string
  readonly notifyUri?: string
  readonly supportedFeatures?: string
  readonly serviceSpecificationInfo?: string
  readonly multipleUnitUsage?: readonly MultipleUnitUsage[]
  readonly pDUSessionChargingInformation?: PduSessionChargingInformation
  readonly sMSChargingInformation?: SmsChargingInformation
  readonly iMSChargingInformation?: ImsChargingInformation
  readonly nEFChargingInformation?: NefChargingInformation
  readonly nSMChargingInformation?: object
  readonly nSPAChargingInformation?: object
}

export interface Trigger {
  readonly triggerType: string
  readonly triggerCategory: 'IMMEDIATE_REPORT' | 'DEFERRED_REPORT'
}

export interface FinalUnitIndication {
  readonly finalUnitAction: 'TERMINATE' | 'REDIRECT' | 'RESTRICT_ACCESS'
  readonly redirectServer?: {
    readonly redirectAddressType: string
    readonly redirectServerAddress: string
  }
  readonly restrictionFilterRule?: string
  readonly filterId?: string
}

export interface MultipleUnitInformation {
  readonly ratingGroup: number
  readonly resultCode: string
  readonly grantedUnit?: ServiceUnits & { readonly tariffTimeChange?: string }
  readonly triggers?: readonly Trigger[]
  readonly validityTime?: number
  readonly quotaHoldingTime?: number
  readonly finalUnitIndication?: FinalUnitIndication
  readonly timeQuotaThreshold?: number
  readonly volumeQuotaThreshold?: number
  readonly unitQuotaThreshold?: number
  readonly uPFID?: string
}

/** What a consumer is to do when the CHF fails, TS 32.290 5.5.1. */
export type FailureHandling = 'TERMINATE' | 'CONTINUE' | 'RETRY_AND_TERMINATE'

export interface ChargingDataResponse {
  readonly invocationTimeStamp: string
  readonly invocationSequenceNumber: number
  readonly invocationResult?: { readonly failureHandling: FailureHandling }
  readonly sessionFailover?: 'FAILOVER_SUPPORTED'
  readonly supportedFeatures?: string
  readonly multipleUnitInformation?: readonly MultipleUnitInformation[]
}

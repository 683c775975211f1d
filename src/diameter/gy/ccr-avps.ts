/**
 * The AVPs of a Credit-Control-Request that Gyro reads, by name (RFC 8506 3.1, TS 32.299 6.4.2).
 * The
 * decoder finds many more; what is not listed here does not change an answer.
 */

import type { CcMoney } from './money.ts'

/** Requested-Service-Unit 437 and Used-Service-Unit 446. */
export interface ServiceUnits {
  readonly 'CC-Time'?: number | undefined
  readonly 'CC-Total-Octets'?: bigint | undefined
  readonly 'CC-Input-Octets'?: bigint | undefined
  readonly 'CC-Output-Octets'?: bigint | undefined
  readonly 'CC-Service-Specific-Units'?: bigint | undefined
  readonly 'CC-Money'?: CcMoney | undefined
  readonly 'Tariff-Change-Usage'?: number | undefined
}

/** Multiple-Services-Credit-Control 456. */
export interface Mscc {
  readonly 'Rating-Group'?: number | undefined
  readonly 'Service-Identifier'?: readonly number[] | undefined
  readonly 'Requested-Service-Unit'?: ServiceUnits | undefined
  readonly 'Used-Service-Unit'?: readonly ServiceUnits[] | undefined
  readonly 'Refund-Information'?: Buffer | undefined
  readonly 'QoS-Information'?: QosInformation | undefined
  readonly '3GPP-RAT-Type'?: Buffer | undefined
}

/** QoS-Information 1016. */
export interface QosInformation {
  readonly 'QoS-Class-Identifier'?: number | undefined
}

/** Subscription-Id 443. */
export interface SubscriptionId {
  readonly 'Subscription-Id-Type'?: number | undefined
  readonly 'Subscription-Id-Data'?: string | undefined
}

/** Subscription-Id-Extension 659. */
export interface SubscriptionIdExtension {
  readonly 'Subscription-Id-E164'?: string | undefined
  readonly 'Subscription-Id-IMSI'?: string | undefined
  readonly 'Subscription-Id-SIP-URI'?: string | undefined
  readonly 'Subscription-Id-NAI'?: string | undefined
  readonly 'Subscription-Id-Private'?: string | undefined
}

/** User-Equipment-Info-Extension 653. */
export interface EquipmentExtension {
  readonly 'User-Equipment-Info-IMEISV'?: Buffer | undefined
  readonly 'User-Equipment-Info-IMEI'?: Buffer | undefined
}

/** User-Equipment-Info 458. */
export interface EquipmentInfo {
  readonly 'User-Equipment-Info-Type'?: number | undefined
  readonly 'User-Equipment-Info-Value'?: Buffer | undefined
}

/** PS-Information 874. */
export interface PsInformation {
  readonly 'Called-Station-Id'?: string | undefined
  readonly '3GPP-SGSN-MCC-MNC'?: string | undefined
  readonly '3GPP-RAT-Type'?: Buffer | undefined
  readonly '3GPP-Charging-Id'?: Buffer | undefined
  readonly '3GPP-User-Location-Info'?: Buffer | undefined
  readonly '3GPP-MS-TimeZone'?: Buffer | undefined
  readonly '3GPP-Charging-Characteristics'?: string | undefined
  readonly 'QoS-Information'?: QosInformation | undefined
  readonly 'PDP-Address'?: readonly string[] | undefined
  readonly 'IMSI-Unauthenticated-Flag'?: number | undefined
  readonly 'User-Equipment-Info'?: EquipmentInfo | undefined
}

/** IMS-Information 876. */
export interface ImsInformation {
  readonly 'Role-Of-Node'?: number | undefined
  readonly 'Called-Party-Address'?: string | undefined
  readonly 'Calling-Party-Address'?: readonly string[] | undefined
  readonly 'Number-Portability-Routing-Information'?: string | undefined
  readonly 'IMS-Emergency-Indicator'?: number | undefined
  readonly 'SDP-Session-Description'?: readonly string[] | undefined
  readonly 'SDP-Media-Component'?:
    | readonly { readonly 'SDP-Media-Name'?: string | undefined }[]
    | undefined
}

/** MMTel-Information 2030. */
interface MmtelInformation {
  readonly 'Supplementary-Service'?:
    | readonly { readonly 'MMTel-SService-Type'?: number | undefined }[]
    | undefined
}

export interface PartyAddress {
  readonly 'Address-Type'?: number | undefined
  readonly 'Address-Data'?: string | undefined
}

/** SMS-Information 2000. */
export interface SmsInformation {
  readonly 'Originator-Received-Address'?: PartyAddress | undefined
  readonly 'Recipient-Info'?:
    | readonly {
        readonly 'Recipient-Address'?: readonly PartyAddress[] | undefined
        readonly 'Recipient-Received-Address'?: readonly PartyAddress[] | undefined
      }[]
    | undefined
}

/** MMS-Information 877. */
export interface MmsInformation {
  readonly 'Originator-Address'?: PartyAddress | undefined
  readonly 'Recipient-Address'?: readonly PartyAddress[] | undefined
  readonly 'Message-Type'?: number | undefined
}

/** Service-Information 873. */
export interface ServiceInformation {
  readonly 'Subscription-Id'?: readonly SubscriptionId[] | undefined
  readonly 'PS-Information'?: PsInformation | undefined
  readonly 'IMS-Information'?: ImsInformation | undefined
  readonly 'SMS-Information'?: SmsInformation | undefined
  readonly 'MMS-Information'?: MmsInformation | undefined
  readonly 'MMTel-Information'?: MmtelInformation | undefined
}

export interface Ccr {
  readonly 'Session-Id'?: string | undefined
  readonly 'Auth-Application-Id'?: number | undefined
  readonly 'Origin-Host'?: string | undefined
  readonly 'Origin-Realm'?: string | undefined
  readonly 'Destination-Realm'?: string | undefined
  readonly 'Service-Context-Id'?: string | undefined
  readonly 'CC-Request-Type'?: number | undefined
  readonly 'CC-Request-Number'?: number | undefined
  readonly 'CC-Sub-Session-Id'?: bigint | undefined
  readonly 'Requested-Action'?: number | undefined
  readonly 'Subscription-Id'?: readonly SubscriptionId[] | undefined
  readonly 'Subscription-Id-Extension'?: readonly SubscriptionIdExtension[] | undefined
  readonly 'Service-Identifier'?: number | undefined
  readonly 'Requested-Service-Unit'?: ServiceUnits | undefined
  readonly 'Used-Service-Unit'?: readonly ServiceUnits[] | undefined
  readonly 'Multiple-Services-Credit-Control'?: readonly Mscc[] | undefined
  readonly 'CC-Correlation-Id'?: Buffer | undefined
  readonly 'User-Equipment-Info'?: EquipmentInfo | undefined
  readonly 'User-Equipment-Info-Extension'?: EquipmentExtension | undefined
  readonly 'AoC-Request-Type'?: number | undefined
  readonly 'Service-Information'?: ServiceInformation | undefined
}

/** AVPs of credit control (RFC 8506 §8; 411 to 461 also RFC 4006 §8). */
import type { AvpTable } from './types.ts'

export const creditControlAvps = {
  'CC-Correlation-Id': { code: 411, type: 'OctetString', mandatory: false },
  'CC-Input-Octets': { code: 412, type: 'Unsigned64', mandatory: true },
  'CC-Money': {
    code: 413,
    type: 'Grouped',
    mandatory: true,
    members: { 'Unit-Value': '1', 'Currency-Code': '?' }
  },
  'CC-Output-Octets': { code: 414, type: 'Unsigned64', mandatory: true },
  'CC-Request-Number': { code: 415, type: 'Unsigned32', mandatory: true },
  'CC-Request-Type': { code: 416, type: 'Enumerated', mandatory: true },
  'CC-Service-Specific-Units': { code: 417, type: 'Unsigned64', mandatory: true },
  'CC-Session-Failover': { code: 418, type: 'Enumerated', mandatory: true },
  'CC-Sub-Session-Id': { code: 419, type: 'Unsigned64', mandatory: true },
  'CC-Time': { code: 420, type: 'Unsigned32', mandatory: true },
  'CC-Total-Octets': { code: 421, type: 'Unsigned64', mandatory: true },
  'Check-Balance-Result': { code: 422, type: 'Enumerated', mandatory: true },
  'Cost-Information': {
    code: 423,
    type: 'Grouped',
    mandatory: true,
    members: { 'Unit-Value': '1', 'Currency-Code': '1', 'Cost-Unit': '?' }
  },
  'Cost-Unit': { code: 424, type: 'UTF8String', mandatory: true },
  'Currency-Code': { code: 425, type: 'Unsigned32', mandatory: true },
  'Credit-Control': { code: 426, type: 'Enumerated', mandatory: true },
  'Credit-Control-Failure-Handling': { code: 427, type: 'Enumerated', mandatory: true },
  'Direct-Debiting-Failure-Handling': { code: 428, type: 'Enumerated', mandatory: true },
  Exponent: { code: 429, type: 'Integer32', mandatory: true },
  'Final-Unit-Indication': {
    code: 430,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Final-Unit-Action': '1',
      'Restriction-Filter-Rule': '*',
      'Filter-Id': '*',
      'Redirect-Server': '?'
    }
  },
  'Granted-Service-Unit': {
    code: 431,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Tariff-Time-Change': '?',
      'CC-Time': '?',
      'CC-Money': '?',
      'CC-Total-Octets': '?',
      'CC-Input-Octets': '?',
      'CC-Output-Octets': '?',
      'CC-Service-Specific-Units': '?'
    }
  },
  'Rating-Group': { code: 432, type: 'Unsigned32', mandatory: true },
  'Redirect-Address-Type': { code: 433, type: 'Enumerated', mandatory: true },
  'Redirect-Server': {
    code: 434,
    type: 'Grouped',
    mandatory: true,
    members: { 'Redirect-Address-Type': '1', 'Redirect-Server-Address': '1' }
  },
  'Redirect-Server-Address': { code: 435, type: 'UTF8String', mandatory: true },
  'Requested-Action': { code: 436, type: 'Enumerated', mandatory: true },
  'Requested-Service-Unit': {
    code: 437,
    type: 'Grouped',
    mandatory: true,
    members: {
      'CC-Time': '?',
      'CC-Money': '?',
      'CC-Total-Octets': '?',
      'CC-Input-Octets': '?',
      'CC-Output-Octets': '?',
      'CC-Service-Specific-Units': '?'
    }
  },
  'Restriction-Filter-Rule': { code: 438, type: 'IPFilterRule', mandatory: true },
  'Service-Identifier': { code: 439, type: 'Unsigned32', mandatory: true },
  'Service-Parameter-Info': {
    code: 440,
    type: 'Grouped',
    mandatory: false,
    members: { 'Service-Parameter-Type': '1', 'Service-Parameter-Value': '1' }
  },
  'Service-Parameter-Type': { code: 441, type: 'Unsigned32', mandatory: false },
  'Service-Parameter-Value': { code: 442, type: 'OctetString', mandatory: false },
  'Subscription-Id': {
    code: 443,
    type: 'Grouped',
    mandatory: true,
    members: { 'Subscription-Id-Type': '1', 'Subscription-Id-Data': '1' }
  },
  'Subscription-Id-Data': { code: 444, type: 'UTF8String', mandatory: true },
  'Unit-Value': {
    code: 445,
    type: 'Grouped',
    mandatory: true,
    members: { 'Value-Digits': '1', Exponent: '?' }
  },
  'Used-Service-Unit': {
    code: 446,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Reporting-Reason': '?',
      'Tariff-Change-Usage': '?',
      'CC-Time': '?',
      'CC-Money': '?',
      'CC-Total-Octets': '?',
      'CC-Input-Octets': '?',
      'CC-Output-Octets': '?',
      'CC-Service-Specific-Units': '?',
      'Event-Charging-TimeStamp': '*'
    }
  },
  'Value-Digits': { code: 447, type: 'Integer64', mandatory: true },
  'Validity-Time': { code: 448, type: 'Unsigned32', mandatory: true },
  'Final-Unit-Action': { code: 449, type: 'Enumerated', mandatory: true },
  'Subscription-Id-Type': { code: 450, type: 'Enumerated', mandatory: true },
  'Tariff-Time-Change': { code: 451, type: 'Time', mandatory: true },
  'Tariff-Change-Usage': { code: 452, type: 'Enumerated', mandatory: true },
  'G-S-U-Pool-Identifier': { code: 453, type: 'Unsigned32', mandatory: true },
  'CC-Unit-Type': { code: 454, type: 'Enumerated', mandatory: true },
  'Multiple-Services-Indicator': { code: 455, type: 'Enumerated', mandatory: true },
  'Multiple-Services-Credit-Control': {
    code: 456,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Granted-Service-Unit': '?',
      'Requested-Service-Unit': '?',
      'Used-Service-Unit': '*',
      'Service-Identifier': '*',
      'Rating-Group': '?',
      'G-S-U-Pool-Reference': '*',
      'Validity-Time': '?',
      'Result-Code': '?',
      'Final-Unit-Indication': '?',
      'Time-Quota-Threshold': '?',
      'Volume-Quota-Threshold': '?',
      'Unit-Quota-Threshold': '?',
      'Quota-Holding-Time': '?',
      'Quota-Consumption-Time': '?',
      'Reporting-Reason': '*',
      Trigger: '?',
      'PS-Furnish-Charging-Information': '?',
      'Refund-Information': '?',
      'AF-Correlation-Information': '*',
      Envelope: '*',
      'Envelope-Reporting': '?',
      'Time-Quota-Mechanism': '?',
      'Service-Specific-Info': '*',
      'QoS-Information': '?',
      'Announcement-Information': '*',
      '3GPP-RAT-Type': '?',
      'Related-Trigger': '?',
      'Tariff-Change-Usage': '?',
      'QoS-Final-Unit-Indication': '?'
    }
  },
  'G-S-U-Pool-Reference': {
    code: 457,
    type: 'Grouped',
    mandatory: true,
    members: { 'G-S-U-Pool-Identifier': '1', 'CC-Unit-Type': '1', 'Unit-Value': '1' }
  },
  'User-Equipment-Info': {
    code: 458,
    type: 'Grouped',
    mandatory: false,
    members: { 'User-Equipment-Info-Type': '1', 'User-Equipment-Info-Value': '1' }
  },
  'User-Equipment-Info-Type': { code: 459, type: 'Enumerated', mandatory: false },
  'User-Equipment-Info-Value': { code: 460, type: 'OctetString', mandatory: false },
  'Service-Context-Id': { code: 461, type: 'UTF8String', mandatory: true },
  'User-Equipment-Info-Extension': {
    code: 653,
    type: 'Grouped',
    mandatory: false,
    members: {
      'User-Equipment-Info-IMEISV': '?',
      'User-Equipment-Info-MAC': '?',
      'User-Equipment-Info-EUI64': '?',
      'User-Equipment-Info-ModifiedEUI64': '?',
      'User-Equipment-Info-IMEI': '?'
    }
  },
  'User-Equipment-Info-IMEISV': { code: 654, type: 'OctetString', mandatory: false },
  'User-Equipment-Info-MAC': { code: 655, type: 'OctetString', mandatory: false },
  'User-Equipment-Info-EUI64': { code: 656, type: 'OctetString', mandatory: false },
  'User-Equipment-Info-ModifiedEUI64': { code: 657, type: 'OctetString', mandatory: false },
  'User-Equipment-Info-IMEI': { code: 658, type: 'OctetString', mandatory: false },
  'Subscription-Id-Extension': {
    code: 659,
    type: 'Grouped',
    mandatory: false,
    members: {
      'Subscription-Id-E164': '?',
      'Subscription-Id-IMSI': '?',
      'Subscription-Id-SIP-URI': '?',
      'Subscription-Id-NAI': '?',
      'Subscription-Id-Private': '?'
    }
  },
  'Subscription-Id-E164': { code: 660, type: 'UTF8String', mandatory: false },
  'Subscription-Id-IMSI': { code: 661, type: 'UTF8String', mandatory: false },
  'Subscription-Id-SIP-URI': { code: 662, type: 'UTF8String', mandatory: false },
  'Subscription-Id-NAI': { code: 663, type: 'UTF8String', mandatory: false },
  'Subscription-Id-Private': { code: 664, type: 'UTF8String', mandatory: false },
  'Redirect-Server-Extension': {
    code: 665,
    type: 'Grouped',
    mandatory: false,
    members: {
      'Redirect-Address-IPAddress': '?',
      'Redirect-Address-URL': '?',
      'Redirect-Address-SIP-URI': '?'
    }
  },
  'Redirect-Address-IPAddress': { code: 666, type: 'Address', mandatory: false },
  'Redirect-Address-URL': { code: 667, type: 'UTF8String', mandatory: false },
  'Redirect-Address-SIP-URI': { code: 668, type: 'UTF8String', mandatory: false },
  'QoS-Final-Unit-Indication': {
    code: 669,
    type: 'Grouped',
    mandatory: false,
    members: {
      'Final-Unit-Action': '1',
      'Filter-Rule': '*',
      'Filter-Id': '*',
      'Redirect-Server-Extension': '?'
    }
  }
} as const satisfies AvpTable

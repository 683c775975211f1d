/** 3GPP AVPs of quality of service (TS 29.212 §5.3, TS 29.214 §5.3). */
import type { AvpTable } from './types.ts'

export const tgppQosAvps = {
  'Max-Requested-Bandwidth-DL': { code: 515, type: 'Unsigned32', mandatory: true },
  'Max-Requested-Bandwidth-UL': { code: 516, type: 'Unsigned32', mandatory: true },
  'Sponsor-Identity': { code: 531, type: 'UTF8String', mandatory: false },
  'Application-Service-Provider-Identity': { code: 532, type: 'UTF8String', mandatory: false },
  'Extended-Max-Requested-BW-DL': { code: 554, type: 'Unsigned32', mandatory: false },
  'Extended-Max-Requested-BW-UL': { code: 555, type: 'Unsigned32', mandatory: false },
  'QoS-Information': {
    code: 1016,
    type: 'Grouped',
    mandatory: true,
    members: {
      'QoS-Class-Identifier': '?',
      'Max-Requested-Bandwidth-UL': '?',
      'Max-Requested-Bandwidth-DL': '?',
      'Extended-Max-Requested-BW-UL': '?',
      'Extended-Max-Requested-BW-DL': '?',
      'Guaranteed-Bitrate-UL': '?',
      'Guaranteed-Bitrate-DL': '?',
      'Extended-GBR-UL': '?',
      'Extended-GBR-DL': '?',
      'Bearer-Identifier': '?',
      'Allocation-Retention-Priority': '?',
      'APN-Aggregate-Max-Bitrate-UL': '?',
      'APN-Aggregate-Max-Bitrate-DL': '?',
      'Extended-APN-AMBR-UL': '?',
      'Extended-APN-AMBR-DL': '?',
      'Conditional-APN-Aggregate-Max-Bitrate': '*'
    }
  },
  'Bearer-Identifier': { code: 1020, type: 'OctetString', mandatory: true },
  'Guaranteed-Bitrate-DL': { code: 1025, type: 'Unsigned32', mandatory: true },
  'Guaranteed-Bitrate-UL': { code: 1026, type: 'Unsigned32', mandatory: true },
  'IP-CAN-Type': { code: 1027, type: 'Enumerated', mandatory: true },
  'QoS-Class-Identifier': { code: 1028, type: 'Enumerated', mandatory: true },
  'RAT-Type': { code: 1032, type: 'Enumerated', mandatory: false },
  'Allocation-Retention-Priority': {
    code: 1034,
    type: 'Grouped',
    mandatory: false,
    members: {
      'Priority-Level': '1',
      'Pre-emption-Capability': '?',
      'Pre-emption-Vulnerability': '?'
    }
  },
  'APN-Aggregate-Max-Bitrate-DL': { code: 1040, type: 'Unsigned32', mandatory: false },
  'APN-Aggregate-Max-Bitrate-UL': { code: 1041, type: 'Unsigned32', mandatory: false },
  'Priority-Level': { code: 1046, type: 'Unsigned32', mandatory: false },
  'Pre-emption-Capability': { code: 1047, type: 'Enumerated', mandatory: false },
  'Pre-emption-Vulnerability': { code: 1048, type: 'Enumerated', mandatory: false },
  'Conditional-APN-Aggregate-Max-Bitrate': {
    code: 2818,
    type: 'Grouped',
    mandatory: false,
    members: {
      'APN-Aggregate-Max-Bitrate-UL': '?',
      'APN-Aggregate-Max-Bitrate-DL': '?',
      'Extended-APN-AMBR-UL': '?',
      'Extended-APN-AMBR-DL': '?',
      'IP-CAN-Type': '*',
      'RAT-Type': '*'
    }
  },
  'Extended-APN-AMBR-DL': { code: 2848, type: 'Unsigned32', mandatory: false },
  'Extended-APN-AMBR-UL': { code: 2849, type: 'Unsigned32', mandatory: false },
  'Extended-GBR-DL': { code: 2850, type: 'Unsigned32', mandatory: false },
  'Extended-GBR-UL': { code: 2851, type: 'Unsigned32', mandatory: false }
} as const satisfies AvpTable

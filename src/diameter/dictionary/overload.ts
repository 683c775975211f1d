/** AVPs of overload control and message priority (RFC 7683 §7, RFC 7944 §10, RFC 8583 §7). */
import type { AvpTable } from './types.ts'

export const overloadAvps = {
  DRMP: { code: 301, type: 'Enumerated', mandatory: false },
  'OC-Supported-Features': {
    code: 621,
    type: 'Grouped',
    mandatory: false,
    members: { 'OC-Feature-Vector': '?' }
  },
  'OC-Feature-Vector': { code: 622, type: 'Unsigned64', mandatory: false },
  'OC-OLR': {
    code: 623,
    type: 'Grouped',
    mandatory: false,
    members: {
      'OC-Sequence-Number': '1',
      'OC-Report-Type': '1',
      'OC-Reduction-Percentage': '?',
      'OC-Validity-Duration': '?',
      '3GPP-OC-Specific-Reduction': '*'
    }
  },
  'OC-Sequence-Number': { code: 624, type: 'Unsigned64', mandatory: false },
  'OC-Validity-Duration': { code: 625, type: 'Unsigned32', mandatory: false },
  'OC-Report-Type': { code: 626, type: 'Enumerated', mandatory: false },
  'OC-Reduction-Percentage': { code: 627, type: 'Unsigned32', mandatory: false },
  SourceID: { code: 649, type: 'DiameterIdentity', mandatory: false },
  Load: {
    code: 650,
    type: 'Grouped',
    mandatory: false,
    members: { 'Load-Type': '?', 'Load-Value': '?', SourceID: '?' }
  },
  'Load-Type': { code: 651, type: 'Enumerated', mandatory: false },
  'Load-Value': { code: 652, type: 'Unsigned64', mandatory: false }
} as const satisfies AvpTable

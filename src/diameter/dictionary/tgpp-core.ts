/** 3GPP AVPs of quota management (TS 32.299 §7.2). */
import type { AvpTable } from './types.ts'

export const tgppCoreAvps = {
  'Supported-Features': { code: 628, type: 'Grouped', mandatory: true, opaque: true },
  'Service-Specific-Data': { code: 863, type: 'UTF8String', mandatory: true },
  'PS-Furnish-Charging-Information': {
    code: 865,
    type: 'Grouped',
    mandatory: true,
    members: {
      '3GPP-Charging-Id': '1',
      'PS-Free-Format-Data': '1',
      'PS-Append-Free-Format-Data': '?'
    }
  },
  'PS-Free-Format-Data': { code: 866, type: 'OctetString', mandatory: true },
  'PS-Append-Free-Format-Data': { code: 867, type: 'Enumerated', mandatory: true },
  'Time-Quota-Threshold': { code: 868, type: 'Unsigned32', mandatory: true },
  'Volume-Quota-Threshold': { code: 869, type: 'Unsigned32', mandatory: true },
  'Trigger-Type': { code: 870, type: 'Enumerated', mandatory: true },
  'Quota-Holding-Time': { code: 871, type: 'Unsigned32', mandatory: true },
  'Reporting-Reason': { code: 872, type: 'Enumerated', mandatory: true },
  'Service-Information': {
    code: 873,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Subscription-Id': '*',
      'AoC-Information': '?',
      'PS-Information': '?',
      'IMS-Information': '?',
      'MMS-Information': '?',
      'LCS-Information': '?',
      'PoC-Information': '?',
      'MBMS-Information': '?',
      'SMS-Information': '?',
      'VCS-Information': '?',
      'MMTel-Information': '?',
      'ProSe-Information': '?',
      'Service-Generic-Information': '?',
      'IM-Information': '?',
      'DCD-Information': '?',
      'CPDT-Information': '?'
    }
  },
  'Quota-Consumption-Time': { code: 881, type: 'Unsigned32', mandatory: true },
  'Unit-Quota-Threshold': { code: 1226, type: 'Unsigned32', mandatory: true },
  'Service-Specific-Info': {
    code: 1249,
    type: 'Grouped',
    mandatory: true,
    members: { 'Service-Specific-Data': '?', 'Service-Specific-Type': '?' }
  },
  'Service-Specific-Type': { code: 1257, type: 'Unsigned32', mandatory: true },
  'Event-Charging-TimeStamp': { code: 1258, type: 'Time', mandatory: true },
  Trigger: { code: 1264, type: 'Grouped', mandatory: true, members: { 'Trigger-Type': '*' } },
  'Base-Time-Interval': { code: 1265, type: 'Unsigned32', mandatory: true },
  Envelope: {
    code: 1266,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Envelope-Start-Time': '1',
      'Envelope-End-Time': '?',
      'CC-Total-Octets': '?',
      'CC-Input-Octets': '?',
      'CC-Output-Octets': '?',
      'CC-Service-Specific-Units': '?'
    }
  },
  'Envelope-End-Time': { code: 1267, type: 'Time', mandatory: true },
  'Envelope-Reporting': { code: 1268, type: 'Enumerated', mandatory: true },
  'Envelope-Start-Time': { code: 1269, type: 'Time', mandatory: true },
  'Time-Quota-Mechanism': {
    code: 1270,
    type: 'Grouped',
    mandatory: true,
    members: { 'Time-Quota-Type': '1', 'Base-Time-Interval': '1' }
  },
  'Time-Quota-Type': { code: 1271, type: 'Enumerated', mandatory: true },
  'AF-Correlation-Information': {
    code: 1276,
    type: 'Grouped',
    mandatory: true,
    members: { 'AF-Charging-Identifier': '1', Flows: '*' }
  },
  '3GPP-OC-Specific-Reduction': {
    code: 1320,
    type: 'Grouped',
    mandatory: false,
    members: {
      '3GPP-OC-Rating-Group': '*',
      '3GPP-OC-Request-Type': '*',
      'OC-Reduction-Percentage': '?'
    }
  },
  '3GPP-OC-Rating-Group': { code: 1321, type: 'Unsigned32', mandatory: false },
  '3GPP-OC-Request-Type': { code: 1322, type: 'Enumerated', mandatory: false },
  'Low-Balance-Indication': { code: 2020, type: 'Enumerated', mandatory: true },
  'Remaining-Balance': {
    code: 2021,
    type: 'Grouped',
    mandatory: true,
    members: { 'Unit-Value': '1', 'Currency-Code': '1' }
  },
  'Refund-Information': { code: 2022, type: 'OctetString', mandatory: true },
  'Announcement-Information': {
    code: 3904,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Announcement-Identifier': '1',
      'Variable-Part': '*',
      'Time-Indicator': '?',
      'Quota-Indicator': '?',
      'Announcement-Order': '?',
      'Play-Alternative': '?',
      'Privacy-Indicator': '?',
      Language: '?'
    }
  },
  'Announcement-Identifier': { code: 3905, type: 'Unsigned32', mandatory: true },
  'Announcement-Order': { code: 3906, type: 'Unsigned32', mandatory: true },
  'Variable-Part': {
    code: 3907,
    type: 'Grouped',
    mandatory: true,
    members: { 'Variable-Part-Order': '?', 'Variable-Part-Type': '1', 'Variable-Part-Value': '1' }
  },
  'Variable-Part-Order': { code: 3908, type: 'Unsigned32', mandatory: true },
  'Variable-Part-Type': { code: 3909, type: 'Unsigned32', mandatory: true },
  'Variable-Part-Value': { code: 3910, type: 'UTF8String', mandatory: true },
  'Time-Indicator': { code: 3911, type: 'Unsigned32', mandatory: true },
  'Quota-Indicator': { code: 3912, type: 'Enumerated', mandatory: true },
  'Play-Alternative': { code: 3913, type: 'Enumerated', mandatory: true },
  Language: { code: 3914, type: 'UTF8String', mandatory: true },
  'Privacy-Indicator': { code: 3915, type: 'Enumerated', mandatory: true },
  'Called-Identity': { code: 3916, type: 'UTF8String', mandatory: true },
  'Related-Trigger': {
    code: 3926,
    type: 'Grouped',
    mandatory: true,
    members: { 'Trigger-Type': '*' }
  }
} as const satisfies AvpTable

/** MMS-Information, Service-Generic-Information and their members (TS 32.299 §7.2, TS 29.140). */
import type { AvpTable } from './types.ts'

export const tgppMmsAvps = {
  'MMS-Information': {
    code: 877,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Originator-Address': '?',
      'Recipient-Address': '*',
      'Submission-Time': '?',
      'MM-Content-Type': '?',
      Priority: '?',
      'Message-ID': '?',
      'Message-Type': '?',
      'Message-Size': '?',
      'Message-Class': '?',
      'Delivery-Report-Requested': '?',
      'Read-Reply-Report-Requested': '?',
      'MMBox-Storage-Requested': '?',
      'Applic-ID': '?',
      'Reply-Applic-ID': '?',
      'Aux-Applic-Info': '?',
      'Content-Class': '?',
      'DRM-Content': '?',
      Adaptations: '?',
      'VASP-ID': '?',
      'VAS-ID': '?'
    }
  },
  'VASP-ID': { code: 1101, type: 'UTF8String', mandatory: true },
  'VAS-ID': { code: 1102, type: 'UTF8String', mandatory: true },
  'Sender-Address': { code: 1104, type: 'UTF8String', mandatory: true },
  'Delivery-Report': { code: 1111, type: 'Enumerated', mandatory: true },
  'Read-Reply': { code: 1112, type: 'Enumerated', mandatory: true },
  'Sender-Visibility': { code: 1113, type: 'Enumerated', mandatory: true },
  'Submission-Time': { code: 1202, type: 'Time', mandatory: true },
  'MM-Content-Type': {
    code: 1203,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Type-Number': '?',
      'Additional-Type-Information': '?',
      'Content-Size': '?',
      'Additional-Content-Information': '*'
    }
  },
  'Type-Number': { code: 1204, type: 'Enumerated', mandatory: true },
  'Additional-Type-Information': { code: 1205, type: 'UTF8String', mandatory: true },
  'Content-Size': { code: 1206, type: 'Unsigned32', mandatory: true },
  'Additional-Content-Information': {
    code: 1207,
    type: 'Grouped',
    mandatory: true,
    members: { 'Type-Number': '?', 'Additional-Type-Information': '?', 'Content-Size': '?' }
  },
  Priority: { code: 1209, type: 'Enumerated', mandatory: true },
  'Message-ID': { code: 1210, type: 'UTF8String', mandatory: true },
  'Message-Type': { code: 1211, type: 'Enumerated', mandatory: true },
  'Message-Size': { code: 1212, type: 'Unsigned32', mandatory: true },
  'Message-Class': {
    code: 1213,
    type: 'Grouped',
    mandatory: true,
    members: { 'Class-Identifier': '?', 'Token-Text': '?' }
  },
  'Class-Identifier': { code: 1214, type: 'Enumerated', mandatory: true },
  'Token-Text': { code: 1215, type: 'UTF8String', mandatory: true },
  'Delivery-Report-Requested': { code: 1216, type: 'Enumerated', mandatory: true },
  Adaptations: { code: 1217, type: 'Enumerated', mandatory: true },
  'Applic-ID': { code: 1218, type: 'UTF8String', mandatory: true },
  'Aux-Applic-Info': { code: 1219, type: 'UTF8String', mandatory: true },
  'Content-Class': { code: 1220, type: 'Enumerated', mandatory: true },
  'DRM-Content': { code: 1221, type: 'Enumerated', mandatory: true },
  'Read-Reply-Report-Requested': { code: 1222, type: 'Enumerated', mandatory: true },
  'Reply-Applic-ID': { code: 1223, type: 'UTF8String', mandatory: true },
  'MMBox-Storage-Requested': { code: 1248, type: 'Enumerated', mandatory: true },
  'Service-Generic-Information': {
    code: 1256,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Application-Server-ID': '?',
      'Application-Service-Type': '?',
      'Application-Session-ID': '?',
      'Delivery-Status': '?'
    }
  },
  'Application-Server-ID': { code: 2101, type: 'UTF8String', mandatory: true },
  'Application-Service-Type': { code: 2102, type: 'Enumerated', mandatory: true },
  'Application-Session-ID': { code: 2103, type: 'Unsigned32', mandatory: true },
  'Delivery-Status': { code: 2104, type: 'UTF8String', mandatory: true },
  'IM-Information': { code: 2110, type: 'Grouped', mandatory: true, opaque: true },
  'DCD-Information': { code: 2115, type: 'Grouped', mandatory: true, opaque: true },
  'Serving-Node': { code: 2401, type: 'Grouped', mandatory: true, opaque: true }
} as const satisfies AvpTable

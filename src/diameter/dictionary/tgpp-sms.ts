/** SMS-Information and its members (TS 32.299 §7.2). */
import type { AvpTable } from './types.ts'

export const tgppSmsAvps = {
  'Originator-Address': {
    code: 886,
    type: 'Grouped',
    mandatory: true,
    members: { 'Address-Type': '?', 'Address-Data': '?', 'Address-Domain': '?' }
  },
  'Address-Data': { code: 897, type: 'UTF8String', mandatory: true },
  'Address-Domain': {
    code: 898,
    type: 'Grouped',
    mandatory: true,
    members: { 'Domain-Name': '?', '3GPP-IMSI-MCC-MNC': '?' }
  },
  'Address-Type': { code: 899, type: 'Enumerated', mandatory: true },
  'Domain-Name': { code: 1200, type: 'UTF8String', mandatory: true },
  'Recipient-Address': {
    code: 1201,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Address-Type': '?',
      'Address-Data': '?',
      'Address-Domain': '?',
      'Addressee-Type': '?'
    }
  },
  'Addressee-Type': { code: 1208, type: 'Enumerated', mandatory: true },
  'SMS-Information': {
    code: 2000,
    type: 'Grouped',
    mandatory: true,
    members: {
      'SMS-Node': '?',
      'Client-Address': '?',
      'Originator-SCCP-Address': '?',
      'SMSC-Address': '?',
      'Data-Coding-Scheme': '?',
      'SM-Discharge-Time': '?',
      'SM-Message-Type': '?',
      'Originator-Interface': '?',
      'SM-Protocol-ID': '?',
      'Reply-Path-Requested': '?',
      'SM-Status': '?',
      'SM-User-Data-Header': '?',
      'Number-of-Messages-Sent': '?',
      'SM-Sequence-Number': '?',
      'Recipient-Info': '*',
      'Originator-Received-Address': '?',
      'SM-Service-Type': '?',
      'SMS-Result': '?',
      'SM-Device-Trigger-Indicator': '?',
      'SM-Device-Trigger-Information': '?',
      'MTC-IWF-Address': '?',
      'Application-Port-Identifier': '?',
      'External-Identifier': '?'
    }
  },
  'Data-Coding-Scheme': { code: 2001, type: 'Integer32', mandatory: true },
  'Destination-Interface': {
    code: 2002,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Interface-Id': '?',
      'Interface-Text': '?',
      'Interface-Port': '?',
      'Interface-Type': '?'
    }
  },
  'Interface-Id': { code: 2003, type: 'UTF8String', mandatory: true },
  'Interface-Port': { code: 2004, type: 'UTF8String', mandatory: true },
  'Interface-Text': { code: 2005, type: 'UTF8String', mandatory: true },
  'Interface-Type': { code: 2006, type: 'Enumerated', mandatory: true },
  'SM-Message-Type': { code: 2007, type: 'Enumerated', mandatory: true },
  'Originator-SCCP-Address': { code: 2008, type: 'Address', mandatory: true },
  'Originator-Interface': {
    code: 2009,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Interface-Id': '?',
      'Interface-Text': '?',
      'Interface-Port': '?',
      'Interface-Type': '?'
    }
  },
  'Recipient-SCCP-Address': { code: 2010, type: 'Address', mandatory: true },
  'Reply-Path-Requested': { code: 2011, type: 'Enumerated', mandatory: true },
  'SM-Discharge-Time': { code: 2012, type: 'Time', mandatory: true },
  'SM-Protocol-ID': { code: 2013, type: 'OctetString', mandatory: true },
  'SM-Status': { code: 2014, type: 'OctetString', mandatory: true },
  'SM-User-Data-Header': { code: 2015, type: 'OctetString', mandatory: true },
  'SMS-Node': { code: 2016, type: 'Enumerated', mandatory: true },
  'SMSC-Address': { code: 2017, type: 'Address', mandatory: true },
  'Client-Address': { code: 2018, type: 'Address', mandatory: true },
  'Number-of-Messages-Sent': { code: 2019, type: 'Unsigned32', mandatory: true },
  'Recipient-Info': {
    code: 2026,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Destination-Interface': '?',
      'Recipient-Address': '*',
      'Recipient-Received-Address': '*',
      'Recipient-SCCP-Address': '?',
      'SM-Protocol-ID': '?'
    }
  },
  'Originator-Received-Address': {
    code: 2027,
    type: 'Grouped',
    mandatory: true,
    members: { 'Address-Type': '?', 'Address-Data': '?', 'Address-Domain': '?' }
  },
  'Recipient-Received-Address': {
    code: 2028,
    type: 'Grouped',
    mandatory: true,
    members: { 'Address-Type': '?', 'Address-Data': '?', 'Address-Domain': '?' }
  },
  'SM-Service-Type': { code: 2029, type: 'Enumerated', mandatory: true },
  'Priority-Indication': { code: 3006, type: 'Enumerated', mandatory: true },
  'Reference-Number': { code: 3007, type: 'Unsigned32', mandatory: true },
  'Application-Port-Identifier': { code: 3010, type: 'Unsigned32', mandatory: true },
  'External-Identifier': { code: 3111, type: 'UTF8String', mandatory: true },
  'SM-Device-Trigger-Information': {
    code: 3405,
    type: 'Grouped',
    mandatory: true,
    members: {
      'MTC-IWF-Address': '?',
      'Reference-Number': '?',
      'Serving-Node': '?',
      'Validity-Time': '?',
      'Priority-Indication': '?',
      'Application-Port-Identifier': '?'
    }
  },
  'MTC-IWF-Address': { code: 3406, type: 'Address', mandatory: true },
  'SM-Device-Trigger-Indicator': { code: 3407, type: 'Enumerated', mandatory: true },
  'SM-Sequence-Number': { code: 3408, type: 'Unsigned32', mandatory: true },
  'SMS-Result': { code: 3409, type: 'Unsigned32', mandatory: true }
} as const satisfies AvpTable

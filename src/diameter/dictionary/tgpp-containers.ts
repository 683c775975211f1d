/** Groups of PS-Information and their members (TS 32.299 §7.2, TS 29.212 §5.3). */
import type { AvpTable } from './types.ts'

export const tgppContainerAvps = {
  'Callee-Information': { code: 565, type: 'Grouped', mandatory: false, opaque: true },
  'Offline-Charging': { code: 1278, type: 'Grouped', mandatory: true, opaque: true },
  'RAN-End-Timestamp': { code: 1301, type: 'Time', mandatory: false },
  'RAN-Secondary-RAT-Usage-Report': {
    code: 1302,
    type: 'Grouped',
    mandatory: false,
    members: {
      'Secondary-RAT-Type': '?',
      'RAN-Start-Timestamp': '?',
      'RAN-End-Timestamp': '?',
      'Accounting-Input-Octets': '?',
      'Accounting-Output-Octets': '?',
      '3GPP-Charging-Id': '?'
    }
  },
  'RAN-Start-Timestamp': { code: 1303, type: 'Time', mandatory: false },
  'Secondary-RAT-Type': { code: 1304, type: 'OctetString', mandatory: false },
  'Civic-Address-Information': { code: 1305, type: 'UTF8String', mandatory: false },
  'WLAN-Operator-Id': {
    code: 1306,
    type: 'Grouped',
    mandatory: false,
    members: { 'WLAN-PLMN-Id': '?', 'WLAN-Operator-Name': '?' }
  },
  'WLAN-Operator-Name': { code: 1307, type: 'UTF8String', mandatory: false },
  'WLAN-PLMN-Id': { code: 1308, type: 'UTF8String', mandatory: false },
  'VoLTE-Information': {
    code: 1323,
    type: 'Grouped',
    mandatory: true,
    members: { 'Calling-Party-Address': '?', 'Callee-Information': '?' }
  },
  'PSCell-Info': { code: 1324, type: 'Grouped', mandatory: true, members: { 'Nr-Cgi': '?' } },
  'Nr-Cgi': { code: 1325, type: 'UTF8String', mandatory: true },
  'Terminal-Information': { code: 1401, type: 'Grouped', mandatory: true, opaque: true },
  'Change-Condition': { code: 2037, type: 'Unsigned32', mandatory: true },
  'Change-Time': { code: 2038, type: 'Time', mandatory: true },
  Diagnostics: { code: 2039, type: 'Integer32', mandatory: true },
  'Service-Data-Container': {
    code: 2040,
    type: 'Grouped',
    mandatory: true,
    members: {
      'AF-Correlation-Information': '?',
      'Charging-Rule-Base-Name': '?',
      'Accounting-Input-Octets': '?',
      'Accounting-Output-Octets': '?',
      'Local-Sequence-Number': '?',
      'QoS-Information': '?',
      'Rating-Group': '?',
      'Change-Time': '?',
      'Service-Identifier': '?',
      'Service-Specific-Info': '?',
      'ADC-Rule-Base-Name': '?',
      'SGSN-Address': '?',
      'Time-First-Usage': '?',
      'Time-Last-Usage': '?',
      'Time-Usage': '?',
      'Change-Condition': '*',
      '3GPP-User-Location-Info': '?',
      '3GPP2-BSID': '?',
      'UWAN-User-Location-Info': '?',
      'TWAN-User-Location-Info': '?',
      'Sponsor-Identity': '?',
      'Application-Service-Provider-Identity': '?',
      'Presence-Reporting-Area-Information': '*',
      'Presence-Reporting-Area-Status': '?',
      'User-CSG-Information': '?',
      '3GPP-RAT-Type': '?',
      'Related-Change-Condition-Information': '?',
      'Serving-PLMN-Rate-Control': '?',
      'APN-Rate-Control': '?',
      '3GPP-PS-Data-Off-Status': '?',
      'Traffic-Steering-Policy-Identifier-DL': '?',
      'Traffic-Steering-Policy-Identifier-UL': '?',
      'VoLTE-Information': '?'
    }
  },
  'Start-Time': { code: 2041, type: 'Time', mandatory: true },
  'Stop-Time': { code: 2042, type: 'Time', mandatory: true },
  'Time-First-Usage': { code: 2043, type: 'Time', mandatory: true },
  'Time-Last-Usage': { code: 2044, type: 'Time', mandatory: true },
  'Time-Usage': { code: 2045, type: 'Unsigned32', mandatory: true },
  'Traffic-Data-Volumes': {
    code: 2046,
    type: 'Grouped',
    mandatory: true,
    members: {
      'QoS-Information': '?',
      'Accounting-Input-Octets': '?',
      'Accounting-Output-Octets': '?',
      'Change-Condition': '?',
      'Change-Time': '?',
      '3GPP-User-Location-Info': '?',
      'UWAN-User-Location-Info': '?',
      '3GPP-Charging-Id': '?',
      'Presence-Reporting-Area-Status': '?',
      'Presence-Reporting-Area-Information': '*',
      'User-CSG-Information': '?',
      '3GPP-RAT-Type': '?',
      'Access-Availability-Change-Reason': '?',
      'Related-Change-Condition-Information': '?',
      Diagnostics: '?',
      'Enhanced-Diagnostics': '?',
      'CP-CIoT-EPS-Optimisation-Indicator': '?',
      'Serving-PLMN-Rate-Control': '?',
      'APN-Rate-Control': '?'
    }
  },
  'User-CSG-Information': {
    code: 2319,
    type: 'Grouped',
    mandatory: true,
    members: { 'CSG-Id': '1', 'CSG-Access-Mode': '1', 'CSG-Membership-Indication': '?' }
  },
  'TWAN-User-Location-Info': {
    code: 2714,
    type: 'Grouped',
    mandatory: true,
    members: {
      SSID: '1',
      BSSID: '?',
      'Civic-Address-Information': '?',
      'WLAN-Operator-Id': '?',
      'Logical-Access-Id': '?'
    }
  },
  'Presence-Reporting-Area-Information': {
    code: 2822,
    type: 'Grouped',
    mandatory: false,
    members: {
      'Presence-Reporting-Area-Identifier': '?',
      'Presence-Reporting-Area-Status': '?',
      'Presence-Reporting-Area-Elements-List': '?',
      'Presence-Reporting-Area-Node': '?'
    }
  },
  'Fixed-User-Location-Info': {
    code: 2825,
    type: 'Grouped',
    mandatory: false,
    members: { SSID: '?', BSSID: '?', 'Logical-Access-Id': '?', 'Physical-Access-Id': '?' }
  },
  'Enhanced-Diagnostics': {
    code: 3901,
    type: 'Grouped',
    mandatory: true,
    members: { 'RAN-NAS-Release-Cause': '*' }
  },
  'TWAG-Address': { code: 3903, type: 'Address', mandatory: true },
  'UWAN-User-Location-Info': {
    code: 3918,
    type: 'Grouped',
    mandatory: true,
    members: {
      'UE-Local-IP-Address': '1',
      'UDP-Source-Port': '?',
      SSID: '?',
      BSSID: '?',
      'TCP-Source-Port': '?',
      'Civic-Address-Information': '?',
      'WLAN-Operator-Id': '?',
      'Logical-Access-Id': '?'
    }
  },
  'Related-Change-Condition-Information': {
    code: 3925,
    type: 'Grouped',
    mandatory: true,
    members: {
      'SGSN-Address': '?',
      'Change-Condition': '*',
      '3GPP-User-Location-Info': '?',
      '3GPP2-BSID': '?',
      'UWAN-User-Location-Info': '?',
      'Presence-Reporting-Area-Status': '?',
      'User-CSG-Information': '?',
      '3GPP-RAT-Type': '?'
    }
  },
  'CP-CIoT-EPS-Optimisation-Indicator': { code: 3930, type: 'Enumerated', mandatory: true },
  'SGi-PtP-Tunnelling-Method': { code: 3931, type: 'Enumerated', mandatory: true },
  'UNI-PDU-CP-Only-Flag': { code: 3932, type: 'Enumerated', mandatory: true },
  'APN-Rate-Control': {
    code: 3933,
    type: 'Grouped',
    mandatory: true,
    members: { 'APN-Rate-Control-Uplink': '?', 'APN-Rate-Control-Downlink': '?' }
  },
  'APN-Rate-Control-Downlink': {
    code: 3934,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Rate-Control-Time-Unit': '?',
      'Rate-Control-Max-Rate': '?',
      'Rate-Control-Max-Message-Size': '?'
    }
  },
  'APN-Rate-Control-Uplink': {
    code: 3935,
    type: 'Grouped',
    mandatory: true,
    members: {
      'Additional-Exception-Reports': '?',
      'Rate-Control-Time-Unit': '?',
      'Rate-Control-Max-Rate': '?'
    }
  },
  'Additional-Exception-Reports': { code: 3936, type: 'Enumerated', mandatory: true },
  'Rate-Control-Max-Message-Size': { code: 3937, type: 'Unsigned32', mandatory: true },
  'Rate-Control-Max-Rate': { code: 3938, type: 'Unsigned32', mandatory: true },
  'Rate-Control-Time-Unit': { code: 3939, type: 'Enumerated', mandatory: true },
  'SCS-AS-Address': {
    code: 3940,
    type: 'Grouped',
    mandatory: true,
    members: { 'SCS-Realm': '?', 'SCS-Address': '?' }
  },
  'SCS-Address': { code: 3941, type: 'Address', mandatory: true },
  'SCS-Realm': { code: 3942, type: 'DiameterIdentity', mandatory: true },
  'Serving-PLMN-Rate-Control': { code: 4310, type: 'Grouped', mandatory: true, opaque: true },
  'RRC-Cause-Counter': { code: 4318, type: 'Grouped', mandatory: true, opaque: true },
  'Charging-Per-IP-CAN-Session-Indicator': { code: 4400, type: 'Enumerated', mandatory: true },
  '3GPP-PS-Data-Off-Status': { code: 4406, type: 'Enumerated', mandatory: true },
  'Unused-Quota-Timer': { code: 4407, type: 'Unsigned32', mandatory: true }
} as const satisfies AvpTable

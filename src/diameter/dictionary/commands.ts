/** Commands with their members: RFC 6733, RFC 8506 §3 and TS 32.299 §6.4 together. */
import type { CommandDef } from './types.ts'

/** Who sends. */
const origin = { 'Origin-Host': '1', 'Origin-Realm': '1' } as const

/** Left by agents on the way. */
const agents = { 'Proxy-Info': '*', 'Route-Record': '*' } as const

/** What an answer of a redirect agent holds (RFC 6733 §6.12 to §6.14). */
const redirection = {
  'Redirect-Host': '*',
  'Redirect-Host-Usage': '?',
  'Redirect-Max-Cache-Time': '?'
} as const

export const commands = {
  CER: {
    code: 257,
    request: true,
    proxiable: false,
    application: 0,
    members: {
      ...origin,
      'Host-IP-Address': '+',
      'Vendor-Id': '1',
      'Product-Name': '1',
      'Origin-State-Id': '?',
      'Supported-Vendor-Id': '*',
      'Auth-Application-Id': '*',
      'Inband-Security-Id': '*',
      'Acct-Application-Id': '*',
      'Vendor-Specific-Application-Id': '*',
      'Firmware-Revision': '?'
    }
  },
  CEA: {
    code: 257,
    request: false,
    proxiable: false,
    application: 0,
    members: {
      'Result-Code': '1',
      ...origin,
      'Host-IP-Address': '+',
      'Vendor-Id': '1',
      'Product-Name': '1',
      'Origin-State-Id': '?',
      'Error-Message': '?',
      'Failed-AVP': '?',
      'Supported-Vendor-Id': '*',
      'Auth-Application-Id': '*',
      'Inband-Security-Id': '*',
      'Acct-Application-Id': '*',
      'Vendor-Specific-Application-Id': '*',
      'Firmware-Revision': '?'
    }
  },
  DWR: {
    code: 280,
    request: true,
    proxiable: false,
    application: 0,
    members: { 'Origin-Host': '1', 'Origin-Realm': '1', 'Origin-State-Id': '?' }
  },
  DWA: {
    code: 280,
    request: false,
    proxiable: false,
    application: 0,
    members: {
      'Result-Code': '1',
      ...origin,
      'Error-Message': '?',
      'Failed-AVP': '?',
      'Origin-State-Id': '?'
    }
  },
  DPR: {
    code: 282,
    request: true,
    proxiable: false,
    application: 0,
    members: { 'Origin-Host': '1', 'Origin-Realm': '1', 'Disconnect-Cause': '1' }
  },
  DPA: {
    code: 282,
    request: false,
    proxiable: false,
    application: 0,
    members: {
      'Result-Code': '1',
      ...origin,
      'Error-Message': '?',
      'Failed-AVP': '?'
    }
  },
  RAR: {
    code: 258,
    request: true,
    proxiable: true,
    application: 4,
    members: {
      'Session-Id': '1',
      ...origin,
      'Destination-Realm': '1',
      'Destination-Host': '1',
      'Auth-Application-Id': '1',
      'Re-Auth-Request-Type': '1',
      'User-Name': '?',
      'Origin-State-Id': '?',
      ...agents,
      'CC-Sub-Session-Id': '?',
      'G-S-U-Pool-Identifier': '?',
      'Service-Identifier': '?',
      'Rating-Group': '?'
    }
  },
  RAA: {
    code: 258,
    request: false,
    proxiable: true,
    application: 4,
    members: {
      'Session-Id': '1',
      'Result-Code': '1',
      ...origin,
      'User-Name': '?',
      'Origin-State-Id': '?',
      'Error-Message': '?',
      'Error-Reporting-Host': '?',
      'Failed-AVP': '?',
      ...redirection,
      'Proxy-Info': '*',
      'CC-Sub-Session-Id': '?',
      'G-S-U-Pool-Identifier': '?',
      'Service-Identifier': '?',
      'Rating-Group': '?'
    }
  },
  ASR: {
    code: 274,
    request: true,
    proxiable: true,
    application: 4,
    members: {
      'Session-Id': '1',
      ...origin,
      'Destination-Realm': '1',
      'Destination-Host': '1',
      'Auth-Application-Id': '1',
      'User-Name': '?',
      'Origin-State-Id': '?',
      ...agents
    }
  },
  ASA: {
    code: 274,
    request: false,
    proxiable: true,
    application: 4,
    members: {
      'Session-Id': '1',
      'Result-Code': '1',
      ...origin,
      'User-Name': '?',
      'Origin-State-Id': '?',
      'Error-Message': '?',
      'Error-Reporting-Host': '?',
      'Failed-AVP': '?',
      ...redirection,
      'Proxy-Info': '*'
    }
  },
  STR: {
    code: 275,
    request: true,
    proxiable: true,
    application: 4,
    members: {
      'Session-Id': '1',
      ...origin,
      'Destination-Realm': '1',
      'Auth-Application-Id': '1',
      'Termination-Cause': '1',
      'User-Name': '?',
      'Destination-Host': '?',
      Class: '*',
      'Origin-State-Id': '?',
      ...agents
    }
  },
  STA: {
    code: 275,
    request: false,
    proxiable: true,
    application: 4,
    members: {
      'Session-Id': '1',
      'Result-Code': '1',
      ...origin,
      'User-Name': '?',
      Class: '*',
      'Error-Message': '?',
      'Error-Reporting-Host': '?',
      'Failed-AVP': '?',
      'Origin-State-Id': '?',
      ...redirection,
      'Proxy-Info': '*'
    }
  },
  CCR: {
    code: 272,
    request: true,
    proxiable: true,
    application: 4,
    // Kamailio says it this way.
    instead: { 'Auth-Application-Id': 'Vendor-Specific-Application-Id' },
    members: {
      'Session-Id': '1',
      ...origin,
      'Destination-Realm': '1',
      'Auth-Application-Id': '1',
      'Service-Context-Id': '1',
      'CC-Request-Type': '1',
      'CC-Request-Number': '1',
      'Destination-Host': '?',
      'User-Name': '?',
      'CC-Sub-Session-Id': '?',
      'Acct-Multi-Session-Id': '?',
      'Origin-State-Id': '?',
      'Event-Timestamp': '?',
      'Subscription-Id': '*',
      'Subscription-Id-Extension': '*',
      'Service-Identifier': '?',
      'Termination-Cause': '?',
      'Requested-Service-Unit': '?',
      'Requested-Action': '?',
      'Used-Service-Unit': '*',
      'Multiple-Services-Indicator': '?',
      'Multiple-Services-Credit-Control': '*',
      'Service-Parameter-Info': '*',
      'CC-Correlation-Id': '?',
      'User-Equipment-Info': '?',
      'User-Equipment-Info-Extension': '?',
      ...agents,
      'AoC-Request-Type': '?',
      'OC-Supported-Features': '?',
      'Service-Information': '?',
      'Vendor-Specific-Application-Id': '?'
    }
  },
  CCA: {
    code: 272,
    request: false,
    proxiable: true,
    application: 4,
    instead: { 'Result-Code': 'Experimental-Result' },
    members: {
      'Session-Id': '1',
      'Result-Code': '1',
      ...origin,
      'Auth-Application-Id': '1',
      'CC-Request-Type': '1',
      'CC-Request-Number': '1',
      'User-Name': '?',
      'CC-Session-Failover': '?',
      'CC-Sub-Session-Id': '?',
      'Acct-Multi-Session-Id': '?',
      'Origin-State-Id': '?',
      'Event-Timestamp': '?',
      'Granted-Service-Unit': '?',
      'Multiple-Services-Credit-Control': '*',
      'Cost-Information': '?',
      'Final-Unit-Indication': '?',
      'QoS-Final-Unit-Indication': '?',
      'Check-Balance-Result': '?',
      'Credit-Control-Failure-Handling': '?',
      'Direct-Debiting-Failure-Handling': '?',
      'Validity-Time': '?',
      ...redirection,
      ...agents,
      'Failed-AVP': '*',
      'Experimental-Result': '?',
      'Low-Balance-Indication': '?',
      'Remaining-Balance': '?',
      'OC-Supported-Features': '?',
      'OC-OLR': '?',
      'Service-Information': '?',
      'Error-Message': '?',
      'Error-Reporting-Host': '?'
    }
  }
} as const satisfies Readonly<Record<string, CommandDef>>

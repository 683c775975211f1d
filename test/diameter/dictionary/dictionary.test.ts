import t from 'tap'
import { commands } from '../../../src/diameter/dictionary/commands.ts'
import { tables, vendors } from '../../../src/diameter/dictionary/index.ts'
import { resultCodes } from '../../../src/diameter/dictionary/result-codes.ts'
import type { AvpDef, CommandDef } from '../../../src/diameter/dictionary/types.ts'

/**
 * Name, code, type and M bit as the specifications have them: RFC 6733 4.5, RFC 7155, RFC 8506 8 (vendor 0) and
 * TS 32.299 7.2, TS 29.061 16.4.7, TS 29.212 5.3 (vendor 10415). `must`: M is set; `may`: it is not.
 */
const ietf = `
User-Name 1 UTF8String must
Filter-Id 11 UTF8String must
Class 25 OctetString must
Called-Station-Id 30 UTF8String must
Proxy-State 33 OctetString must
Acct-Multi-Session-Id 50 UTF8String must
Event-Timestamp 55 Time must
Host-IP-Address 257 Address must
Auth-Application-Id 258 Unsigned32 must
Acct-Application-Id 259 Unsigned32 must
Vendor-Specific-Application-Id 260 Grouped must
Redirect-Host-Usage 261 Enumerated must
Redirect-Max-Cache-Time 262 Unsigned32 must
Session-Id 263 UTF8String must
Origin-Host 264 DiameterIdentity must
Supported-Vendor-Id 265 Unsigned32 must
Vendor-Id 266 Unsigned32 must
Firmware-Revision 267 Unsigned32 may
Result-Code 268 Unsigned32 must
Product-Name 269 UTF8String may
Disconnect-Cause 273 Enumerated must
Auth-Session-State 277 Enumerated must
Origin-State-Id 278 Unsigned32 must
Failed-AVP 279 Grouped must
Proxy-Host 280 DiameterIdentity must
Error-Message 281 UTF8String may
Route-Record 282 DiameterIdentity must
Destination-Realm 283 DiameterIdentity must
Proxy-Info 284 Grouped must
Re-Auth-Request-Type 285 Enumerated must
Accounting-Sub-Session-Id 287 Unsigned64 must
Redirect-Host 292 DiameterURI must
Destination-Host 293 DiameterIdentity must
Error-Reporting-Host 294 DiameterIdentity may
Termination-Cause 295 Enumerated must
Origin-Realm 296 DiameterIdentity must
Experimental-Result 297 Grouped must
Experimental-Result-Code 298 Unsigned32 must
Inband-Security-Id 299 Unsigned32 must
CC-Correlation-Id 411 OctetString may
CC-Input-Octets 412 Unsigned64 must
CC-Money 413 Grouped must
CC-Output-Octets 414 Unsigned64 must
CC-Request-Number 415 Unsigned32 must
CC-Request-Type 416 Enumerated must
CC-Service-Specific-Units 417 Unsigned64 must
CC-Session-Failover 418 Enumerated must
CC-Sub-Session-Id 419 Unsigned64 must
CC-Time 420 Unsigned32 must
CC-Total-Octets 421 Unsigned64 must
Check-Balance-Result 422 Enumerated must
Cost-Information 423 Grouped must
Cost-Unit 424 UTF8String must
Currency-Code 425 Unsigned32 must
Credit-Control-Failure-Handling 427 Enumerated must
Direct-Debiting-Failure-Handling 428 Enumerated must
Exponent 429 Integer32 must
Final-Unit-Indication 430 Grouped must
Granted-Service-Unit 431 Grouped must
Rating-Group 432 Unsigned32 must
Redirect-Address-Type 433 Enumerated must
Redirect-Server 434 Grouped must
Redirect-Server-Address 435 UTF8String must
Requested-Action 436 Enumerated must
Requested-Service-Unit 437 Grouped must
Restriction-Filter-Rule 438 IPFilterRule must
Service-Identifier 439 Unsigned32 must
Service-Parameter-Info 440 Grouped may
Service-Parameter-Type 441 Unsigned32 may
Service-Parameter-Value 442 OctetString may
Subscription-Id 443 Grouped must
Subscription-Id-Data 444 UTF8String must
Unit-Value 445 Grouped must
Used-Service-Unit 446 Grouped must
Value-Digits 447 Integer64 must
Validity-Time 448 Unsigned32 must
Final-Unit-Action 449 Enumerated must
Subscription-Id-Type 450 Enumerated must
Tariff-Time-Change 451 Time must
Tariff-Change-Usage 452 Enumerated must
G-S-U-Pool-Identifier 453 Unsigned32 must
CC-Unit-Type 454 Enumerated must
Multiple-Services-Indicator 455 Enumerated must
Multiple-Services-Credit-Control 456 Grouped must
G-S-U-Pool-Reference 457 Grouped must
User-Equipment-Info 458 Grouped may
User-Equipment-Info-Type 459 Enumerated may
User-Equipment-Info-Value 460 OctetString may
Service-Context-Id 461 UTF8String must
Accounting-Record-Type 480 Enumerated must
Accounting-Record-Number 485 Unsigned32 must
User-Equipment-Info-Extension 653 Grouped may
Subscription-Id-Extension 659 Grouped may
Redirect-Server-Extension 665 Grouped may
QoS-Final-Unit-Indication 669 Grouped may
`

const tgpp = `
3GPP-IMSI 1 UTF8String may
3GPP-Charging-Id 2 OctetString may
3GPP-PDP-Type 3 Enumerated may
3GPP-NSAPI 10 OctetString may
3GPP-Selection-Mode 12 UTF8String may
3GPP-Charging-Characteristics 13 UTF8String may
3GPP-SGSN-MCC-MNC 18 UTF8String may
3GPP-RAT-Type 21 OctetString may
3GPP-User-Location-Info 22 OctetString may
3GPP-MS-TimeZone 23 OctetString may
Event-Type 823 Grouped must
SIP-Method 824 UTF8String must
Role-Of-Node 829 Enumerated must
User-Session-ID 830 UTF8String must
Calling-Party-Address 831 UTF8String must
Called-Party-Address 832 UTF8String must
Time-Stamps 833 Grouped must
SIP-Request-Timestamp 834 Time must
IMS-Charging-Identifier 841 UTF8String must
CG-Address 846 Address must
GGSN-Address 847 Address must
Node-Functionality 862 Enumerated must
PS-Furnish-Charging-Information 865 Grouped must
Time-Quota-Threshold 868 Unsigned32 must
Volume-Quota-Threshold 869 Unsigned32 must
Trigger-Type 870 Enumerated must
Quota-Holding-Time 871 Unsigned32 must
Reporting-Reason 872 Enumerated must
Service-Information 873 Grouped must
PS-Information 874 Grouped must
IMS-Information 876 Grouped must
MMS-Information 877 Grouped must
Quota-Consumption-Time 881 Unsigned32 must
Charging-Rule-Base-Name 1004 UTF8String must
QoS-Information 1016 Grouped must
QoS-Class-Identifier 1028 Enumerated must
Allocation-Retention-Priority 1034 Grouped may
APN-Aggregate-Max-Bitrate-DL 1040 Unsigned32 may
APN-Aggregate-Max-Bitrate-UL 1041 Unsigned32 may
Priority-Level 1046 Unsigned32 may
Recipient-Address 1201 Grouped must
Unit-Quota-Threshold 1226 Unsigned32 must
PDP-Address 1227 Address must
SGSN-Address 1228 Address must
Service-Specific-Info 1249 Grouped must
Requested-Party-Address 1251 UTF8String must
Event-Charging-TimeStamp 1258 Time must
Trigger 1264 Grouped must
Time-Quota-Mechanism 1270 Grouped must
AF-Correlation-Information 1276 Grouped must
SMS-Information 2000 Grouped must
SM-Message-Type 2007 Enumerated must
SMSC-Address 2017 Address must
Low-Balance-Indication 2020 Enumerated must
Remaining-Balance 2021 Grouped must
Refund-Information 2022 OctetString must
Recipient-Info 2026 Grouped must
AoC-Information 2054 Grouped must
AoC-Request-Type 2055 Enumerated must
Tariff-Information 2060 Grouped must
Dynamic-Address-Flag 2051 Enumerated must
SGW-Address 2067 Address must
`

function rowsOf(vendor: number): Map<string, AvpDef> {
  const rows = tables.filter(([of]) => of === vendor).map(([, table]) => Object.entries(table))
  return new Map(rows.flat())
}

t.test('RFC 6733 4.5: AVPs have the code, type and M bit of their specification', async t => {
  for (const [vendor, table] of [
    [vendors.ietf, ietf],
    [vendors.tgpp, tgpp]
  ] as const) {
    const rows = rowsOf(vendor)
    for (const line of table.trim().split('\n')) {
      const [name, code, type, flag] = line.split(' ')
      const row = rows.get(name as string)
      const found = row && { code: row.code, type: row.type, mandatory: row.mandatory }
      t.same(found, { code: Number(code), type, mandatory: flag === 'must' }, line)
    }
  }
})

t.test('no code and no name is in the dictionary twice', async t => {
  const names = tables.flatMap(([, rows]) => Object.keys(rows))
  t.equal(new Set(names).size, names.length)
  const codes = tables.flatMap(([vendor, rows]) =>
    Object.values(rows).map(row => `${vendor}/${row.code}`)
  )
  t.equal(new Set(codes).size, codes.length)
})

t.test('members of groups and commands are in the dictionary', async t => {
  const names = new Set(tables.flatMap(([, rows]) => Object.keys(rows)))
  const groups = tables.flatMap(([, rows]) => Object.entries<AvpDef>(rows))
  for (const [name, row] of groups) {
    const isGroup = row.type === 'Grouped'
    t.equal(row.members !== undefined || row.opaque === true, isGroup, `${name} is a group`)
    for (const member of Object.keys(row.members ?? {})) t.ok(names.has(member), member)
  }
  for (const def of Object.values<CommandDef>(commands)) {
    for (const member of Object.keys(def.members)) t.ok(names.has(member), member)
  }
})

t.test('commands have their codes, bits and mandatory members', async t => {
  const table: Record<string, [number, boolean, string]> = {
    CER: [257, false, 'Origin-Host Origin-Realm Host-IP-Address Vendor-Id Product-Name'],
    CEA: [
      257,
      false,
      'Result-Code Origin-Host Origin-Realm Host-IP-Address Vendor-Id Product-Name'
    ],
    DWR: [280, false, 'Origin-Host Origin-Realm'],
    DWA: [280, false, 'Result-Code Origin-Host Origin-Realm'],
    DPR: [282, false, 'Origin-Host Origin-Realm Disconnect-Cause'],
    DPA: [282, false, 'Result-Code Origin-Host Origin-Realm'],
    RAR: [
      258,
      true,
      'Session-Id Origin-Host Origin-Realm Destination-Realm Destination-Host Auth-Application-Id Re-Auth-Request-Type'
    ],
    RAA: [258, true, 'Session-Id Result-Code Origin-Host Origin-Realm'],
    ASR: [
      274,
      true,
      'Session-Id Origin-Host Origin-Realm Destination-Realm Destination-Host Auth-Application-Id'
    ],
    ASA: [274, true, 'Session-Id Result-Code Origin-Host Origin-Realm'],
    STR: [
      275,
      true,
      'Session-Id Origin-Host Origin-Realm Destination-Realm Auth-Application-Id Termination-Cause'
    ],
    STA: [275, true, 'Session-Id Result-Code Origin-Host Origin-Realm'],
    CCR: [
      272,
      true,
      'Session-Id Origin-Host Origin-Realm Destination-Realm Auth-Application-Id Service-Context-Id CC-Request-Type CC-Request-Number'
    ],
    CCA: [
      272,
      true,
      'Session-Id Result-Code Origin-Host Origin-Realm Auth-Application-Id CC-Request-Type CC-Request-Number'
    ]
  }
  t.same(Object.keys(commands).sort(), Object.keys(table).sort())
  for (const [name, def] of Object.entries<CommandDef>(commands)) {
    const mandatory = Object.entries(def.members)
      .filter(([, cardinality]) => cardinality === '1' || cardinality === '+')
      .map(([member]) => member)
    const [code, proxiable, members] = table[name]!
    t.equal(def.code, code, name)
    t.equal(def.proxiable, proxiable, name)
    t.equal(def.request, name.endsWith('R'), name)
    t.same(mandatory.sort(), members.split(' ').sort(), name)
  }
})

t.test('result codes are those of RFC 6733 7.1 and RFC 8506 9', async t => {
  t.match(resultCodes, {
    DIAMETER_SUCCESS: 2001,
    DIAMETER_LIMITED_SUCCESS: 2002,
    DIAMETER_UNABLE_TO_DELIVER: 3002,
    DIAMETER_TOO_BUSY: 3004,
    DIAMETER_APPLICATION_UNSUPPORTED: 3007,
    DIAMETER_END_USER_SERVICE_DENIED: 4010,
    DIAMETER_CREDIT_CONTROL_NOT_APPLICABLE: 4011,
    DIAMETER_CREDIT_LIMIT_REACHED: 4012,
    DIAMETER_UNKNOWN_SESSION_ID: 5002,
    DIAMETER_MISSING_AVP: 5005,
    DIAMETER_NO_COMMON_APPLICATION: 5010,
    DIAMETER_USER_UNKNOWN: 5030,
    DIAMETER_RATING_FAILED: 5031
  })
  const values = Object.values(resultCodes)
  t.equal(new Set(values).size, values.length)
})

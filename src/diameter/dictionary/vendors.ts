/** The few AVPs of other vendors that 3GPP groups hold. */
import type { AvpTable } from './types.ts'

/** 3GPP2. */
export const tgpp2Avps = {
  '3GPP2-BSID': { code: 9010, type: 'OctetString', mandatory: true }
} as const satisfies AvpTable

/** ETSI. */
export const etsiAvps = {
  'Logical-Access-Id': { code: 302, type: 'OctetString', mandatory: false },
  'Physical-Access-Id': { code: 313, type: 'UTF8String', mandatory: false }
} as const satisfies AvpTable

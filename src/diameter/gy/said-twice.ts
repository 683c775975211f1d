/**
 * Kamailio repeats Origin-Host and Origin-Realm, with the same value, when its charging module is
 * told them as its own examples do. RFC 6733 7.1.5 has 5009 for that; nothing is in doubt, so the
 * request is served. Two different values are refused.
 */
import { resultCodes } from '../dictionary/result-codes.ts'
import type { PeerFault } from '../peer/peer-machine.ts'
import { findAvp } from '../peer/raw.ts'

const originHostCode = 264
const originRealmCode = 296

/** Whether the fault is a repeated Origin-Host or Origin-Realm that equals the first, octet by octet. */
export function isSaidTwice(fault: PeerFault, message: Buffer): boolean {
  if (fault.resultCode !== resultCodes.DIAMETER_AVP_OCCURS_TOO_MANY_TIMES || !fault.avp)
    return false
  const code = fault.avp.readUInt32BE(0)
  if (code !== originHostCode && code !== originRealmCode) return false
  return findAvp(message, code)?.equals(fault.avp) ?? false
}

/** All 3GPP AVPs (vendor 10415) that are used on Gy and Ro. */
import { tgppAocAvps } from './tgpp-aoc.ts'
import { tgppContainerAvps } from './tgpp-containers.ts'
import { tgppCoreAvps } from './tgpp-core.ts'
import { tgppImsAvps } from './tgpp-ims.ts'
import { tgppMmsAvps } from './tgpp-mms.ts'
import { tgppOtherAvps } from './tgpp-other.ts'
import { tgppPsAvps } from './tgpp-ps.ts'
import { tgppQosAvps } from './tgpp-qos.ts'
import { tgppRadiusAvps } from './tgpp-radius.ts'
import { tgppSmsAvps } from './tgpp-sms.ts'
import type { AvpTable } from './types.ts'

export const tgppAvps = {
  ...tgppRadiusAvps,
  ...tgppCoreAvps,
  ...tgppQosAvps,
  ...tgppPsAvps,
  ...tgppContainerAvps,
  ...tgppImsAvps,
  ...tgppSmsAvps,
  ...tgppMmsAvps,
  ...tgppAocAvps,
  ...tgppOtherAvps
} as const satisfies AvpTable

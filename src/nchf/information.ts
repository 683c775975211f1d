/** The charging information blocks of a request as text for its CDR, every member of them included. */
import type { ChargingDataRequest } from './messages.ts'

/** Of Release 17, TS 32.291 6.1.6.2.1.1. */
export const blockNames = [
  'pDUSessionChargingInformation',
  'roamingQBCInformation',
  'sMSChargingInformation',
  'nEFChargingInformation',
  'registrationChargingInformation',
  'n2ConnectionChargingInformation',
  'locationReportingChargingInformation',
  'nSPAChargingInformation',
  'nSMChargingInformation',
  'mMTelChargingInformation',
  'iMSChargingInformation',
  "edgeInfrastructureUsageChargingInformation'",
  'eASDeploymentChargingInformation',
  'directEdgeEnablingServiceChargingInformation',
  'exposedEdgeEnablingServiceChargingInformation',
  'proSeChargingInformation'
] as const

/** The OpenAPI of Release 17 has an apostrophe behind this name, and consumers need not. */
const meant = 'edgeInfrastructureUsageChargingInformation'

const blocks: ReadonlySet<string> = new Set([...blockNames, meant])

/** A JSON object of the blocks by name, in the order of the request; undefined: it has none. */
export function informationOf(body: ChargingDataRequest): string | undefined {
  let text = ''
  for (const name in body) {
    if (!blocks.has(name)) continue
    const block = body[name as keyof ChargingDataRequest]
    text += `${text === '' ? '{' : ','}"${name}":${JSON.stringify(block)}`
  }
  return text === '' ? undefined : `${text}}`
}

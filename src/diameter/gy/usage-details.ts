/**
 * What few clients send beside plain units: both directions of a volume, money, and the side of a tariff switch on
 * which units were used. Looked for in every usage, so the looking is cheap.
 */
import type {
  MultipleUnitUsage,
  RequestedMoney,
  RequestedUnits,
  UsedUnits
} from '../../domain/request.ts'
import type { ServiceUnits } from './ccr-avps.ts'
import { type CcMoney, moneyOf } from './money.ts'

/** Tariff-Change-Usage 452: UNIT_AFTER_TARIFF_CHANGE, UNIT_INDETERMINATE; 0 is before the change. */
const afterChange = 1
const indeterminate = 2

export interface UnitHolder {
  readonly 'Rating-Group'?: number | undefined
  readonly 'Requested-Service-Unit'?: ServiceUnits | undefined
  readonly 'Used-Service-Unit'?: readonly ServiceUnits[] | undefined
}

/** CC-Money that cannot be counted exactly. */
export interface WrongMoney {
  readonly within: 'Requested-Service-Unit' | 'Used-Service-Unit'
  readonly money: CcMoney
}

export function hasDetails(holder: UnitHolder): boolean {
  const asked = holder['Requested-Service-Unit']
  if (asked !== undefined && (asked['CC-Money'] !== undefined || isByDirection(asked))) return true
  const used = holder['Used-Service-Unit']
  if (used === undefined) return false
  for (const units of used) {
    if (units['CC-Money'] !== undefined || units['Tariff-Change-Usage'] !== undefined) return true
  }
  return false
}

/** RFC 8506 8.23 to 8.25: the total and the directions are alternatives; the total goes first. */
function isByDirection(units: ServiceUnits): boolean {
  if (units['CC-Total-Octets'] !== undefined) return false
  return units['CC-Input-Octets'] !== undefined || units['CC-Output-Octets'] !== undefined
}

/** The usage with its details; `sum` adds up Used-Service-Units, whose total is known to fit. */
export function detailedUsage(
  usage: MultipleUnitUsage,
  holder: UnitHolder,
  sum: (units: readonly ServiceUnits[]) => UsedUnits | null
): MultipleUnitUsage | WrongMoney {
  const used = holder['Used-Service-Unit'] ?? []
  const requested = detailedAsk(usage.requested, holder['Requested-Service-Unit'])
  if (requested !== null && 'within' in requested) return requested
  const money = moneyUsed(used)
  if (money !== null && 'within' in money) return money
  const after = sum(used.filter(units => units['Tariff-Change-Usage'] === afterChange))
  const straddling = sum(used.filter(units => units['Tariff-Change-Usage'] === indeterminate))
  return {
    ...usage,
    requested,
    used: usage.used === null || money === null ? usage.used : { ...usage.used, money },
    ...(after === null ? {} : { after }),
    ...(straddling === null ? {} : { straddling })
  }
}

function detailedAsk(
  requested: RequestedUnits | null,
  asked: ServiceUnits | undefined
): RequestedUnits | WrongMoney | null {
  if (asked === undefined || requested === null) return requested
  const money = asked['CC-Money'] === undefined ? undefined : moneyOf(asked['CC-Money'])
  if (money === null) return wrong('Requested-Service-Unit', asked)
  const split = requested.octets !== null && isByDirection(asked)
  return {
    ...requested,
    ...(money === undefined || money.amount === 0 ? {} : { money }),
    ...(split ? { inputOctets: Number(asked['CC-Input-Octets'] ?? 0n) } : {})
  }
}

/** The money of all Used-Service-Units together, which must be of one currency. */
function moneyUsed(used: readonly ServiceUnits[]): RequestedMoney | WrongMoney | null {
  let total: RequestedMoney | null = null
  for (const units of used) {
    const ccMoney = units['CC-Money']
    if (ccMoney === undefined) continue
    const money = moneyOf(ccMoney)
    if (money === null) return wrong('Used-Service-Unit', units)
    if (total !== null && total.currency !== money.currency)
      return wrong('Used-Service-Unit', units)
    const amount: number = (total?.amount ?? 0) + money.amount
    if (!Number.isSafeInteger(amount)) return wrong('Used-Service-Unit', units)
    total = { amount, currency: money.currency }
  }
  return total
}

function wrong(within: WrongMoney['within'], units: ServiceUnits): WrongMoney {
  return { within, money: units['CC-Money'] ?? {} }
}

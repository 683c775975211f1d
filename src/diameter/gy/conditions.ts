/** The AVPs of a grant that few answers hold: tariff switch, times, triggers, pools, and the end of the credit. */
import type {
  Advice,
  ChargingAnswer,
  FinalUnits,
  GrantConditions,
  GrantedUnits,
  RedirectServer
} from '../../domain/answer.ts'
import { currencyNumber } from '../../domain/currency.ts'
import type { Money } from '../../domain/money.ts'
import type { PeerProfile } from '../../domain/request.ts'
import type { QuotaUnit } from '../../domain/units.ts'
import { addressOctets } from '../codec/address.ts'
import { avp } from '../codec/entries.ts'
import type { MessageWriter } from '../codec/writer.ts'
import { filterRules } from './filter-rule.ts'
import { unitValueOf } from './money.ts'

const actions = { terminate: 0, redirect: 1, restrict: 2 } as const
const addressTypes: Readonly<Record<RedirectServer['type'], number>> = {
  ipv4: 0,
  ipv6: 1,
  url: 2,
  'sip-uri': 3
}
const unitTypes = { seconds: 0, money: 1, octets: 2, messages: 5 } as const

/** Unit-Value 445 (RFC 8506 8.8). */
function writeUnitValue(writer: MessageWriter, digits: number, exponent: number): void {
  writer.open(avp['Unit-Value']).u64(avp['Value-Digits'], digits)
  if (exponent !== 0) writer.u32(avp.Exponent, exponent)
  writer.close()
}

/** Unit-Value and Currency-Code. Catalogues and accounts have currencies of ISO 4217 only. */
export function writeSum(writer: MessageWriter, { amount, currency }: Money): void {
  const { digits, exponent } = unitValueOf(amount)
  writeUnitValue(writer, digits, exponent)
  writer.u32(avp['Currency-Code'], currencyNumber(currency) ?? 0)
}

/** Check-Balance-Result 422: ENOUGH_CREDIT (0), NO_CREDIT (1); Cost-Information 423. */
export function writeEnquiry(writer: MessageWriter, { enoughCredit, cost }: ChargingAnswer): void {
  if (enoughCredit !== undefined) writer.u32(avp['Check-Balance-Result'], enoughCredit ? 0 : 1)
  if (cost === undefined) return
  writer.open(avp['Cost-Information'])
  writeSum(writer, cost)
  if (cost.of !== null) writer.text(avp['Cost-Unit'], cost.of)
  writer.close()
}

/** Octets by direction (RFC 8506 8.24, 8.25); a direction that none were asked for has none. */
export function writeDirections(writer: MessageWriter, total: number, input: number): void {
  if (input > 0) writer.u64(avp['CC-Input-Octets'], input)
  if (total > input) writer.u64(avp['CC-Output-Octets'], total - input)
}

/** CC-Money of a grant, in the currency of the account. */
export function writeGrantedMoney(
  writer: MessageWriter,
  { amount, currency = '' }: GrantedUnits
): void {
  writer.open(avp['CC-Money'])
  writeSum(writer, { amount, currency })
  writer.close()
}

const u32Max = 0xffff_ffff

/** TS 32.299 7.2: what remains when the client asks again; the AVPs have 32 bits. */
export function writeThreshold(writer: MessageWriter, unit: QuotaUnit, threshold: number): void {
  const value = Math.min(threshold, u32Max)
  if (unit === 'octets') writer.u32(avp['Volume-Quota-Threshold'], value)
  else if (unit === 'seconds') writer.u32(avp['Time-Quota-Threshold'], value)
  else writer.u32(avp['Unit-Quota-Threshold'], value)
}

/** What stands in an MSCC behind its other members (TS 32.299 7.2, RFC 8506 8.30). */
export function writeServiceConditions(
  writer: MessageWriter,
  conditions: GrantConditions,
  granted: GrantedUnits | null
): void {
  const { pool, holding, consumption, triggers } = conditions
  if (pool !== null && granted !== null) {
    writer
      .open(avp['G-S-U-Pool-Reference'])
      .u32(avp['G-S-U-Pool-Identifier'], pool.id)
      .u32(avp['CC-Unit-Type'], unitTypes[granted.unit])
    writeUnitValue(writer, pool.digits, pool.exponent)
    writer.close()
  }
  if (holding !== null) writer.u32(avp['Quota-Holding-Time'], holding)
  if (consumption > 0) writer.u32(avp['Quota-Consumption-Time'], consumption)
  if (triggers === null) return
  writer.open(avp.Trigger)
  for (const type of triggers) writer.u32(avp['Trigger-Type'], type)
  writer.close()
}

/**
 *     Final-Unit-Indication ::= < AVP Header: 430 > { Final-Unit-Action }
 *         * [ Restriction-Filter-Rule ] * [ Filter-Id ] [ Redirect-Server ]      (RFC 8506 8.34)
 */
export function writeFinalUnits(writer: MessageWriter, final: FinalUnits): void {
  writer.open(avp['Final-Unit-Indication']).u32(avp['Final-Unit-Action'], actions[final.action])
  for (const rule of final.filterRules) writer.text(avp['Restriction-Filter-Rule'], rule)
  for (const id of final.filterIds) writer.text(avp['Filter-Id'], id)
  if (final.redirect !== null) {
    writer
      .open(avp['Redirect-Server'])
      .u32(avp['Redirect-Address-Type'], addressTypes[final.redirect.type])
      .text(avp['Redirect-Server-Address'], final.redirect.address)
      .close()
  }
  writer.close()
}

/** By the object of the catalogue, which lives as long as its version. */
const filterRulesOf = new WeakMap<FinalUnits, Buffer | null>()

/**
 * RFC 8506 8.68; it wins over Final-Unit-Indication, which stands beside it for clients of RFC 4006. So it is left out
 * when it could not say every filter rule.
 */
export function writeQosFinalUnits(writer: MessageWriter, final: FinalUnits): void {
  let rules = filterRulesOf.get(final)
  if (rules === undefined) {
    rules = filterRules(final.filterRules)
    filterRulesOf.set(final, rules)
  }
  if (rules === null) return
  writer.open(avp['QoS-Final-Unit-Indication']).u32(avp['Final-Unit-Action'], actions[final.action])
  if (rules.length > 0) writer.raw(rules)
  for (const id of final.filterIds) writer.text(avp['Filter-Id'], id)
  if (final.redirect !== null) writeRedirectExtension(writer, final.redirect)
  writer.close()
}

function writeRedirectExtension(writer: MessageWriter, { type, address }: RedirectServer): void {
  writer.open(avp['Redirect-Server-Extension'])
  if (type === 'url') writer.text(avp['Redirect-Address-URL'], address)
  else if (type === 'sip-uri') writer.text(avp['Redirect-Address-SIP-URI'], address)
  else if (addressOctets(address) !== null) {
    writer.address(avp['Redirect-Address-IPAddress'], address)
  }
  writer.close()
}

/** Cost-Information 423, at command level: what the session has cost so far (RFC 8506 8.7). */
export function writeCost(writer: MessageWriter, { cost, currency }: Advice): void {
  if (cost === null) return
  writer.open(avp['Cost-Information'])
  writeSum(writer, { amount: cost, currency })
  writer.close()
}

/** Low-Balance-Indication 2020 and Remaining-Balance 2021, at command level (TS 32.299 6.4.3). */
export function writeBalance(writer: MessageWriter, { low, remaining, currency }: Advice): void {
  if (low !== null) writer.u32(avp['Low-Balance-Indication'], low ? 1 : 0)
  if (remaining === null) return
  writer.open(avp['Remaining-Balance'])
  writeSum(writer, { amount: remaining, currency })
  writer.close()
}

/**
 * AoC-Information 2054 in Service-Information (TS 32.280, TS 32.299 7.2.15): the cost for clients that hand it on to the
 * subscriber. Without Tariff-Information: a price that depends on what was used before is no rate.
 */
export function writeAdviceOfCharge(writer: MessageWriter, { cost, currency }: Advice): void {
  if (cost === null) return
  const { digits, exponent } = unitValueOf(cost)
  writer
    .open(avp['Service-Information'])
    .open(avp['AoC-Information'])
    .open(avp['AoC-Cost-Information'])
    .open(avp['Accumulated-Cost'])
    .u64(avp['Value-Digits'], digits)
  if (exponent !== 0) writer.u32(avp.Exponent, exponent)
  writer.close().u32(avp['Currency-Code'], currencyNumber(currency) ?? 0)
  writer.close().close().close()
}

const failureHandling = { terminate: 0, continue: 1, 'retry-and-terminate': 2 } as const
const debitingFailureHandling = { 'terminate-or-buffer': 0, continue: 1 } as const

/** CCFH 427 of a session, DDFH 428 of an event: what the client does when no answer comes. */
export function writeFailureHandling(
  writer: MessageWriter,
  profile: PeerProfile,
  event: boolean
): void {
  const { failureHandling: session, directDebitingFailureHandling: debiting } = profile
  if (!event && session !== null) {
    writer.u32(avp['Credit-Control-Failure-Handling'], failureHandling[session])
  }
  if (event && debiting !== null) {
    writer.u32(avp['Direct-Debiting-Failure-Handling'], debitingFailureHandling[debiting])
  }
}

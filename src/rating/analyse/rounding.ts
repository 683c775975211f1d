/**
 * Prices that charge much more than the units are worth, because they count in long steps or a high minimum.
 *
 * Looked at over sixteen sessions between half of the usual usage and one and a half of it, so that no single one that
 * happens to end just behind a step decides. Set-up is a price of its own and no loss.
 */
import { formatMoney } from '../../domain/money.ts'
import type { UnitType } from '../../domain/units.ts'
import type { PriceRule } from '../catalogue.ts'
import type { Path } from '../load/problem.ts'
import { ruleObstacle } from '../match.ts'
import { chargeFor } from '../price.ts'
import type { Price } from '../prices/types.ts'
import { type Check, type Discovery, exampleOf, type Subject } from './finding.ts'

const samples = 16

export const roundingLosses: Check = subject => {
  const { catalogue, source } = subject
  const rules = source.offers.flatMap(({ offer, prices = [] }) =>
    prices.flatMap((written, index) => {
      const rule = catalogue.rules.get(`${catalogue.version}:${offer}/${written.rule}`)
      const key = written.intervals === undefined ? 'step' : 'intervals'
      const path = ['offers', offer, 'prices', index]
      return rule === undefined ? [] : discover(subject, rule, offer, path, key)
    })
  )
  const rows = new Map<string, readonly Discovery[]>()
  for (const { id, prices } of catalogue.offers.values()) {
    for (const row of prices.flatMap(({ table }) => table?.rows ?? [])) {
      if (row.row === undefined || rows.has(`${row.row.table}:${row.row.line}`)) continue
      const path = ['tables', row.row.table, row.row.line - 2]
      rows.set(`${row.row.table}:${row.row.line}`, discover(subject, row, id, path, 'step'))
    }
  }
  return [...rules, ...[...rows.values()].flat()]
}

function discover(
  { catalogue, witnesses, options }: Subject,
  rule: PriceRule,
  offer: string,
  path: Path,
  stepKey: 'step' | 'intervals'
): readonly Discovery[] {
  const unit: UnitType | undefined = catalogue.services.get(rule.service)?.unit
  const smooth = withoutSteps(rule.price)
  if (unit === undefined || smooth === null) return []
  const loss = lossOf(rule.price, smooth, options.usual[unit])
  if (loss === null || loss.percent <= options.roundingPercent) return []
  const { percent, units, charged, exact } = loss
  const key = stepKey === 'step' ? blamed(rule.price, smooth, options.usual[unit]) : stepKey
  const much =
    percent === Infinity ? 'is all that usual sessions pay' : `adds ${percent} % to usual sessions`
  const message =
    `rounding ${much}: ${units} ${unit} cost ` +
    `${formatMoney(charged)} instead of ${formatMoney(exact)}; ${advice[key]}`
  const witness = witnesses
    .get(rule.service)
    ?.find(({ situation, bands }) => ruleObstacle(rule, situation, bands) === null)
  const example = witness === undefined ? null : exampleOf(witness, offer, units)
  const at = [...path, key]
  return [{ code: 'rounding-loss', severity: 'warning', path: at, message, example }]
}

const advice = {
  step: 'a shorter step costs them less',
  minimum: 'a lower minimum costs them less',
  intervals: 'shorter intervals cost them less'
}

/** Which of the two alone adds more. */
function blamed(price: Price, smooth: Price, usual: number): 'step' | 'minimum' {
  const added = (alone: object) => lossOf({ ...price, ...alone }, smooth, usual)?.percent ?? 0
  return added({ step: 1 }) > added({ minimum: 0 }) ? 'minimum' : 'step'
}

/** The same price unit by unit, without set-up, which is a price of its own; null: it has neither steps nor minimum. */
function withoutSteps(price: Price): Price | null {
  switch (price.model) {
    case 'per-unit':
      return price.amount === 0 ? null : { ...price, step: 1, minimum: 0 }
    case 'graduated':
    case 'volume':
      return { ...price, step: 1, minimum: 0 }
    default:
      return null
  }
}

interface Loss {
  /** Of what the units are worth, rounded down; Infinity: they are worth nothing. */
  readonly percent: number
  /** The sample that loses most, what it costs, and what its units are worth. */
  readonly units: number
  readonly charged: number
  readonly exact: number
}

function lossOf(price: Price, smooth: Price, usual: number): Loss | null {
  const setUp = 'setUp' in price ? price.setUp : 0
  let charges = 0n
  let worths = 0n
  let worst = { units: 0, charged: 0, exact: 0 }
  for (let index = 0; index < samples; index++) {
    const units = Math.floor(usual / 2) + Math.floor((usual * index) / samples) + 1
    const charged = chargeFor(price, units) - setUp
    const exact = chargeFor(smooth, units) - setUp
    charges += BigInt(charged)
    worths += BigInt(exact)
    if (charged - exact > worst.charged - worst.exact) worst = { units, charged, exact }
  }
  if (charges === worths) return null
  const percent = worths === 0n ? Infinity : Number((100n * (charges - worths)) / worths)
  return { percent, ...worst }
}

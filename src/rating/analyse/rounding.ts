/**
 * Prices that charge much more than the units are worth, because they count in long steps or a high minimum.
 *
 * Looked at over sixteen sessions between half of the usual usage and one and a half of it, so that no single one that
 * happens to end just behind a step decides. Set-up is a price of its own and no loss.
 */
import { formatMoney } from '../../domain/money.ts'
import type { Price } from '../catalogue.ts'
import { ruleObstacle } from '../match.ts'
import { chargeFor } from '../price.ts'
import { type Check, type Discovery, exampleOf } from './finding.ts'

type PerUnit = Extract<Price, { model: 'per-unit' }>

const samples = 16

export const roundingLosses: Check = ({ catalogue, source, witnesses, options }) =>
  source.offers.flatMap(({ offer, prices = [] }) =>
    prices.flatMap(({ rule: name }, index): Discovery[] => {
      const rule = catalogue.rules.get(`${catalogue.version}:${offer}/${name}`)
      const unit = rule && catalogue.services.get(rule.service)?.unit
      if (rule === undefined || unit === undefined || rule.price.model !== 'per-unit') return []
      const loss = lossOf(rule.price, options.usual[unit])
      if (loss === null || loss.percent <= options.roundingPercent) return []
      const { percent, units, charged, exact } = loss
      const message =
        `rounding adds ${percent} % to usual sessions: ${units} ${unit} cost ` +
        `${formatMoney(charged)} instead of ${formatMoney(exact)}; a shorter step costs them less`
      const path = ['offers', offer, 'prices', index, rule.price.step > 1 ? 'step' : 'minimum']
      const witness = witnesses
        .get(rule.service)
        ?.find(({ situation, bands }) => ruleObstacle(rule, situation, bands) === null)
      const example = witness === undefined ? null : exampleOf(witness, offer, units)
      return [{ code: 'rounding-loss', severity: 'warning', path, message, example }]
    })
  )

interface Loss {
  /** Of what is charged, rounded down. */
  readonly percent: number
  /** The sample that loses most, what it costs, and what its units are worth, rounded down. */
  readonly units: number
  readonly charged: number
  readonly exact: number
}

function lossOf(price: PerUnit, usual: number): Loss | null {
  const { amount, per, setUp } = price
  if (amount === 0) return null
  let charges = 0n
  let worths = 0n
  let worst = { units: 0, charged: 0, exact: 0 }
  for (let index = 0; index < samples; index++) {
    const units = Math.floor(usual / 2) + Math.floor((usual * index) / samples) + 1
    const charged = chargeFor(price, units) - setUp
    const worth = BigInt(units) * BigInt(amount)
    const exact = Number(worth / BigInt(per))
    charges += BigInt(charged) * BigInt(per)
    worths += worth
    if (charged - exact > worst.charged - worst.exact) worst = { units, charged, exact }
  }
  const percent = Number((100n * (charges - worths)) / charges)
  return { percent, ...worst }
}

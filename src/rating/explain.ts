/** Why a price was found: the rules that were tried before it, and what each was rejected for. */
import type { Offer, PriceRule } from './catalogue.ts'
import type { Situation } from './classify.ts'
import { markedUp, type Obstacle, priced, ruleObstacle } from './match.ts'

export interface RuleVerdict {
  readonly offer: string
  readonly rule: PriceRule
  readonly obstacle: Obstacle | null
}

/** Every rule in the order in which findPrice looks at them, up to the one that matches; mark-ups on any price are in its name. */
export function explainPrice(
  offers: readonly Offer[],
  situation: Situation,
  bands?: ReadonlySet<string>
): readonly RuleVerdict[] {
  const verdicts: RuleVerdict[] = []
  let markUp: PriceRule | null = null
  for (const offer of offers) {
    for (const rule of offer.prices) {
      const obstacle = ruleObstacle(rule, situation, bands)
      if (obstacle === null && rule.onAny !== undefined) {
        markUp ??= rule
        continue
      }
      const found = obstacle === null ? markedUp(markUp, priced(rule, situation)) : rule
      verdicts.push({ offer: offer.id, rule: found, obstacle })
      if (obstacle === null) return verdicts
    }
  }
  return verdicts
}

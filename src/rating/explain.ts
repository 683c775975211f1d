/** Why a price was found: the rules that were tried before it, and what each was rejected for. */
import type { Offer, PriceRule } from './catalogue.ts'
import type { Situation } from './classify.ts'
import { type Obstacle, priced, ruleObstacle } from './match.ts'

export interface RuleVerdict {
  readonly offer: string
  readonly rule: PriceRule
  readonly obstacle: Obstacle | null
}

/** Every rule in the order in which findPrice looks at them, up to the one that matches. */
export function explainPrice(
  offers: readonly Offer[],
  situation: Situation,
  bands?: ReadonlySet<string>
): readonly RuleVerdict[] {
  const verdicts: RuleVerdict[] = []
  for (const offer of offers) {
    for (const rule of offer.prices) {
      const obstacle = ruleObstacle(rule, situation, bands)
      const found = obstacle === null ? priced(rule, situation) : rule
      verdicts.push({ offer: offer.id, rule: found, obstacle })
      if (obstacle === null) return verdicts
    }
  }
  return verdicts
}

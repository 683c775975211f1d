/** Price rules: those that nothing can reach, and those that overlap so that only their order tells them apart. */
import type { Match, PriceRule } from '../catalogue.ts'
import type { Path } from '../load/problem.ts'
import { ruleObstacle } from '../match.ts'
import { type Check, type Discovery, exampleOf, type Subject, whereOf } from './finding.ts'
import type { Witness } from './witnesses.ts'

/** A rule where it is written, with the usages that it matches, whichever rules stand before it. */
interface OwnRule {
  readonly rule: PriceRule
  /** Among the rules of its offer. */
  readonly place: number
  readonly name: string
  readonly path: Path
  readonly matched: ReadonlySet<Witness>
}

export const unreachableRules: Check = subject =>
  offersOf(subject).flatMap(({ offer, rules }) =>
    rules.flatMap((own, index): Discovery[] => {
      const [first] = own.matched
      if (first === undefined) {
        const message = 'matches no usage: none is in its zones, destinations, legs and times'
        return [found('rule-never-matches', own, message, null)]
      }
      const left = [...own.matched].some(
        witness => !before(rules, index).some(({ matched }) => matched.has(witness))
      )
      if (left) return []
      const taking = before(rules, index).filter(({ matched }) => matched.has(first))
      const message = `is never reached: the rules before it take all that it matches`
      const by = `${whereOf(first)} is rated by ${taking[0]?.name ?? ''}`
      return [found('rule-unreachable', own, `${message}; ${by}`, exampleOf(first, offer))]
    })
  )

/**
 * Rules of which one holds the other are a usual way to write an exception, and so are rules of which one is for some
 * zones and the other for some numbers. These two list some of the same things and some of their own.
 */
export const overlappingRules: Check = subject =>
  offersOf(subject).flatMap(({ offer, rules }) =>
    rules.flatMap((later, index) =>
      before(rules, index).flatMap((earlier): Discovery[] => {
        const both = [...later.matched].find(witness => earlier.matched.has(witness))
        if (both === undefined || sameTerms(earlier.rule, later.rule)) return []
        if (isWithin(earlier, later) || isWithin(later, earlier)) return []
        if (!haveCrossingLists(earlier.rule.match, later.rule.match)) return []
        const message = `crosses ${earlier.name}, which comes first and takes ${whereOf(both)}`
        const advice = 'say in one of them what it is not for'
        const example = exampleOf(both, offer)
        return [{ ...found('rules-overlap', later, `${message}; ${advice}`, example) }]
      })
    )
  )

/** Those that take what they match; a mark-up on any price leaves it to the next one to say what. */
function before(rules: readonly OwnRule[], index: number): readonly OwnRule[] {
  return rules.slice(0, index).filter(({ rule }) => rule.onAny === undefined)
}

function found(
  code: Discovery['code'],
  { path }: OwnRule,
  message: string,
  example: Discovery['example']
): Discovery {
  const severity = code === 'rules-overlap' ? 'warning' : 'error'
  return { code, severity, path, message, example }
}

/** The rules that each offer has itself, in the order in which they are tried; inherited ones are looked at where they are written. */
function offersOf({ catalogue, source, witnesses }: Subject) {
  return source.offers.map(({ offer, prices = [] }) => {
    const tried = catalogue.offers.get(offer)?.prices ?? []
    const rules = prices.flatMap(({ rule: name }, index): OwnRule[] => {
      const ref = `${catalogue.version}:${offer}/${name}`
      // A mark-up is a rule for each of those that it may be on.
      const made = tried.filter(rule => rule.ref === ref || rule.ref.startsWith(`${ref}+`))
      const rule = made[0] ?? catalogue.rules.get(ref)
      const place = made[0] === undefined ? tried.length : tried.indexOf(made[0])
      const of = rule === undefined ? [] : witnessesFor(rule, witnesses)
      const matched = new Set(of.filter(witness => made.some(one => isRated(one, witness))))
      const written: Path = ['offers', offer, 'prices', index]
      return rule === undefined ? [] : [{ rule, place, name, path: written, matched }]
    })
    return { offer, rules: rules.toSorted((a, b) => a.place - b.place) }
  })
}

function witnessesFor({ service }: PriceRule, witnesses: Subject['witnesses']): readonly Witness[] {
  return service === '' ? [...witnesses.values()].flat() : (witnesses.get(service) ?? [])
}

function isRated(rule: PriceRule, { situation, bands }: Witness): boolean {
  return !situation.emergency && ruleObstacle(rule, situation, bands) === null
}

function isWithin(inner: OwnRule, outer: OwnRule): boolean {
  return [...inner.matched].every(witness => outer.matched.has(witness))
}

function haveCrossingLists(a: Match, b: Match): boolean {
  return crosses(listsOf(a), listsOf(b))
}

type Lists = Readonly<Record<string, ReadonlySet<string | number> | null | undefined>>

function listsOf({ conditions, ...match }: Match): Lists {
  return { ...match, ...conditions }
}

function crosses(a: Lists, b: Lists): boolean {
  return Object.keys(a).some(key => {
    const [mine, other] = [a[key], b[key]]
    if (!mine || !other) return false
    return !isSubset(mine, other) && !isSubset(other, mine)
  })
}

function isSubset(
  inner: ReadonlySet<string | number>,
  outer: ReadonlySet<string | number>
): boolean {
  return [...inner].every(entry => outer.has(entry))
}

function sameTerms(a: PriceRule, b: PriceRule): boolean {
  return JSON.stringify(a.price) === JSON.stringify(b.price)
}

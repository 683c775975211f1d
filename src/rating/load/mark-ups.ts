/**
 * Mark-ups: a rule whose price is a share of another rule's, or of what would be the price without it.
 *
 * The latter is worked out here for every rule that may come next, so that a request finds its price as any other: the
 * first rule that matches. Each of them holds where the mark-up and the rule that it is on both match.
 *
 * A mark-up of an add-on may also be on any price, of whatever offers a subscriber has. That is worked out here as well, for
 * every price of the catalogue, so that what it costs has a name that is known wherever usage is rated again.
 */
import type { Offer, PriceRule, PriceTable, TableTree } from '../catalogue.ts'
import type { Price } from '../prices/types.ts'
import type { DraftRule, MarkUpDraft } from './compile-rule.ts'
import type { Report } from './problem.ts'
import type { OfferFile } from './source.ts'

/** Stands for any price in `of`. */
const anyPrice = '*'

/** A mark-up on any price, which waits for all rules of the catalogue. */
export interface OnAny {
  readonly rule: PriceRule
  readonly share: number
  readonly made: Map<PriceRule, PriceRule>
}

/** Those of a catalogue, by the rule as it is written: an offer that inherits one has the same. */
export type AllOnAny = Map<PriceRule, OnAny>

/** Gives mark-ups on any price what they make of each. */
export function markAll(all: AllOnAny, offers: Iterable<Offer>): void {
  if (all.size === 0) return
  const rules = [...offers].flatMap(({ prices }) => prices)
  const bases = rules
    .filter(rule => rule.onAny === undefined)
    .flatMap(rule => rule.table?.rows ?? [rule])
  for (const { rule, share, made } of all.values()) {
    for (const base of bases) {
      if (isOf(base, rule.service)) made.set(base, onTopOf(rule, base, share))
    }
  }
}

/** Whether its tax is in it is as in the price that it is on. */
function onTopOf({ tax: _tax, ...rule }: PriceRule, base: PriceRule, share: number): PriceRule {
  const { tax, row } = base
  return {
    ...rule,
    ref: `${rule.ref}+${nameOf(base.ref)}`,
    price: shareOf(base.price, share),
    ...(tax === undefined ? {} : { tax }),
    ...(row === undefined ? {} : { row })
  }
}

/** The rules of an offer in the order in which they are tried, with their prices. `named`: every rule by `offer/rule`. */
export function joinRules(
  { offer, kind }: Pick<OfferFile, 'offer' | 'kind'>,
  drafts: readonly DraftRule[],
  named: ReadonlyMap<string, DraftRule>,
  all: AllOnAny,
  report: Report
): readonly PriceRule[] {
  const sorted = drafts.toSorted((a, b) => a.priority - b.priority)
  return sorted.flatMap((draft, index): readonly PriceRule[] => {
    const { rule, markUp } = draft
    if (markUp === undefined) return [rule]
    if (markUp.of === anyPrice) return [onAny(kind, rule, markUp, all, report)]
    if (markUp.of !== null) return onNamed(offer, rule, markUp, named, report)
    const later = sorted
      .slice(index + 1)
      .filter(next => next.markUp === undefined && isOf(next.rule, rule.service))
    if (later.length === 0) {
      report([...markUp.at, 'mark-up'], 'no rule for its service comes after it; name one with of')
    }
    return later.map(next => ({ ...marked(rule, next.rule, markUp.share), over: next.rule }))
  })
}

function onAny(
  kind: OfferFile['kind'],
  rule: PriceRule,
  { share, at }: MarkUpDraft,
  all: AllOnAny,
  report: Report
): PriceRule {
  if (kind === 'base') {
    report([...at, 'of'], 'only an add-on marks up any price; name a rule, or leave of out')
  }
  const { made } = all.get(rule) ?? { made: new Map<PriceRule, PriceRule>() }
  all.set(rule, { rule, share, made })
  return { ...rule, onAny: made }
}

function isOf(rule: PriceRule, service: string): boolean {
  return rule.service === service || rule.service === '' || service === ''
}

function onNamed(
  offer: string,
  rule: PriceRule,
  { of: written, share, at }: MarkUpDraft,
  named: ReadonlyMap<string, DraftRule>,
  report: Report
): readonly PriceRule[] {
  const name = written?.includes('/') ? written : `${offer}/${written}`
  const base = named.get(name)
  if (base === undefined) {
    report([...at, 'of'], `there is no rule ${name}; name one of this offer, or write offer/rule`)
    return []
  }
  if (base.markUp !== undefined || !isOf(base.rule, rule.service)) {
    const why = base.markUp === undefined ? `is for ${base.rule.service}` : 'is a mark-up itself'
    report([...at, 'of'], `${name} ${why}; name another rule`)
    return []
  }
  return [marked(rule, base.rule, share)]
}

function marked(rule: PriceRule, base: PriceRule, share: number): PriceRule {
  const ref = `${rule.ref}+${nameOf(base.ref)}`
  const made = { ...rule, ref, price: shareOf(base.price, share) }
  return base.table === undefined ? made : { ...made, table: markedTable(made, base.table, share) }
}

/** `offer/rule`, and the row if it is one. */
function nameOf(ref: string): string {
  return ref.slice(ref.indexOf(':') + 1)
}

function shareOf(of: Price, share: number): Price {
  if (of.model === 'free' || of.model === 'blocked' || of.model === 'unmetered') return of
  return of.over === undefined
    ? { model: 'mark-up', share, of }
    : { model: 'mark-up', share, of, over: of.over }
}

function markedTable(rule: PriceRule, table: PriceTable, share: number): PriceTable {
  const made = new Map<PriceRule, PriceRule>()
  for (const row of table.rows) {
    const key = row.ref.slice(row.ref.indexOf('@'))
    const { row: origin } = row
    made.set(row, {
      ...rule,
      ref: `${rule.ref}${key}`,
      price: shareOf(row.price, share),
      ...(origin === undefined ? {} : { row: origin })
    })
  }
  const copy = (tree: TableTree): TableTree =>
    new Map(
      Array.from(tree, ([key, next]) => [
        key,
        next instanceof Map ? copy(next) : (made.get(next as PriceRule) ?? next)
      ])
    )
  return { ...table, rows: [...made.values()], tree: copy(table.tree) }
}

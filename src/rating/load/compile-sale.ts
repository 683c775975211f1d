/** To whom and when an offer is sold, and what happens when it replaces another one. */
import type { Offer } from '../catalogue.ts'
import { checkName } from './compile-network.ts'
import { localTimeAt } from './local-time.ts'
import type { Path, Report } from './problem.ts'
import type { CatalogueParts, OfferFile } from './source.ts'

/** The offers with what their files say of their sale. */
export function withSales(
  offers: ReadonlyMap<string, Offer>,
  parts: CatalogueParts,
  report: Report
): ReadonlyMap<string, Offer> {
  const timeZone = parts.catalogue?.['time-zone'] ?? 'UTC'
  const complete = parts.offers.every(file => file !== null)
  const sold = new Map(offers)
  for (const [index, file] of parts.offers.entries()) {
    const offer = file === null ? undefined : sold.get(file.offer)
    if (file === null || offer === undefined) continue
    const at = ['offers', index]
    if (complete) checkNames(file, offers, at, report)
    sold.set(file.offer, { ...offer, ...compileSale(file, timeZone, at, report) })
  }
  return sold
}

function checkNames(
  file: OfferFile,
  offers: ReadonlyMap<string, Offer>,
  at: Path,
  report: Report
): void {
  const { requires = [], excludes = [] } = file
  for (const [key, names] of Object.entries({ requires, excludes })) {
    for (const [index, name] of names.entries()) {
      const path = [...at, key, index]
      checkName(offers, name, path, 'offer', report)
      if (name === file.offer) report(path, 'is the offer itself; remove it')
    }
  }
  const both = requires.find(name => excludes.includes(name))
  if (both !== undefined) report([...at, 'excludes'], `${both} is in requires too; remove one`)
}

function compileSale(
  file: OfferFile,
  timeZone: string,
  at: Path,
  report: Report
): Pick<Offer, 'sale' | 'onChange'> {
  const { requires = [], excludes = [], 'on-change': onChange } = file
  const instant = (key: 'sold-from' | 'sold-until') => {
    const text = file[key]
    const found = text === undefined ? null : localTimeAt(text, timeZone)
    if (text !== undefined && found === null) {
      report([...at, key], `"${text}" is no date and time`)
    }
    return found
  }
  const from = instant('sold-from')
  const until = instant('sold-until')
  if (from !== null && until !== null && from >= until) {
    report([...at, 'sold-until'], 'is not later than sold-from; nobody could buy the offer')
  }
  const change = onChange === undefined ? {} : { onChange }
  if (from === null && until === null && requires.length + excludes.length === 0) return change
  return { ...change, sale: { from, until, requires, excludes } }
}

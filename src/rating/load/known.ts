/** What the parts of a catalogue refer to in each other. */
import type { FinalUnits } from '../../domain/answer.ts'
import type { Service, Tax } from '../catalogue.ts'
import type { CatalogueParts, TableFile } from './source.ts'

/** null where the file could not be read, then what refers to it is not checked. */
export interface Known {
  readonly version: string
  readonly services: ReadonlyMap<string, Service> | null
  readonly zones: ReadonlySet<string> | null
  readonly destinations: ReadonlySet<string> | null
  readonly bands: ReadonlySet<string> | null
  readonly finalUnits: ReadonlyMap<string, FinalUnits> | null
  readonly tables: ReadonlyMap<string, TableFile>
  readonly money: KnownMoney | null
}

/** How money and periods are counted unless an offer says otherwise. */
export interface KnownMoney {
  readonly currency: string
  readonly timeZone: string
  /** Decimals of what can be paid in the currency; absent: as ISO 4217 has it. */
  readonly minorDigits: number | undefined
  readonly tax: Tax | undefined
}

/** Beside what has been compiled: what the files say by themselves. */
export function knownOf(parts: CatalogueParts, compiled: Omit<Known, 'tables' | 'money'>): Known {
  const { catalogue: file } = parts
  return {
    ...compiled,
    tables: new Map((parts.tables ?? []).map(table => [table.table, table])),
    money: file && {
      currency: file.currency,
      timeZone: file['time-zone'],
      minorDigits: file['minor-digits'],
      tax: file.tax
    }
  }
}

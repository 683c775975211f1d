/** What a re-rating leaves as it is, in sentences without their full stop. */
import type { Summary } from './summary.ts'

export function remarksOf({
  unpriced,
  otherCurrency
}: Pick<Summary, 'unpriced' | 'otherCurrency'>): readonly string[] {
  const remarks: string[] = []
  if (unpriced === 1) {
    remarks.push('1 part of the CDRs has no price in this catalogue and stays as it is')
  } else if (unpriced > 1) {
    const parts = `${unpriced} parts of the CDRs`
    remarks.push(`${parts} have no price in this catalogue and stay as they are`)
  }
  if (otherCurrency === 1) remarks.push('1 CDR is in another currency and is left out')
  else if (otherCurrency > 1) {
    remarks.push(`${otherCurrency} CDRs are in other currencies and are left out`)
  }
  return remarks
}

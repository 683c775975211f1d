/** What subscribers choose of the limits of their offers. */

/** What a subscriber chooses of a limit that one of its offers has. */
export interface SetLimit {
  readonly kind: 'set-limit'
  readonly accountId: string
  readonly limit: string
  /** null: of the limit that all lines share. */
  readonly lineId: string | null
  /** Money as decimal text, or units such as `5 GB`; null: that of the offer again. Absent: as it is. */
  readonly amount?: string | number | null
  /** Whether to go on when it is reached: no, until its period ends, or always. Absent: as it is. */
  readonly beyond?: 'no' | 'period' | 'always'
}

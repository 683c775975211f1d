/** Exact fractions of whole numbers of any size. Slow and plain, on purpose. */
export interface Fraction {
  readonly top: bigint
  /** Above zero. */
  readonly bottom: bigint
}

export function fraction(top: bigint, bottom = 1n): Fraction {
  return { top, bottom }
}

export function times(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.top, bottom: a.bottom * b.bottom }
}

export function dividedBy(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom, bottom: a.bottom * b.top }
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom }
}

/** The smallest whole number that is not below it. */
export function roundedUp({ top, bottom }: Fraction): bigint {
  const whole = top / bottom
  return whole * bottom < top ? whole + 1n : whole
}

/** Decimal text such as `0.01`. */
export function decimal(text: string): Fraction {
  const [whole = '', parts = ''] = text.split('.')
  return { top: BigInt(whole + parts), bottom: 10n ** BigInt(parts.length) }
}

/** Accounts that are read by one statement, with the number of each up to which it is looked at. */
export interface AccountSlice {
  readonly ids: readonly string[]
  readonly numbers: readonly number[]
}

/**
 * Accounts in slices whose outboxes have no more than `numbersMax` numbers together, so that a statement on each ends in
 * time however many CDRs the accounts have; one with more is a slice by itself.
 */
export function slicesOf(
  upTo: ReadonlyMap<string, number>,
  numbersMax: number
): readonly AccountSlice[] {
  const slices: { ids: string[]; numbers: number[] }[] = []
  let slice: { ids: string[]; numbers: number[] } | null = null
  let sum = 0
  for (const [id, number] of upTo) {
    sum += number
    if (slice === null || sum > numbersMax) {
      slice = { ids: [], numbers: [] }
      slices.push(slice)
      sum = number
    }
    slice.ids.push(id)
    slice.numbers.push(number)
  }
  return slices
}

/** Work that is done in turn, and made ready ahead. */

/**
 * Does the work of each item, of two at a time. `earlier` resolves when the work of the items before has ended: true when
 * all of it succeeded. Rejects with what the first one failed with, when none is at work any more.
 */
export async function inTurn<T>(
  items: Iterable<T>,
  work: (item: T, earlier: Promise<boolean>) => Promise<void>
): Promise<void> {
  const faults: unknown[] = []
  let before = Promise.resolve(true)
  let last = before
  for (const item of items) {
    if (!(await before)) break
    before = last
    last = work(item, before).then(
      () => true,
      fault => {
        faults.push(fault)
        return false
      }
    )
  }
  await before
  await last
  if (faults.length > 0) throw faults[0]
}

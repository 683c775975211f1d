/** `.ts` or `.js`: tests run from their sources, or compiled and beside the built program. */
export const suffix: string = import.meta.url.slice(-3)

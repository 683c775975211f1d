/** What a test file says in TAP: how much passed, and what a person wants to see of one that failed. */
export interface Counts {
  /** Assertions. */
  readonly passed: number
  /** Also those that were skipped or are to be done, so that none goes unseen; and a file that failed otherwise is one more. */
  readonly failed: number
}

/**
 * Reads the totals that tap writes at the end. Without them, with a count of none, when the file failed although no
 * assertion did (it crashed, or ran out of time), or where tap refused a test because its parent had ended, there is at
 * least one failure.
 */
export function countAssertions(output: string, exitStatus: number): Counts {
  const totals = /^# \{ total: \d+(.*)\}$/m.exec(output)?.[1] ?? ''
  const count = (word: string) => Number(new RegExp(`\\b${word}: (\\d+)`).exec(totals)?.[1] ?? 0)
  const passed = count('pass')
  const failed = count('fail') + count('skip') + count('todo')
  const isWhole = exitStatus === 0 && passed + failed > 0 && !refused.test(output)
  return { passed, failed: isWhole ? failed : Math.max(1, failed) }
}

const refused = /cannot create subtest after|subtest after parent test end/

const boring = /^\s*(ok \d+|# Subtest|# time=|1\.\.\d|TAP version|$)/
/** A bundled file in a stack trace can be one line of a megabyte. */
const columnsMax = 1_600

/** The output without what passed. */
export function failuresIn(output: string): string[] {
  const lines = output.split('\n').filter(line => !boring.test(line))
  return lines.map(line => line.slice(0, columnsMax))
}

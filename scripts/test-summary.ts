/** Counts from the raw TAP output of a whole run. */
export interface Counts {
  /** Assertions. A test file that crashed or ran out of time counts as one failed assertion more. */
  readonly passed: number
  readonly failed: number
  readonly files: number
}

/**
 * Reads the totals that tap writes at the end. Without them, or when tap failed although no assertion did
 * (a file without tests, an interrupted run), there is at least one failure.
 */
export function countAssertions(tapOutput: string, exitStatus: number): Counts {
  const totals = /^# \{ total: \d+(.*)\}$/m.exec(tapOutput)?.[1] ?? ''
  const count = (word: string) => Number(new RegExp(`\\b${word}: (\\d+)`).exec(totals)?.[1] ?? 0)
  // Skipped tests and reminders fail the run (.taprc), so that none goes unseen.
  const failed = count('fail') + count('skip') + count('todo')
  const files = tapOutput.match(/^(not )?ok \d+ - /gm)?.length ?? 0
  return {
    passed: count('pass'),
    failed: exitStatus === 0 ? failed : Math.max(1, failed),
    files
  }
}

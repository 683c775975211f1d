/**
 * What a person sees of a run: a line for each test file, and of one that failed the failed assertions.
 *
 * tap's own reporters draw a screen several times a second, which costs as much as the tests and fills the
 * log of a CI run, and the quiet one hides why a file crashed.
 */
export interface Report {
  /** Takes the raw TAP output, in chunks of any size. */
  write(chunk: string): void
  end(): void
}

/** At the left margin, these belong to the whole run. */
const fileResult = /^(ok|not ok) \d+ - (.*?)(?: # time=([\d.]+)ms)?(?: \{)?$/
const boring = /^(TAP version|1\.\.\d|# No coverage|# \{ total|# time=|\s*$)/
/** A bundled file in a stack trace can be one line of a megabyte. */
const columnsMax = 1_600

const passedInside = /^ *(ok \d+|# Subtest|# time=|1\.\.\d|$)/

export function createReport(print: (line: string) => void): Report {
  let rest = ''
  /** Of the test file whose output is arriving: what would be shown if it failed. */
  let held: string[] = []
  /** After a file that failed, its diagnostics follow. */
  let inDiagnostics = false

  function takeLine(line: string): void {
    const result = fileResult.exec(line)
    if (result) {
      const [, verdict, name, time] = result
      print(`${verdict === 'ok' ? 'ok    ' : 'FAILED'} ${name} ${Math.round(Number(time ?? 0))} ms`)
      if (verdict !== 'ok') for (const shown of held) print(shown)
      held = []
      inDiagnostics = false
      return
    }
    if (line === '  ---') inDiagnostics = true
    if (!inDiagnostics && !boring.test(line) && !passedInside.test(line)) {
      held.push(line.slice(0, columnsMax))
    }
    if (line === '  ...') inDiagnostics = false
  }

  return {
    write(chunk) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) takeLine(line)
    },
    end() {
      // What was not followed by a result: the run was interrupted in the middle of a file.
      if (rest !== '') held.push(rest)
      for (const line of held) print(line)
    }
  }
}

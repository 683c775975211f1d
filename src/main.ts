#!/usr/bin/env node
/** The program: runs a command and gives its exit status. */
import { reportError } from './cli/errors.ts'
import { stopWhenNobodyReads } from './cli/output.ts'
import { createProgram } from './cli/program.ts'

stopWhenNobodyReads()
try {
  await createProgram().parseAsync()
} catch (error) {
  process.exit(reportError(error))
}

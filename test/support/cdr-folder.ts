/** Embedded CDR stores. To make one takes Postgres seconds: the run has one without CDRs, to be copied. */
import { cpSync, existsSync } from 'node:fs'

/** Puts an empty store into the folder, if none is there; without that of the run, whoever opens it makes it. */
export function makeCdrs(folder: string): void {
  const made = process.env['GYRO_TEST_CDR_FOLDER']
  if (made !== undefined && !existsSync(folder)) cpSync(made, folder, { recursive: true })
}

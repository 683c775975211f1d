/** The built program, for whoever starts servers. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The path of `dist/main.js`. Tests start it hundreds of times: built once, it starts several times faster than from its sources. Types are not checked. */
export function buildProgram(): string {
  const args = ['--import', 'tsx', 'scripts/build.ts', '--unchecked']
  const built = spawnSync(process.execPath, args, {
    encoding: 'utf8'
  })
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`)
  return fileURLToPath(new URL('../dist/main.js', import.meta.url))
}

/** An embedded CDR store without CDRs in the folder, to be copied: making one takes seconds each time. */
export function makeCdrFolder(program: string, folder: string): string {
  const cdrs = join(folder, 'cdrs')
  const made = spawnSync(process.execPath, [program, 'cdr', 'list'], {
    encoding: 'utf8',
    env: { ...process.env, GYRO_CDR: `embedded:${cdrs}`, GYRO_STORE: `embedded:${cdrs}-state` }
  })
  if (made.status !== 0) throw new Error(`an embedded CDR store cannot be made:\n${made.stderr}`)
  return cdrs
}

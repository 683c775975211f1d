/** Packages of Debian and Ubuntu, for what tests start. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Root on Debian or Ubuntu may install what a test run lacks. */
export function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version')
}

export function installPackages(packages: readonly string[]): void {
  apt(['update'])
  apt(['install', '--yes', '--no-install-recommends', ...packages])
}

function apt(args: readonly string[]): void {
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    // Packages leave their services alone in this runlevel: the tests start their own.
    RUNLEVEL: '1'
  }
  const { status, error, stdout, stderr } = spawnSync('apt-get', ['--quiet', ...args], {
    env,
    encoding: 'utf8'
  })
  if (status === 0) return
  throw new Error(`apt-get ${args.join(' ')} failed:\n${stdout}${stderr}${error?.message ?? ''}`)
}

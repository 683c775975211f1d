/** The version of the program, from its package.json. */
import { readFileSync } from 'node:fs'

/** package.json stands beside src/ and beside dist/. */
export function programVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}

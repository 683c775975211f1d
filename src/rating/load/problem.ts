/** Problems of a catalogue: where each one is, and what to do. They are collected, never thrown singly. */
import { GyroError } from '../../domain/errors.ts'

/** From a file's name or number down to a key: `['offers', 0, 'prices', 2, 'per']`. */
export type Path = readonly (string | number)[]

export interface Problem {
  readonly path: Path
  readonly message: string
  /** Whether the key is wrong, rather than its value. */
  readonly atKey: boolean
}

export type Report = (path: Path, message: string, atKey?: boolean) => void

/** `['prices', 2, 'per']` as `prices[2].per`. */
export function keyText(path: Path): string {
  let text = ''
  for (const step of path) {
    text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${step}`
  }
  return text
}

/** The one error for all problems of a catalogue, each on a line of its own. */
export function invalidCatalogue(what: string, lines: readonly string[]): GyroError {
  const count = lines.length === 1 ? 'one problem' : `${lines.length} problems`
  return new GyroError(
    'GYRO_CATALOGUE_INVALID',
    `${what} is not valid, ${count}:\n${lines.map(line => `  ${line}`).join('\n')}`
  )
}

/** What commands about accounts begin with: the accounts, and files of JSON Lines. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { GyroError } from '../domain/errors.ts'
import type { AccountLine, AccountsBackend } from './backend.ts'

export async function withAccounts(
  run: (backend: AccountsBackend) => Promise<void>
): Promise<void> {
  const { openAccounts } = await import('./open-backend.ts')
  const backend = await openAccounts()
  try {
    await run(backend)
  } finally {
    await backend.close()
  }
}

export async function* readLines(file: string): AsyncGenerator<AccountLine> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  let number = 0
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      if (text.trim() !== '') yield { number, text }
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw new GyroError('GYRO_INPUT_INVALID', `${file} cannot be read: ${error.message}`)
  }
}

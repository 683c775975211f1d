/** gyro accounts add-lines, change-line, end-line: the lines of an account that is there. */
import type { Command } from 'commander'
import { GyroError } from '../domain/errors.ts'
import type { AccountsBackend } from './backend.ts'
import { usage } from './errors.ts'
import { readLines, withAccounts } from './open-accounts.ts'
import { note } from './output.ts'

interface Numbers {
  readonly msisdn?: string
  readonly imsi?: string
}

/** In one request: of each all lines are added, or none. */
const linesPerRequest = 1_000

export function addLineCommands(accounts: Command): void {
  accounts
    .command('add-lines')
    .description('add lines to an account, from a file of JSON Lines or from stdin')
    .argument('<id>', 'account id')
    .argument('[file]', 'the file; - or nothing: stdin', '-')
    .addHelpText('after', addHelp)
    .action(async (id: string, file: string) => {
      await withAccounts(backend => addAll(backend, id, file))
    })
  accounts
    .command('change-line')
    .description('give a line of an account another MSISDN, another IMSI, or both')
    .argument('<id>', 'account id')
    .argument('<line>', 'MSISDN or IMSI of the line')
    .option('--msisdn <digits>', 'the new MSISDN')
    .option('--imsi <digits>', 'the new IMSI')
    .action(async (id: string, line: string, { msisdn, imsi }: Numbers) => {
      if (msisdn === undefined && imsi === undefined) throw usage('give --msisdn, --imsi or both')
      const numbers = {
        ...(msisdn === undefined ? {} : { msisdn }),
        ...(imsi === undefined ? {} : { imsi })
      }
      await withAccounts(backend => backend.changeLine(id, line, numbers))
      note(`line ${line} of ${id} changed`)
    })
  accounts
    .command('end-line')
    .description('end a line of an account at once, with what it has for itself')
    .argument('<id>', 'account id')
    .argument('<line>', 'MSISDN or IMSI of the line')
    .action(async (id: string, line: string) => {
      await withAccounts(backend => backend.endLine(id, line))
      note(`line ${line} of ${id} ended`)
    })
}

const addHelp = `
Each line is one of the account's, as in the body of POST /v1/accounts:
  {"msisdn":"4915100000002","imsi":"262010000000002","offers":["data-5gb"]}
A thousand are added at a time, all of them or none. What is in the way of one ends the command.`

async function addAll(backend: AccountsBackend, id: string, file: string): Promise<void> {
  let lines: unknown[] = []
  let added = 0
  const send = async () => {
    try {
      await backend.addLines(id, { lines })
    } catch (error) {
      if (added > 0) note(`${added} lines were added before`)
      throw error
    }
    added += lines.length
    lines = []
  }
  for await (const { number, text } of readLines(file)) {
    lines.push(parsed(number, text))
    if (lines.length === linesPerRequest) await send()
  }
  if (lines.length > 0) await send()
  note(`${added} lines added to ${id}`)
}

function parsed(number: number, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new GyroError('GYRO_INPUT_INVALID', `line ${number}: ${(error as Error).message}`)
  }
}

/**
 * Brings accounts to their ledger whose store has lost its tail: found by number, and repaired in the lane of the account,
 * once, whoever else asks for it and whatever else happens to the account.
 */
import { createHash } from 'node:crypto'
import type { WholeAccounts } from '../balance/whole-accounts.ts'
import type { Accounts } from '../charging/ports.ts'
import { balancesOf } from '../charging/reconcile.ts'
import type { AccountDocuments, AccountLedger, LedgerReader } from '../charging/reconciliation.ts'

export interface Repair {
  readonly accountId: string
  /** Empty: it was brought to its ledger. */
  readonly refused: string
  /** What each wallet and bucket gained. */
  readonly differences: readonly (readonly [target: string, amount: number])[]
}

export interface Repairer {
  /** null: the account is not behind its ledger. */
  repair(accountId: string): Promise<Repair | null>
}

export function createRepairer(
  accounts: WholeAccounts,
  ledger: LedgerReader,
  submit: Accounts['submit']
): Repairer {
  /** The account, and the whole of its ledger. */
  async function look(accountId: string) {
    const [documents] = await accounts.read([accountId])
    if (documents === undefined) return null
    const read = async (upTo: number) =>
      (await ledger.books(new Map([[accountId, upTo]]))).accounts.get(accountId)
    const last = (await read(documents.account.records))?.last ?? 0
    if (last <= documents.account.records) return null
    const book = await read(last)
    return book === undefined ? null : { documents, book }
  }

  return {
    async repair(accountId) {
      const found = await look(accountId)
      if (found === null) return null
      const { documents, book } = found
      const refused = obstacle(book)
      const differences = differencesOf(documents, book)
      if (refused !== '') return { accountId, refused, differences }
      let from: number | null = documents.account.records
      for (const [lineId, some] of byLine(documents, differences)) {
        const content = JSON.stringify([accountId, lineId, book.last, some])
        const digest = createHash('sha256').update(content).digest('hex')
        const operation = { key: `restore ${book.last} ${lineId}`, digest }
        const request = { kind: 'restore', accountId, lineId, from, upTo: book.last } as const
        const answer = await submit({ ...request, differences: some, operation })
        if (answer.kind === 'refused') return { accountId, refused: answer.detail, differences }
        from = null
      }
      return { accountId, refused: '', differences }
    }
  }
}

/** Why the ledger is not what the account is to be; empty: it is. */
function obstacle({ deadLetters, mismatches, missingCount }: AccountLedger): string {
  if (deadLetters > 0) {
    return 'it has gone on since with numbers that were given before, and has dead letters: see outbox_rejected'
  }
  if (mismatches.length > 0) return 'its ledger and its CDRs differ'
  return missingCount > 0 ? 'numbers of it are missing in the database' : ''
}

function differencesOf(documents: AccountDocuments, book: AccountLedger): [string, number][] {
  const balances = balancesOf(documents)
  const targets = new Set(['wallet', ...balances.keys(), ...book.targets.keys()])
  return [...targets].flatMap((target): [string, number][] => {
    const { held, unrecorded } = balances.get(target) ?? { held: 0n, unrecorded: 0n }
    const difference = (book.targets.get(target) ?? 0n) - held - unrecorded
    return difference === 0n ? [] : [[target, Number(difference)]]
  })
}

/** First what all lines share, also when it is nothing, as the numbers go on with it. */
function byLine(
  { lines }: AccountDocuments,
  differences: readonly [string, number][]
): Map<string, [string, number][]> {
  const groups = new Map<string, [string, number][]>([['', []]])
  for (const difference of differences) {
    const owners = lines.filter(({ buckets }) => buckets.some(({ id }) => id === difference[0]))
    // Of a bucket that several lines have the ledger does not say which: it stays a break.
    if (owners.length > 1) continue
    const lineId = owners[0]?.id ?? ''
    groups.set(lineId, [...(groups.get(lineId) ?? []), difference])
  }
  return groups
}

/**
 * An account as its newest snapshot and its ledger say: what is to be written into an empty store, and what a store that
 * lives is compared with. Pure.
 */
import {
  type Account,
  type Bucket,
  type Counter,
  feesDueAt,
  type Line,
  type PriceCount
} from '../domain/account.ts'
import type { EpochMs } from '../domain/time.ts'
import { balancesOf } from './reconcile.ts'
import type { AccountDocuments, AccountLedger } from './reconciliation.ts'
import { sameAccount, sameLine } from './snapshot.ts'

export interface AccountPicture {
  readonly account: Account
  readonly lines: readonly Line[]
}

/**
 * Wallet and buckets are the sums of the ledger. Nothing is reserved, because sessions are not made again. What counters
 * and prices have counted is that of the snapshot, as the ledger does not have it.
 */
export function pictureOf(
  { account, lines }: AccountPicture,
  { last, targets }: Pick<AccountLedger, 'last' | 'targets'>
): AccountPicture {
  const filled = (bucket: Bucket): Bucket => ({
    ...bucket,
    available: Math.max(0, Number(targets.get(bucket.id) ?? 0n)),
    reserved: 0
  })
  return {
    account: {
      ...account,
      ...freed(account),
      records: last,
      openSessions: 0,
      sweepAt: firstFee(lines),
      wallet: { available: Number(targets.get('wallet') ?? 0n), reserved: 0 },
      buckets: account.buckets.map(filled)
    },
    lines: lines.map(line => ({ ...line, ...freed(line), buckets: line.buckets.map(filled) }))
  }
}

/** When the first of the fees is due that lines have for themselves; 0: none is. */
function firstFee(lines: readonly Line[]): EpochMs {
  const instants = lines.map(feesDueAt).filter(at => at > 0)
  return instants.reduce((first, at) => Math.min(first, at), instants[0] ?? 0)
}

interface Counts {
  readonly counters: readonly Counter[]
  readonly counts?: readonly PriceCount[]
}

function freed({ counters, counts }: Counts): Counts {
  return {
    counters: counters.map(counter => ({ ...counter, reserved: 0 })),
    ...(counts === undefined ? {} : { counts: counts.map(freedCount) })
  }
}

function freedCount({ open: _, ...count }: PriceCount): PriceCount {
  return { ...count, held: 0 }
}

/** What a live account, without what its open sessions hold and have used, has that its picture has not; in words. */
export function differences(picture: AccountPicture, live: AccountDocuments): readonly string[] {
  const found: string[] = []
  const rebuilt = balancesOf({ ...picture, sessions: [] })
  const balances = balancesOf(live)
  for (const target of new Set([...rebuilt.keys(), ...balances.keys()])) {
    const { held, unrecorded } = balances.get(target) ?? { held: 0n, unrecorded: 0n }
    const sum = rebuilt.get(target)?.held ?? 0n
    if (sum !== held + unrecorded) found.push(`${target}: ${sum}, the store ${held + unrecorded}`)
  }
  if (!sameAccount(picture.account, live.account))
    found.push('status, offers, allowances or limits')
  const lines = new Map(picture.lines.map(line => [line.id, line]))
  for (const line of live.lines) {
    const known = lines.get(line.id)
    if (known === undefined) found.push(`line ${line.id} is in no snapshot`)
    else if (!sameLine(known, line)) found.push(`line ${line.id}: identities, allowances or limits`)
    lines.delete(line.id)
  }
  for (const id of lines.keys()) found.push(`line ${id} is not in the store`)
  return found
}

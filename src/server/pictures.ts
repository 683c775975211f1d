/** Accounts as the CDR database has them: the newest snapshot of each account and line, the ledger, and the CDRs. */
import { topUpOperation } from '../api/accounts.ts'
import { decodeAccount, decodeLine } from '../balance/documents/account.ts'
import type { LostAccount } from '../balance/empty-store.ts'
import { type AccountPicture, pictureOf } from '../charging/rebuild.ts'
import { emptyLedger } from '../charging/reconcile.ts'
import type { LedgerReader, SnapshotBook } from '../charging/reconciliation.ts'
import { limits } from '../domain/limits.ts'
import type { Clock } from '../domain/time.ts'

export interface PicturesOptions {
  readonly snapshots: SnapshotBook
  readonly ledger: LedgerReader
  readonly clock: Clock
}

export interface Pictures {
  /** Each account up to its number; those without a snapshot are left out. */
  picturesOf(upTo: ReadonlyMap<string, number>): Promise<Map<string, AccountPicture>>
  /** The snapshots alone. */
  read(ids: readonly string[]): Promise<Map<string, AccountPicture>>
  /** Accounts up to their last number, with what repeats of their requests are known by. */
  lostOf(ids: readonly string[]): Promise<LostAccount[]>
}

const hourMs = 3_600_000

export function createPictures({ snapshots, ledger, clock }: PicturesOptions): Pictures {
  async function picturesOf(
    upTo: ReadonlyMap<string, number>
  ): Promise<Map<string, AccountPicture>> {
    const { accounts: books } = await ledger.books(upTo)
    const found = new Map<string, AccountPicture>()
    for (const [id, documents] of await read([...upTo.keys()])) {
      const last = upTo.get(id) ?? 0
      found.set(id, pictureOf(documents, { ...(books.get(id) ?? emptyLedger), last }))
    }
    return found
  }

  async function read(ids: readonly string[]): Promise<Map<string, AccountPicture>> {
    const found = new Map<string, AccountPicture>()
    for (const [id, documents] of byAccount(await snapshots.read(ids))) {
      const own = documents.find(({ lineId }) => lineId === '')
      if (own === undefined) continue
      const lines = documents.filter(({ lineId }) => lineId !== '')
      const account = decodeAccount(own.text)
      found.set(id, { account, lines: lines.map(({ text }) => decodeLine(text)) })
    }
    return found
  }

  async function lostOf(ids: readonly string[]): Promise<LostAccount[]> {
    const { accounts: books } = await ledger.books(new Map(ids.map(id => [id, 0])))
    const pictures = await picturesOf(new Map(ids.map(id => [id, books.get(id)?.last ?? 0])))
    const now = clock.now()
    const sessions = byAccount(await snapshots.sessions(ids, now - limits.receiptHours * hourMs))
    const since = now - limits.operationSeconds * 1_000
    const topUps = byAccount(await snapshots.topUps(ids, since))
    return Array.from(pictures, ([id, picture]) => ({
      ...picture,
      sessions: sessions.get(id) ?? [],
      operations: (topUps.get(id) ?? []).map(({ key, amount, at }) => {
        const { digest } = topUpOperation(key, amount)
        const ttlSeconds = Math.max(1, Math.ceil((at - since) / 1_000))
        return { key, receipt: { digest, at, result: 'done' }, ttlSeconds }
      })
    }))
  }

  return { picturesOf, read, lostOf }
}

function byAccount<T extends { readonly accountId: string }>(
  items: readonly T[]
): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(item.accountId)
    if (group === undefined) groups.set(item.accountId, [item])
    else group.push(item)
  }
  return groups
}

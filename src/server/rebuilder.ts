/**
 * Makes the accounts of a lost store again from what the CDR database has of them, and compares the same with a store that
 * lives. What it has is the newest snapshot of each account and line, the ledger, and the CDRs.
 */

import { accountHead, encodeAccount, encodeLine } from '../balance/documents/account.ts'
import { checkEmpty, writeLost } from '../balance/empty-store.ts'
import type { Store } from '../balance/store.ts'
import { createVersions } from '../balance/versions.ts'
import { createWholeAccounts } from '../balance/whole-accounts.ts'
import { type AccountPicture, differences } from '../charging/rebuild.ts'
import type { AccountDocuments, SnapshotDocument } from '../charging/reconciliation.ts'
import type { Random, Scheduler } from '../domain/time.ts'
import { createPictures, type PicturesOptions } from './pictures.ts'

export interface RebuilderOptions extends PicturesOptions {
  readonly random: Random
  readonly scheduler: Scheduler
  /** Milliseconds for which records may be on their way; 10,000 unless given. */
  readonly patienceMs?: number
}

export interface Rebuilt {
  readonly accounts: number
  readonly lines: number
  /** What could not be made again, in words. */
  readonly problems: readonly string[]
}

export interface Compared {
  readonly accounts: number
  /** What the store has otherwise, in words. */
  readonly differences: readonly string[]
}

export interface Rebuilder {
  /** Rejects with GYRO_CONFLICT when the store holds anything, or is in use. */
  into(store: Store): Promise<Rebuilt>
  /** Beside traffic; writes nothing. */
  compare(store: Store): Promise<Compared>
  /** Keeps a snapshot of every account as it is now; how many. */
  keep(store: Store): Promise<number>
}

const page = 500
const lookEveryMs = 500

export function createRebuilder(options: RebuilderOptions): Rebuilder {
  const { snapshots, ledger, scheduler, patienceMs = 10_000 } = options

  const { picturesOf, read, lostOf } = createPictures(options)

  /** In the ledger, and in no snapshot. */
  async function withoutSnapshot(): Promise<string[]> {
    const missing: string[] = []
    for await (const ids of pagesOf(async after => [
      ...(await ledger.accounts(after, page)).keys()
    ])) {
      const known = await read(ids)
      missing.push(...ids.filter(id => !known.has(id)))
    }
    return missing
  }

  async function compareSome(
    ids: readonly string[],
    accounts: ReturnType<typeof createWholeAccounts>
  ): Promise<string[]> {
    const live = await accounts.read(ids)
    const pictures = await picturesOf(
      new Map(live.map(({ account }) => [account.id, account.records]))
    )
    return live.flatMap(documents => differencesOf(documents, pictures.get(documents.account.id)))
  }

  return {
    async into(store) {
      await checkEmpty(store)
      const versions = createVersions(options.random, 'rebuild')
      const problems: string[] = []
      let accounts = 0
      let lines = 0
      for await (const ids of pagesOf(after => snapshots.accounts(after, page))) {
        const lost = await lostOf(ids)
        problems.push(...(await writeLost(store, versions, lost)))
        accounts += lost.length
        lines += lost.reduce((sum, each) => sum + each.lines.length, 0)
      }
      for (const id of await withoutSnapshot()) {
        problems.push(`account ${id} has a ledger and no snapshot: it cannot be made again`)
      }
      return { accounts, lines, problems }
    },
    async compare(store) {
      const accounts = createWholeAccounts(store)
      const found: string[] = []
      let compared = 0
      for await (const ids of storePages(store)) {
        let different = await compareSome(ids, accounts)
        for (let waited = 0; different.length > 0 && waited < patienceMs; waited += lookEveryMs) {
          await new Promise<void>(resolve => scheduler.later(lookEveryMs, resolve))
          different = await compareSome(ids, accounts)
        }
        found.push(...different)
        compared += ids.length
      }
      for await (const ids of pagesOf(after => snapshots.accounts(after, page))) {
        const known = new Set((await accounts.read(ids)).map(({ account }) => account.id))
        found.push(...ids.filter(id => !known.has(id)).map(id => `${id}: is not in the store`))
      }
      return { accounts: compared, differences: found }
    },
    async keep(store) {
      const accounts = createWholeAccounts(store)
      let kept = 0
      for await (const ids of storePages(store)) {
        const live = await accounts.read(ids)
        await snapshots.keep(live.flatMap(documentsOf))
        kept += live.length
      }
      return kept
    }
  }
}

function differencesOf(live: AccountDocuments, picture: AccountPicture | undefined): string[] {
  const { id } = live.account
  if (picture === undefined) return [`${id}: has no snapshot; see gyro rebuild --snapshot`]
  return differences(picture, live).map(text => `${id}: ${text}`)
}

function documentsOf({ account, lines }: AccountDocuments): SnapshotDocument[] {
  const { id: accountId, records: record, lastAt: at } = account
  const common = { accountId, record, at }
  const own = encodeAccount(account, accountHead(account, null))
  return [
    { ...common, lineId: '', text: own },
    ...lines.map(line => ({ ...common, lineId: line.id, text: encodeLine(line) }))
  ]
}

async function* pagesOf(
  read: (after: string) => Promise<readonly string[]>
): AsyncGenerator<readonly string[]> {
  let after: string | undefined = ''
  while (after !== undefined) {
    const ids: readonly string[] = await read(after)
    if (ids.length > 0) yield ids
    after = ids.at(-1)
  }
}

async function* storePages(store: Store): AsyncGenerator<readonly string[]> {
  let cursor: string | null = null
  do {
    const found: Awaited<ReturnType<Store['listAccounts']>> = await store.listAccounts(cursor, page)
    if (found.ids.length > 0) yield found.ids
    cursor = found.next
  } while (cursor !== null)
}

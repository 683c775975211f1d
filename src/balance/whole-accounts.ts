/** Accounts with all that lies beside them, read from the store, for reconciliation. */
import type { AccountDocuments } from '../charging/reconciliation.ts'
import { partitionOf } from '../domain/subscriber.ts'
import { decodeAccount, decodeLine } from './documents/account.ts'
import { decodeSession } from './documents/session.ts'
import type { AccountKey, DocumentKeys, Documents, Store } from './store.ts'

export interface WholeAccounts {
  /** Accounts that are not there are left out. */
  read(accountIds: readonly string[]): Promise<readonly AccountDocuments[]>
  list(
    cursor: string | null,
    limit: number
  ): Promise<{ readonly ids: readonly string[]; readonly next: string | null }>
}

const sessionsPage = 1_000
/** An account whose sessions come and go faster than they can be read is left for the next look. */
const triesMax = 5

export function createWholeAccounts(store: Store): WholeAccounts {
  async function wantedOf(key: AccountKey): Promise<DocumentKeys> {
    const sessions: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<Store['listSessions']>> = await store.listSessions(
        key,
        cursor,
        sessionsPage
      )
      sessions.push(...page.ids)
      cursor = page.next
    } while (cursor !== null)
    return { lines: await store.listLines(key), sessions }
  }

  /** null: there is no such account. */
  async function read(accountId: string): Promise<AccountDocuments | null> {
    const key = { partition: partitionOf(accountId, store.partitions), accountId }
    let found: AccountDocuments | null = null
    for (let tries = 0; tries < triesMax; tries += 1) {
      const wanted = await wantedOf(key)
      const [documents] = await store.load([{ key, wanted }])
      found = documents === undefined ? null : decode(documents)
      // A session that was opened after the list was read would be missing.
      if (found === null || found.account.openSessions === found.sessions.length) return found
    }
    return found
  }

  return {
    list: (cursor, limit) => store.listAccounts(cursor, limit),
    async read(accountIds) {
      const found = await Promise.all(accountIds.map(read))
      return found.filter(documents => documents !== null)
    }
  }
}

function decode(documents: Documents): AccountDocuments | null {
  if (documents.account === null) return null
  return {
    account: decodeAccount(documents.account),
    lines: documents.lines.filter(text => text !== null).map(decodeLine),
    sessions: documents.sessions.filter(text => text !== null).map(decodeSession)
  }
}

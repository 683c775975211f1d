/** Snapshots as outbox records: the documents as they lie in the store, within the record's JSON. */
import type { OutboxRecord, SnapshotRecord } from '../../domain/record.ts'
import { accountHead, encodeAccount, encodeLine } from './account.ts'

/** An outbox record as it is stored. */
export function encodeRecord(record: OutboxRecord): string {
  return record.kind === 'account' ? encodeSnapshot(record) : JSON.stringify(record)
}

function encodeSnapshot({ accountId, record, at, account, lines }: SnapshotRecord): string {
  const head = JSON.stringify({ kind: 'account', accountId, record, at }).slice(0, -1)
  const document = encodeAccount(account, accountHead(account, null))
  return `${head},"account":${document},"lines":[${lines.map(encodeLine).join(',')}]}`
}

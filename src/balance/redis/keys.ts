/**
 * Names of keys. Everything of an account has the hash tag of its partition, so that one script call may
 * change it in Redis Cluster too. Directory entries and what belongs to the whole store stand alone.
 */
import { hash } from 'node:crypto'
import type { AccountKey, DirectoryKey } from '../store.ts'

export const metaKey = 'gyro:meta'
export const cataloguesKey = 'gyro:catalogues'
export const planKey = 'gyro:catalogue-plan'
export const claimKey = 'gyro:catalogue-claim'
export const leaseKey = 'gyro:outbox-lease'
export const ordersLeaseKey = 'gyro:orders-lease'
export const spillsKey = 'gyro:spills'
export const spillLeaseKey = 'gyro:spill-lease'
export const storeIdKey = 'gyro:store-id'
export const nodesKey = 'gyro:nodes'

export interface Keys {
  readonly partitions: readonly number[]
  /** String: version and JSON. */
  account(key: AccountKey): string
  /** String: JSON. */
  line(key: AccountKey, lineId: string): string
  /** String: JSON. */
  session(key: AccountKey, sessionId: string): string
  /** Set of line ids. */
  lines(key: AccountKey): string
  /** Sorted set of the ids of open sessions by sweepAt. */
  sessions(key: AccountKey): string
  /** Sorted set of line ids by the instant at which a fee of their own is due. */
  fees(key: AccountKey): string
  /** String: receipt of an operation. */
  operation(key: AccountKey, operationKey: string): string
  /** Sorted set of account ids, all with score 0, for listing. */
  accounts(partition: number): string
  /** Sorted set of account ids by sweepAt. */
  due(partition: number): string
  /** Stream of records. */
  outbox(partition: number): string
  /** Stream of orders for clients. */
  orders(partition: number): string
  /** Hash of the receipts of sessions closed in an hour. */
  receipts(partition: number, hour: number): string
}

export function createKeys(partitions: number): Keys {
  const numbers = Array.from({ length: partitions }, (_, partition) => partition)
  const tags = numbers.map(partition => `{p${String(partition).padStart(4, '0')}}`)
  const tag = (partition: number) => tags[partition] ?? ''
  return {
    partitions: numbers,
    account: key => `${tag(key.partition)}a:${key.accountId}`,
    line: (key, lineId) => `${tag(key.partition)}l:${key.accountId}\n${lineId}`,
    session: (key, sessionId) => `${tag(key.partition)}s:${key.accountId}\n${sessionId}`,
    lines: key => `${tag(key.partition)}L:${key.accountId}`,
    sessions: key => `${tag(key.partition)}S:${key.accountId}`,
    fees: key => `${tag(key.partition)}f:${key.accountId}`,
    operation: (key, operationKey) => `${tag(key.partition)}k:${key.accountId}\n${operationKey}`,
    accounts: partition => `${tag(partition)}A`,
    due: partition => `${tag(partition)}x`,
    outbox: partition => `${tag(partition)}o`,
    orders: partition => `${tag(partition)}n`,
    receipts: (partition, hour) => `${tag(partition)}r:${hour}`
  }
}

export function directoryKey(entry: DirectoryKey): string {
  return entry.kind === 'identity' ? `i:${entry.value}` : `d:${entry.value}`
}

/** String that lives as long as the node announces itself: JSON of the Origin-Hosts that it reaches and its processes. */
export function nodeKey(node: string): string {
  return `gyro:node:${node}`
}

/** Stream of the node's messages. */
export function inboxKey(node: string): string {
  return `gyro:inbox:${node}`
}

/** 132 bits in base64url. */
const digestLength = 22

/** Name of a receipt in its hour: a short digest, because session ids may be long and are many. */
export function receiptField(key: AccountKey, sessionId: string): string {
  return hash('sha256', `${key.accountId}\n${sessionId}`, 'base64url').slice(0, digestLength)
}

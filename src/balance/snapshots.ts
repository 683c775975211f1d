/** Documents of an account as they stand, for dry runs and explanations: read from the store, never from the cache. */
import type { Snapshot } from '../charging/simulation.ts'
import type { Line } from '../domain/account.ts'
import { hasEnded, isGone } from '../domain/line-numbers.ts'
import type { ChargingSession } from '../domain/session.ts'
import { isIdentity, type LineRef, partitionOf, type SubscriberId } from '../domain/subscriber.ts'
import { identityKey } from './directory.ts'
import { decodeAccount, decodeLine } from './documents/account.ts'
import { decodeLineRef } from './documents/receipts.ts'
import { decodeSession } from './documents/session.ts'
import type { AccountKey, Store } from './store.ts'

/** Open sessions that a snapshot has at most; of more, the others hold their reservations all the same. */
const sessionsMax = 1_000
/** Lines looked at in one step for one that goes on. */
const linesPerStep = 64

export interface Snapshots {
  /**
   * The account with its open sessions and their lines, the lines of the given MSISDNs and IMSIs, and, when none is
   * given, its first line. Periods that have passed are not applied. null: there is no such account.
   */
  account(accountId: string, numbers: readonly string[]): Promise<Snapshot | null>
  /** The line of a subscriber with its account, by the first number that is known. null: nobody has one of them. */
  subscriber(
    numbers: readonly SubscriberId[]
  ): Promise<(Omit<Snapshot, 'sessions'> & LineRef) | null>
  /** An open session by its name; null: there is none. */
  session(sessionId: string): Promise<ChargingSession | null>
}

export function createSnapshots(store: Store): Snapshots {
  function keyOf(accountId: string): AccountKey {
    return { partition: partitionOf(accountId, store.partitions), accountId }
  }

  /** The lines of this account that have one of the numbers. */
  async function linesOf(accountId: string, numbers: readonly string[]): Promise<string[]> {
    const keys = numbers.flatMap(number => [
      identityKey('msisdn', number),
      identityKey('imsi', number)
    ])
    const values = await store.resolve(keys)
    const refs = values.filter(value => value !== null).map(decodeLineRef)
    return refs.filter(ref => ref.accountId === accountId).map(ref => ref.lineId)
  }

  /** The first that has not ended. */
  async function firstLine(key: AccountKey): Promise<string[]> {
    const ids = (await store.listLines(key)).toSorted()
    for (let at = 0; at < ids.length; at += linesPerStep) {
      const lines = ids.slice(at, at + linesPerStep)
      const [documents] = await store.load([{ key, wanted: { lines, sessions: [] } }])
      const [first] = goingOnFirst(documents?.lines ?? [])
      if (first !== undefined && !hasEnded(first)) return [first.id]
    }
    return []
  }

  async function sessionsOf(key: AccountKey): Promise<ChargingSession[]> {
    const { ids } = await store.listSessions(key, null, sessionsMax)
    if (ids.length === 0) return []
    const [documents] = await store.load([{ key, wanted: { lines: [], sessions: ids } }])
    return (documents?.sessions ?? []).filter(text => text !== null).map(decodeSession)
  }

  return {
    async account(accountId, numbers) {
      const key = keyOf(accountId)
      const known = await sessionsOf(key)
      const named = numbers.length === 0 ? await firstLine(key) : await linesOf(accountId, numbers)
      const lines = [...new Set([...named, ...known.map(({ lineId }) => lineId)])]
      // Read once more, all in one read: what is played on must be one state.
      const wanted = { lines, sessions: known.map(({ id }) => id) }
      const [documents] = await store.load([{ key, wanted }])
      if (documents === undefined || documents.account === null) return null
      return {
        account: decodeAccount(documents.account),
        lines: goingOnFirst(documents.lines),
        sessions: documents.sessions.filter(text => text !== null).map(decodeSession)
      }
    },
    async subscriber(numbers) {
      const keys = numbers.flatMap(({ type, value }) =>
        isIdentity(type) ? [identityKey(type, value)] : []
      )
      const found = (await store.resolve(keys)).find(value => value !== null)
      if (found == null) return null
      const ref = decodeLineRef(found)
      const wanted = { lines: [ref.lineId], sessions: [] }
      const [documents] = await store.load([{ key: keyOf(ref.accountId), wanted }])
      if (documents === undefined || documents.account === null) return null
      const lines = documents.lines.filter(text => text !== null).map(decodeLine)
      if (lines.some(line => isGone(line, numbers))) return null
      return { ...ref, account: decodeAccount(documents.account), lines }
    },
    async session(sessionId) {
      const [value] = await store.resolve([{ kind: 'session', value: sessionId }])
      if (value == null) return null
      const key = keyOf(decodeLineRef(value).accountId)
      const [documents] = await store.load([{ key, wanted: { lines: [], sessions: [sessionId] } }])
      const text = documents?.sessions[0] ?? null
      return text === null ? null : decodeSession(text)
    }
  }
}

/** Those that have ended are there for their sessions alone. */
function goingOnFirst(texts: readonly (string | null)[]): Line[] {
  const lines = texts.filter(text => text !== null).map(decodeLine)
  return lines.toSorted((a, b) => Number(hasEnded(a)) - Number(hasEnded(b)))
}

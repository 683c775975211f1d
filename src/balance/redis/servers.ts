/** Sends commands to the server that holds their key: one server, or the nodes of a cluster. */
import type { Argument, Request } from './connection.ts'

export interface Call extends Request {
  /** Decides the server. */
  readonly key: string
}

export interface Servers {
  readonly cluster: boolean
  /**
   * Sends every call once, all of one server in one write; a reply or an Error for each, in order. A call
   * is repeated only when its server refused it unexecuted (MOVED, ASK, TRYAGAIN). Never rejects.
   */
  sendAll(calls: readonly Call[]): Promise<unknown[]>
  /** The same for one call; rejects with its error. */
  send(call: Call): Promise<unknown>
  /** One command to every server that holds keys; rejects with the first error. */
  everywhere(name: string, args: readonly Argument[]): Promise<unknown[]>
  close(): void
}

/** Sends calls that must all succeed; rejects with GYRO_STORE_UNAVAILABLE. */
export type Ask = (calls: readonly Call[]) => Promise<readonly unknown[]>

/** The replies of calls that must all succeed; throws the first error. */
export function allReplies(replies: readonly unknown[]): readonly unknown[] {
  for (const reply of replies) if (reply instanceof Error) throw reply
  return replies
}

/**
 * Events that come again with a fresh time stamp (Nchf: TS 32.290, retransmissionIndicator).
 *
 * The time stamp is part of an event's id, because two real events may be alike in everything else. So an event with
 * another time stamp is another event, unless its consumer says that it is sent again: then the last event like it is
 * the one that is meant. And when the one that is sent again has overtaken its original, the original has the earlier
 * time stamp of the two.
 */
import type { Likeness, OperationReceipt } from './request.ts'
import type { EpochMs } from './time.ts'

/** The operation receipt that leads from the content of an event to the session id of the last one like it. */
export function likenessKey(likeness: Likeness): string {
  return `\0event:${likeness.digest}`
}

/** Whether an event stands for the one that the receipt of its likeness leads to. */
export function isRepeatOf(
  { retransmitted, stampedAt }: Likeness,
  receipt: OperationReceipt | null
): receipt is OperationReceipt {
  if (receipt === null) return false
  return retransmitted || (receipt.digest !== '' && stampedAt <= Number(receipt.digest))
}

/** The receipt of the likeness of an event that was served as `sessionId`; `before` is the one that there was. */
export function likenessReceipt(
  { retransmitted, stampedAt }: Likeness,
  before: OperationReceipt | null,
  sessionId: string,
  at: EpochMs
): OperationReceipt {
  // The digest is the time stamp of a retransmission that came before its original; empty: there was none.
  const digest = retransmitted ? String(stampedAt) : (before?.digest ?? '')
  return { digest, at, result: sessionId }
}

/**
 * How long a consumer waits, TS 29.500 6.11.2: 3gpp-Sbi-Max-Rsp-Time (milliseconds) counts from
 * 3gpp-Sbi-Origination-Timestamp, or 3gpp-Sbi-Sender-Timestamp, or the arrival. A request that is answered later is
 * one that the consumer has given up, so it must not be charged.
 */
import type { Clock } from '../domain/time.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The instant on the monotonic clock at which the consumer gives up; undefined: it does not say. */
export function deadlineOf(headers: Headers, clock: Clock): number | undefined {
  const most = headers['3gpp-sbi-max-rsp-time']
  if (most === undefined || !/^\d{1,9}$/.test(String(most))) return undefined
  // An IMF-fixdate with milliseconds, such as `Sun, 04 Aug 2019 08:49:37.845 GMT` (TS 29.500 5.2.3.2).
  const sent = headers['3gpp-sbi-origination-timestamp'] ?? headers['3gpp-sbi-sender-timestamp']
  const sentAt = sent === undefined ? Number.NaN : Date.parse(String(sent))
  const age = Number.isNaN(sentAt) ? 0 : Math.max(0, clock.now() - sentAt)
  return clock.monotonic() + Number(most) - age
}

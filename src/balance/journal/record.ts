/** A journaled request: `[format, received, tries, told, request]` as JSON. */
import type { ChargingRequest, UsedUnits } from '../../domain/request.ts'
import type { EpochMs } from '../../domain/time.ts'

const format = 1

export interface JournalRecord {
  readonly request: ChargingRequest
  readonly receivedAt: EpochMs
  /** Replays that did not settle it. */
  readonly tries: number
  /** It was granted from the catalogue alone, so its session is open for the client. */
  readonly told: boolean
}

/** A deadline is that of the one answer that was waited for; a replay has its own time. */
export function encodeRecord({ request: whole, receivedAt, tries, told }: JournalRecord): string {
  const { deadline, ...request } = whole
  return JSON.stringify([format, receivedAt, tries, told ? 1 : 0, request])
}

/** null: it is no such record, or one of a newer program. */
export function decodeRecord(text: string): JournalRecord | null {
  let members: unknown
  try {
    members = JSON.parse(text)
  } catch {
    return null
  }
  if (!Array.isArray(members) || members.length !== 5 || members[0] !== format) return null
  const [, receivedAt, tries, told, request] = members
  if (request?.kind !== 'charging' || !Array.isArray(request.usages)) return null
  return { request, receivedAt: Number(receivedAt), tries: Number(tries), told: told === 1 }
}

/** Whether a request reports units that were consumed: nobody may lose those. */
export function carriesUsage(request: ChargingRequest): boolean {
  // What a refund or an enquiry names was not consumed now.
  if ((request.event?.action ?? 'direct-debiting') !== 'direct-debiting') return false
  return request.usages.some(({ used, offline }) => isSome(used) || isSome(offline))
}

function isSome(used: UsedUnits | null | undefined): boolean {
  return !!used && Boolean(used.octets || used.seconds || used.messages)
}

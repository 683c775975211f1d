/** One record of TS 32.298 as usage records. */
import type { EpochMs } from '../../domain/time.ts'
import { RecordFault, readRecord, type UsageRecord } from '../record.ts'
import { chfTag, readChfRecord } from './chf-record.ts'
import { usagesOf } from './containers.ts'
import { fileHeadOf } from './frames.ts'
import { gatewayTags, readGatewayRecord } from './gateway-record.ts'
import { BerFault, type Node, treeAt } from './tree.ts'

/** What a container says as a line of JSON would, and the record or what is wrong with it. */
export interface ReadUsage {
  readonly content: string
  readonly read: UsageRecord | string
}

/**
 * The usage of a record, a usage record for each container; none when nothing was used. `octets` as they stand in the
 * file: what cannot be read goes to suspense with them.
 */
export function readUsages(root: Node, octets: Buffer, now: EpochMs): readonly ReadUsage[] {
  try {
    if (gatewayTags.has(root.tag)) return readAll(usagesOf(readGatewayRecord(root)), now)
    if (root.tag === chfTag) return readAll(usagesOf(readChfRecord(root)), now)
    throw new RecordFault('is no PGWRecord, SGWRecord or CHFRecord')
  } catch (error) {
    if (error instanceof RecordFault) return [unreadable(octets, error.message)]
    throw error
  }
}

function readAll(
  usages: readonly Readonly<Record<string, unknown>>[],
  now: EpochMs
): readonly ReadUsage[] {
  return usages.map(members => {
    const content = JSON.stringify(members)
    try {
      return { content, read: readRecord(members, now) }
    } catch (error) {
      if (error instanceof RecordFault) return { content, read: error.message }
      throw error
    }
  })
}

/** For suspense: the octets of the record, in hexadecimal under the member `ber`. */
export function unreadable(octets: Buffer, reason: string): ReadUsage {
  return { content: `{"ber":"${octets.toString('hex')}"}`, read: reason }
}

/** Reads what `unreadable` kept; null: the content is something else. */
export function readAgain(content: string, now: EpochMs): readonly ReadUsage[] | null {
  const hex = /^\{"ber":"([0-9a-f]*)"\}$/.exec(content)?.[1]
  if (hex === undefined) return null
  const octets = Buffer.from(hex, 'hex')
  if (fileHeadOf(octets) !== null) {
    return [unreadable(octets, 'is the header of a file that was not whole')]
  }
  try {
    const { root, next } = treeAt(octets, 0, octets.length)
    if (next < octets.length) return [unreadable(octets, 'is followed by something else')]
    return readUsages(root, octets, now)
  } catch (error) {
    if (error instanceof BerFault) return [unreadable(octets, error.message)]
    throw error
  }
}

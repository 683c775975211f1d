/**
 * What all stored documents have in common: a JSON array whose first member is the format number.
 *
 * Newer code reads older formats; a format that is newer than this program is refused, because writing it back would
 * lose what it holds. Members have positions, not names: documents are written with every request, and names would
 * be half of what is encoded, sent and held.
 */
import { GyroError } from '../../domain/errors.ts'
import type { QuotaUnit } from '../../domain/units.ts'

/** The newest format that this program knows, and the one that it writes. */
export const formatMax = 1

/**
 * The members of a stored document: as many, and what was added behind them since, which an older document lacks.
 * Throws GYRO_DOCUMENT_FORMAT when it cannot be read by this program.
 */
export function readDocument(
  text: string,
  name: string,
  members: number,
  added = 0
): readonly unknown[] {
  const document = parseJson(text, name)
  const format = Array.isArray(document) ? document[0] : undefined
  if (!Array.isArray(document) || typeof format !== 'number' || format < 1) {
    throw unreadable(name, text, 'it has no format number')
  }
  if (format > formatMax) {
    throw new GyroError(
      'GYRO_DOCUMENT_FORMAT',
      `a stored ${name} has format ${format}, and this program knows up to ${formatMax}: run a newer version`
    )
  }
  const { length } = document
  if (length < members || length > members + added) {
    throw unreadable(name, text, 'members are missing')
  }
  return document
}

export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(name, text, 'it is not JSON', cause)
  }
}

export function unreadable(name: string, text: string, why: string, cause?: unknown): GyroError {
  const start = text.length > 40 ? `${text.slice(0, 40)}…` : text
  const message = `a stored ${name} cannot be read, ${why}: ${start}`
  return new GyroError('GYRO_DOCUMENT_FORMAT', message, { cause })
}

const quotedMax = 20_000
const quotedTexts = new Map<string, string>()

/** Text as JSON. For text that comes again and again, such as names of prices, zones and buckets. */
export function quoted(text: string): string {
  const known = quotedTexts.get(text)
  if (known !== undefined) return known
  const made = JSON.stringify(text)
  if (quotedTexts.size >= quotedMax) quotedTexts.clear()
  quotedTexts.set(text, made)
  return made
}

/** Numbers for unit types in documents: append, never reorder. */
export const unitNumbers: Readonly<Record<QuotaUnit, number>> = {
  octets: 0,
  seconds: 1,
  messages: 2,
  money: 3
}
const units: readonly QuotaUnit[] = ['octets', 'seconds', 'messages', 'money']

/** The unit of a bucket, a counter, a grant, or a part of the usage. */
export function unitAt(number: unknown): QuotaUnit {
  const unit = units[number as number]
  if (unit === undefined) throw unreadable('unit type', String(number), 'it is not known')
  return unit
}

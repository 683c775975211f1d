/**
 * The log: one JSON line for each event, on stderr.
 *
 * Subscriber identities are masked to their last three digits wherever they stand in the fields of an
 * event. Writes are synchronous: events are rare, no charging request makes one, and none may be lost in a crash.
 */
import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino'
import type { Logger } from '../domain/log.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export const identityModes = ['masked', 'plain'] as const
export type IdentityMode = (typeof identityModes)[number]

export interface Log extends Logger {
  /** The event `ready`, written at every log level: scripts wait for it. */
  ready(fields: object): void
}

export interface LogOptions {
  readonly level: LogLevel
  readonly identities: IdentityMode
}

/** Writes to stderr unless another stream is given. */
export function createLog(
  options: LogOptions,
  stream: DestinationStream = destination({ dest: 2, sync: true })
): Log {
  const root = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) }
    },
    stream
  )
  const always = root.child({}, { level: 'info' })
  const shown = options.identities === 'plain' ? (fields: object) => fields : maskIdentities
  return {
    debug(fields, message) {
      if (root.isLevelEnabled('debug')) root.debug(shown(fields), message)
    },
    info(fields, message) {
      if (root.isLevelEnabled('info')) root.info(shown(fields), message)
    },
    warn(fields, message) {
      if (root.isLevelEnabled('warn')) root.warn(shown(fields), message)
    },
    error(fields, message) {
      if (root.isLevelEnabled('error')) root.error(shown(fields), message)
    },
    ready(fields) {
      always.info(shown(fields), 'ready')
    }
  }
}

/** Fields that name a subscriber or whom he talks to. A line's id is its first identity. */
const identityFields = new Set([
  'msisdn',
  'imsi',
  'supi',
  'gpsi',
  'imei',
  'subscriber',
  'subscriberId',
  'identity',
  'lineId',
  'calledParty',
  'callingParty'
])

/** Deeper fields than this are left out of the log. */
const depthMax = 6

/** A copy with identities masked. Errors and other objects with a class stay as they are. */
export function maskIdentities(fields: object): object {
  return maskObject(fields, 0)
}

function maskObject(fields: object, depth: number): object {
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    copy[key] = identityFields.has(key) ? maskAll(value) : maskInside(value, depth + 1)
  }
  // An Error given as the whole of the fields has no enumerable members; pino knows how to write it.
  return fields instanceof Error ? { err: fields, ...copy } : copy
}

function maskInside(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > depthMax) return '…'
  if (Array.isArray(value)) return value.map(item => maskInside(item, depth + 1))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return maskObject(value, depth)
}

/** Everything below an identity field is an identity. */
function maskAll(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'number') return maskText(String(value))
  if (Array.isArray(value)) return value.map(maskAll)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === 'type' ? item : maskAll(item)])
  )
}

/** `4915100000001` as `**********001`; three characters or fewer vanish. */
function maskText(text: string): string {
  return '*'.repeat(Math.max(0, text.length - 3)) + (text.length > 3 ? text.slice(-3) : '***')
}

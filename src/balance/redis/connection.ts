/**
 * One connection to one Redis, or to the one that is the master by what Sentinels say. Every command settles within two seconds, and none is ever sent twice:
 * what the connection lost is rejected, and the caller finds out by the versions what was applied.
 */
import { Command, Redis, type RedisOptions } from 'ioredis'
import { GyroError } from '../../domain/errors.ts'
import type { Logger } from '../../domain/log.ts'
import { unavailable } from './errors.ts'
import type { RedisLocation } from './location.ts'

/** A command has this long to be answered. */
const commandTimeoutMs = 1_900
const connectTimeoutMs = 1_500
/** The longest pause between two attempts to connect. */
const retryDelayMaxMs = 400

export type Argument = string | number

export interface Request {
  readonly name: string
  readonly args: readonly Argument[]
  /** The whole command as it goes over the wire, when it is encoded already; the arguments do not matter then. */
  readonly wire?: Buffer
}

export interface Connection {
  readonly name: string
  /** Sends one command. Rejects with the error of Redis or of the connection. */
  send(request: Request): Promise<unknown>
  /** Sends commands in one write; a reply or an Error for each. Never rejects. */
  sendAll(requests: readonly Request[]): Promise<unknown[]>
  /** Resolves when it can be used; rejects with GYRO_STORE_UNAVAILABLE after the time. */
  ready(withinMs: number): Promise<void>
  close(): void
}

export interface Node {
  readonly host: string
  readonly port: number
}

/** `node` null: the master of the location's Sentinels, also when it becomes another one. */
export function connect(location: RedisLocation, node: Node | null, logger: Logger): Connection {
  const name = node === null ? `master ${location.master}` : `${node.host}:${node.port}`
  const redis = new Redis({
    ...(node === null ? masterOf(location) : node),
    db: location.db,
    ...(location.username === null ? {} : { username: location.username }),
    ...(location.password === null ? {} : { password: location.password }),
    ...(location.tls ? { tls: {} } : {}),
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    socketTimeout: commandTimeoutMs,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: retryDelayMaxMs,
    disableClientInfo: true,
    keepAlive: 10_000,
    retryStrategy: retryDelay
  })
  let lastError: unknown = null
  watch(redis, name, logger, error => {
    lastError = error
  })
  return {
    name,
    send: request => sendOne(redis, request),
    sendAll: requests => sendMany(redis, requests),
    ready: withinMs => whenReady(redis, withinMs, location.shown, () => lastError),
    close: () => redis.disconnect()
  }
}

function retryDelay(attempts: number): number {
  return Math.min(50 * attempts, retryDelayMaxMs)
}

/** ioredis asks the Sentinels at each attempt to connect. They end the connections of a master that they demote. */
function masterOf(location: RedisLocation): RedisOptions {
  return {
    sentinels: [...location.nodes],
    name: location.master ?? '',
    sentinelCommandTimeout: connectTimeoutMs,
    sentinelRetryStrategy: retryDelay,
    // A master that has become a replica refuses writes unexecuted: look for the new one, and send nothing again.
    reconnectOnError: error => error.message.startsWith('READONLY'),
    ...(location.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {})
  }
}

/** A command that is encoded already: a group of commits has hundreds of arguments, and ioredis copies them. */
class EncodedCommand extends Command {
  readonly #wire: Buffer

  constructor(name: string, wire: Buffer) {
    super(name, [], { replyEncoding: 'utf8' })
    this.#wire = wire
  }

  override toWritable(): Buffer {
    return this.#wire
  }
}

function sendOne(redis: Redis, { name, args, wire }: Request): Promise<unknown> {
  const command =
    wire === undefined
      ? new Command(name, args as Argument[], { replyEncoding: 'utf8' })
      : new EncodedCommand(name, wire)
  redis.sendCommand(command)
  return command.promise
}

async function sendMany(redis: Redis, requests: readonly Request[]): Promise<unknown[]> {
  const stream = redis.status === 'ready' ? redis.stream : null
  stream?.cork()
  const sent = requests.map(request => sendOne(redis, request).catch(asError))
  stream?.uncork()
  return Promise.all(sent)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** Says once that a connection was lost, and once that it is back. */
function watch(
  redis: Redis,
  name: string,
  logger: Logger,
  onError: (error: unknown) => void
): void {
  let lost = false
  redis.on('error', (error: Error) => {
    onError(error)
  })
  redis.on('ready', () => {
    if (lost) logger.info({ redis: name }, 'connected to Redis again')
    lost = false
  })
  redis.on('close', () => {
    if (!lost && redis.status !== 'end') logger.warn({ redis: name }, 'connection to Redis lost')
    lost = true
  })
}

function reasonOf({ message }: Error): string {
  return message.replace(/sentinels are unreachable\. Retrying [^.]*\./, 'Sentinels fail.')
}

function whenReady(
  redis: Redis,
  withinMs: number,
  shown: string,
  lastError: () => unknown
): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve()
  return new Promise((resolve, reject) => {
    const onReady = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(() => {
      redis.off('ready', onReady)
      const cause = lastError()
      const reason = cause instanceof Error ? reasonOf(cause) : 'it does not answer'
      reject(
        new GyroError(
          'GYRO_STORE_UNAVAILABLE',
          `cannot reach the store ${shown}: ${reason}; start Redis there or correct the address`,
          { cause: unavailable(cause) }
        )
      )
    }, withinMs)
    redis.once('ready', onReady)
  })
}

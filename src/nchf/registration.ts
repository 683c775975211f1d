/**
 * This server's registration at the NRF: Nnrf_NFManagement (TS 29.510 5.2.2.2 to 5.2.2.4).
 *
 * It is registered, says regularly that it lives, and is registered anew when the NRF has forgotten it. An NRF that is
 * away is asked again, later each time; charging does not depend on it.
 */
import type { Logger } from '../domain/log.ts'
import type { Random, Scheduler } from '../domain/time.ts'
import type { NfProfile } from './nrf-profile.ts'
import type { Outgoing, OutgoingAnswer } from './outgoing.ts'

export type NrfOperation = 'register' | 'heartbeat' | 'deregister'

export interface RegistrationOptions {
  readonly outgoing: Outgoing
  readonly scheduler: Scheduler
  readonly random: Random
  readonly logger: Logger
  /** The apiRoot of the NRF. */
  readonly nrfUri: string
  readonly profile: NfProfile
  /** A request was answered, or was not. */
  readonly onRequest?: (operation: NrfOperation, result: string) => void
  /** Unless given: one second, doubled up to a minute. */
  readonly retryMs?: number
  readonly answerMs?: number
}

export interface Registration {
  start(): void
  registered(): boolean
  /** Deregisters, if the NRF may know us. Never rejects; waits for what is under way. */
  stop(): Promise<void>
}

const heartbeatDefaultMs = 30_000
const retryMaxMs = 60_000
/** An NRF that wants to be left alone longer is asked again all the same. */
const retryAfterMaxMs = 300_000
const heartbeatTries = 3
const detailMax = 300
const alive = [{ op: 'replace', path: '/nfStatus', value: 'REGISTERED' }] as const

const requests = {
  register: { method: 'PUT' },
  heartbeat: { method: 'PATCH', headers: { 'content-type': 'application/json-patch+json' } },
  deregister: { method: 'DELETE' }
} as const

export function createRegistration(options: RegistrationOptions): Registration {
  const { logger, nrfUri, profile, random, scheduler, retryMs = 1_000 } = options
  const ask = asking(options)
  const home = `${nrfUri}/nnrf-nfm/v1/nf-instances/${profile.nfInstanceId}`
  /** Of the resource: the NRF may have put it elsewhere. */
  let resource = home
  let registered = false
  /** It may have taken a registration whose answer did not come. */
  let known = false
  let everyMs = heartbeatDefaultMs
  let failures = 0
  let stopped = false
  let cancel = () => {}
  let turn: Promise<void> = Promise.resolve()

  async function register(): Promise<void> {
    const answer = await ask('register', home, profile)
    if (answer.result === 'timeout') known = true
    if (answer.status !== 200 && answer.status !== 201) return failed('register', answer)
    registered = true
    known = true
    resource = answer.status === 201 ? absolute(answer.location, home) : home
    succeeded(answer)
    logger.info({ nrf: nrfUri, heartbeatMs: everyMs }, 'registered at the NRF')
  }

  async function heartbeat(): Promise<void> {
    const answer = await ask('heartbeat', resource, alive)
    const { status } = answer
    if (status === 204 || status === 200) return succeeded(answer)
    // It does not know us any more, or does not take what it was told: it hears all of it again.
    if (status >= 400 && status < 500 && status !== 429) {
      registered = false
      logger.warn({ nrf: nrfUri, status }, 'the NRF wants a new registration')
      return stopped ? undefined : register()
    }
    // Another NRF of its set may answer where the first one was found.
    if (failures >= heartbeatTries) registered = false
    failed('heartbeat', answer)
  }

  function succeeded({ text }: NrfAnswer): void {
    failures = 0
    everyMs = heartbeatIn(text) ?? everyMs
    later(everyMs)
  }

  function failed(operation: NrfOperation, { result, retryAfterMs, text }: NrfAnswer): void {
    const waitMs = Math.min(retryMs * 2 ** Math.min(failures, 16), retryMaxMs)
    const askedMs = Math.min(retryAfterMs ?? 0, retryAfterMaxMs)
    failures++
    const fields = { nrf: nrfUri, operation, result, detail: text.slice(0, detailMax) }
    if (failures === 1) logger.warn(fields, 'the NRF does not serve us: it is asked again')
    else logger.debug(fields, 'the NRF does still not serve us')
    // Many servers must not come back in the same moment.
    later(Math.max(askedMs, waitMs * 0.75) + (waitMs * random.fraction()) / 2)
  }

  function later(ms: number): void {
    if (!stopped) cancel = scheduler.later(ms, next)
  }

  function next(): void {
    turn = registered ? heartbeat() : register()
  }

  return {
    start: next,
    registered: () => registered,
    async stop() {
      stopped = true
      cancel()
      await turn
      registered = false
      if (known) await ask('deregister', resource)
    }
  }
}

interface NrfAnswer extends OutgoingAnswer {
  /** The status, or why there is none; the status is 0 then. */
  readonly result: string
}

type Ask = (operation: NrfOperation, uri: string, body?: unknown) => Promise<NrfAnswer>

function asking({ answerMs = 2_000, onRequest, outgoing }: RegistrationOptions): Ask {
  return async (operation, uri, body) => {
    const answer = await outgoing.request({
      ...requests[operation],
      uri,
      timeoutMs: answerMs,
      ...(body === undefined ? {} : { body })
    })
    const result = typeof answer === 'string' ? answer : String(answer.status)
    onRequest?.(operation, result)
    return typeof answer === 'string'
      ? { status: 0, location: null, retryAfterMs: null, text: '', result }
      : { ...answer, result }
  }
}

function absolute(location: string | null, base: string): string {
  return location !== null && URL.canParse(location, base) ? new URL(location, base).href : base
}

/** heartBeatTimer of an NFProfile, in milliseconds; null: there is none. */
function heartbeatIn(text: string): number | null {
  try {
    const seconds: unknown = JSON.parse(text)?.heartBeatTimer
    return typeof seconds === 'number' && seconds >= 1 && seconds <= 86_400 ? seconds * 1_000 : null
  } catch {
    return null
  }
}

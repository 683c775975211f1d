/**
 * Peers that have lost their sessions: a higher Origin-State-Id in a CER says so (RFC 6733 8.6, 8.16).
 *
 * It is told, and no session is closed for it. Several processes of one gateway, and gateways behind one agent, may share
 * an Origin-Host and each count for itself, so a live call could be cut for the restart of another. What the sessions of
 * before had reserved is free again at Tcc.
 */
import type { Logger } from '../../domain/log.ts'
import type { PeerIdentity } from './peer-machine.ts'

/** So many peers are remembered; the one that has not connected for longest is forgotten. */
const peersMax = 10_000

export class Restarts {
  readonly #states = new Map<string, number>()
  readonly #logger: Logger
  readonly #onRestart: () => void

  constructor(logger: Logger, onRestart: () => void) {
    this.#logger = logger
    this.#onRestart = onRestart
  }

  /** A peer has connected. 0, or nothing, as Origin-State-Id says nothing. */
  opened({ host, stateId = 0 }: PeerIdentity): void {
    if (stateId === 0) return
    const key = host.toLowerCase()
    const before = this.#states.get(key) ?? stateId
    this.#states.delete(key)
    this.#states.set(key, stateId)
    if (this.#states.size > peersMax) this.#states.delete(this.#states.keys().next().value ?? '')
    if (stateId <= before) return
    const fields = { peer: host, originStateId: stateId, before }
    this.#logger.warn(fields, 'peer restarted without its sessions: those it had end at Tcc')
    this.#onRestart()
  }
}

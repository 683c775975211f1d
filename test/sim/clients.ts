/** Simulated gateways and business systems: they repeat what is not answered, double, reorder and abandon. */
import type { ChargingAnswer } from '../../src/domain/answer.ts'
import type { ChargingRequest, RequestType, TopUp } from '../../src/domain/request.ts'
import { request } from '../support/engine-driver.ts'
import type { Ledger } from './ledger.ts'
import type { Server } from './simulation.ts'
import type { World } from './world.ts'

export interface Clients {
  /** Opens the accounts; everything else begins when they are open. */
  openAccounts(): void
  /** One random thing that a client may do. */
  act(): void
  /** Requests that wait for their answers. */
  waiting(): number
  /** Terminations that are still to come of abandoned sessions. */
  planned(): number
  /** Reports that were refused because the store was away, and that no client sends again. */
  givenUp(): number
  /** Lets every open session end by a termination or by being abandoned. */
  endSessions(): void
}

interface Session {
  readonly id: string
  readonly msisdn: string
  number: number
  waiting: number
}

export interface ClientsOptions {
  readonly world: World
  readonly ledger: Ledger
  /** The servers that live now. */
  readonly servers: () => readonly Server[]
  readonly accounts: number
  /** Tcc of the catalogue, milliseconds. */
  readonly tccMs: number
}

const repeatAfterMs = 5_000

export function createClients(options: ClientsOptions): Clients {
  const { world, ledger } = options
  const sessions: Session[] = []
  let waiting = 0
  let planned = 0
  let givenUp = 0
  let serial = 0

  function server(): Server {
    const servers = options.servers()
    return servers[world.below(servers.length)]!
  }

  /** Sends until `answered` says so: again after a while, sometimes twice at once. */
  function insist(send: (to: Server) => void, isAnswered: () => boolean): void {
    const attempt = () => {
      if (isAnswered()) return
      send(server())
      if (world.chance(0.08)) send(server())
      if (world.chance(0.05)) world.after(world.below(20_000), () => send(server()))
      world.after(repeatAfterMs + world.below(3_000), attempt)
    }
    attempt()
  }

  function sendCharging(session: Session, type: RequestType, octets: number): void {
    const number = session.number++
    const isLast = type === 'termination'
    const message = request(
      type,
      number,
      [
        {
          ...(isLast ? {} : { ask: null }),
          ...(octets > 0 ? { used: { octets } } : {})
        }
      ],
      {
        sessionId: session.id,
        subscribers:
          type !== 'initial' && world.chance(0.2) ? [] : [{ type: 'msisdn', value: session.msisdn }]
      }
    )
    const books = ledger.sessions.get(session.id)!
    books.sent += octets
    waiting++
    session.waiting++
    let answered = false
    insist(
      to =>
        charge(to, message, answer => {
          if (answered) return
          const lost = octets > 0 && givesUp(message, answer)
          if (!lost && !isFinal(message, answer)) return
          answered = true
          waiting--
          session.waiting--
          // Usage that is given up is charged all the same, some time.
          if (lost) givenUp++
          else books.answered += octets
        }),
      () => answered
    )
  }

  function charge(to: Server, message: ChargingRequest, answer: (given: ChargingAnswer) => void) {
    let given = 0
    to.service.charge(message, reply => {
      if (!to.alive) return
      given++
      if (given > 1) world.fail(`${message.sessionId} ${message.number} was answered twice`)
      answer(reply)
    })
  }

  /** Some gateways do not repeat a report that was refused as too busy; whom it is about stands in the request. */
  function givesUp(message: ChargingRequest, { outcome }: ChargingAnswer): boolean {
    if (outcome !== 'too-busy' || message.type === 'initial') return false
    return message.subscribers.length > 0 && world.chance(0.6)
  }

  /** Without a subscriber, and before its session is known anywhere, a request cannot be charged: it is repeated. */
  function isFinal(message: ChargingRequest, { outcome }: ChargingAnswer): boolean {
    if (outcome === 'too-busy') return false
    if (outcome === 'unable-to-comply' || outcome === 'user-unknown') {
      world.fail(`${message.sessionId} ${message.number} was answered ${outcome}`)
    }
    return outcome !== 'unknown-session' || message.subscribers.length > 0 || isCharged(message)
  }

  function isCharged({ sessionId }: ChargingRequest): boolean {
    return ledger.cdrs.has(sessionId)
  }

  function begin(): void {
    const account = world.below(options.accounts)
    const session: Session = {
      id: `s${++serial}`,
      msisdn: msisdnOf(account),
      number: 0,
      waiting: 0
    }
    ledger.begin(accountOf(account), session.id)
    sessions.push(session)
    sendCharging(session, 'initial', world.chance(0.05) ? world.below(200_000) : 0)
  }

  /** A one-time event that asks for units and pays for them at once. */
  function event(): void {
    const account = world.below(options.accounts)
    const id = `e${++serial}`
    const asked = 1 + world.below(2_000_000)
    const message = request('event', 0, [{ ask: { octets: asked } }], {
      sessionId: id,
      subscribers: [{ type: 'msisdn', value: msisdnOf(account) }]
    })
    ledger.begin(accountOf(account), id, true)
    const books = ledger.sessions.get(id)!
    books.sent = asked
    waiting++
    let answered = false
    insist(
      to =>
        charge(to, message, answer => {
          if (answered || !isFinal(message, answer)) return
          answered = true
          waiting--
          const served = answer.units.every(unit => unit.outcome === 'success')
          if (answer.outcome === 'success' && served) books.answered = asked
        }),
      () => answered
    )
  }

  function octets(): number {
    return world.chance(0.1) ? world.below(40_000_000) : world.below(3_000_000)
  }

  function remove(session: Session): void {
    sessions.splice(sessions.indexOf(session), 1)
  }

  /** The usual thing is to wait for the answer before the next request. */
  function mayGoOn(session: Session): boolean {
    return session.waiting === 0 || world.chance(0.05)
  }

  function progress(session: Session): void {
    if (!mayGoOn(session)) return
    const choice = world.fraction()
    if (choice < 0.7) sendCharging(session, 'update', octets())
    else if (choice < 0.92) terminate(session)
    else abandon(session)
  }

  function terminate(session: Session): void {
    remove(session)
    sendCharging(session, 'termination', octets())
  }

  /** The session is left to its Tcc; some gateways send the termination hours later. */
  function abandon(session: Session): void {
    remove(session)
    if (world.chance(0.5)) return
    planned++
    world.after(world.below(3 * options.tccMs), () => {
      planned--
      sendCharging(session, 'termination', octets())
    })
  }

  function topUp(): void {
    const account = world.below(options.accounts)
    const books = ledger.accounts.get(accountOf(account))!
    const amount = 1 + world.below(2_000_000)
    const key = `key-${++serial}`
    const message: TopUp = {
      kind: 'top-up',
      accountId: accountOf(account),
      amount,
      operation: { key, digest: String(amount) }
    }
    books.fundedSent += amount
    waiting++
    let answered = false
    insist(
      to =>
        submit(to, message, () => {
          if (answered) return
          answered = true
          waiting--
          books.funded += amount
        }),
      () => answered
    )
  }

  function submit(
    to: Server,
    message: Parameters<Server['service']['accounts']['submit']>[0],
    done: () => void
  ): void {
    to.service.accounts.submit(message).then(
      answer => {
        if (!to.alive) return
        if (answer.kind === 'done') done()
        else if (answer.reason === 'account-exists' && message.kind === 'open-account') done()
        else if (answer.reason !== 'unavailable') world.fail(`refused: ${answer.reason}`)
      },
      error => world.fail(String(error))
    )
  }

  return {
    openAccounts() {
      for (let account = 0; account < options.accounts; account++) {
        const accountId = accountOf(account)
        const topUp = world.below(3_000_000)
        ledger.open(accountId)
        const books = ledger.accounts.get(accountId)!
        books.fundedSent += topUp
        waiting++
        let answered = false
        insist(
          to =>
            submit(
              to,
              {
                kind: 'open-account',
                accountId,
                lines: [{ msisdn: msisdnOf(account) }],
                offers: ['go'],
                topUp
              },
              () => {
                if (answered) return
                answered = true
                waiting--
                books.funded += topUp
              }
            ),
          () => answered
        )
      }
    },
    act() {
      const choice = world.fraction()
      const session = sessions[world.below(sessions.length)]
      if (choice < 0.15 || session === undefined) begin()
      else if (choice < 0.22) topUp()
      else if (choice < 0.27) event()
      else progress(session)
    },
    waiting: () => waiting,
    planned: () => planned,
    givenUp: () => givenUp,
    endSessions() {
      for (const session of [...sessions]) {
        if (world.chance(0.7)) terminate(session)
        else abandon(session)
      }
    }
  }
}

function accountOf(account: number): string {
  return `account-${account}`
}

function msisdnOf(account: number): string {
  return String(4915100000000 + account)
}

/** A Diameter listener on a free port with a charge function of the test's own, and its clients. */
import type { Charge } from '../../src/charging/ports.ts'
import {
  createDiameterListener,
  type DiameterListener,
  type DiameterListenerOptions
} from '../../src/diameter/listener.ts'
import type { ChargingAnswer } from '../../src/domain/answer.ts'
import { limits } from '../../src/domain/limits.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import { connectDiameter, type DiameterClient } from './diameter-client.ts'

export const listenerIdentity = {
  originHost: 'ocs.gyro.test',
  originRealm: 'gyro.test',
  productName: 'Gyro',
  vendorId: 0,
  originStateId: 7
}

/** Grants what is asked for, or 10 MB, to every service of the request. */
export function grantAll(request: ChargingRequest): ChargingAnswer {
  return {
    kind: 'charging',
    outcome: 'success',
    repeated: false,
    units: request.usages.map(({ ratingGroup, serviceIdentifiers, requested }) => ({
      ratingGroup,
      serviceIdentifiers,
      outcome: 'success',
      granted: requested && { unit: 'octets', amount: requested.octets ?? 10_000_000 },
      validity: requested ? 3_600 : 0,
      threshold: 0,
      final: null
    }))
  }
}

export interface TestListener {
  readonly listener: DiameterListener
  readonly port: number
  /** 0: it does not listen for TLS. */
  readonly tlsPort: number
  readonly requests: ChargingRequest[]
  readonly logged: string[]
  /** A connection, not yet open. */
  connect(): Promise<DiameterClient>
  /** A connection that has exchanged capabilities. */
  open(originHost?: string): Promise<DiameterClient>
}

interface Scope {
  teardown(run: () => Promise<void>): void
}

export async function startListener(
  t: Scope,
  change: Partial<Omit<DiameterListenerOptions, 'limits'>> & {
    readonly limits?: Partial<typeof limits | Record<keyof typeof limits, number>>
  } = {}
): Promise<TestListener> {
  const requests: ChargingRequest[] = []
  const logged: string[] = []
  const clients: DiameterClient[] = []
  const log = (_fields: object, message: string): void => void logged.push(message)
  const charge: Charge = change.charge ?? ((request, reply) => reply(grantAll(request)))
  const listener = createDiameterListener({
    listen: { host: '127.0.0.1', port: 0 },
    identity: listenerIdentity,
    logger: { debug: log, info: log, warn: log, error: log },
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    ...change,
    limits: { ...limits, ...change.limits },
    charge: (request, reply) => {
      requests.push(request)
      charge(request, reply)
    }
  })
  const { port, tls } = await listener.listen()
  t.teardown(async () => {
    for (const client of clients) client.end()
    await listener.close(100)
  })
  const connect = async (): Promise<DiameterClient> => {
    const client = await connectDiameter(port)
    clients.push(client)
    return client
  }
  const open = async (originHost = 'pgw.example.org'): Promise<DiameterClient> => {
    const client = await connect()
    await client.cer({ 'Origin-Host': originHost })
    return client
  }
  return { listener, port, tlsPort: tls?.port ?? 0, requests, logged, connect, open }
}

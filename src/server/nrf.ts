/** What this server asks of other network functions: its registration at the NRF, and access tokens. */
import type { Logger } from '../domain/log.ts'
import type { NchfTlsMaterial } from '../nchf/listener.ts'
import { nfProfile } from '../nchf/nrf-profile.ts'
import { createOutgoing, type Outgoing } from '../nchf/outgoing.ts'
import type { OutgoingTls } from '../nchf/outgoing-connections.ts'
import { createRegistration } from '../nchf/registration.ts'
import { createTokens, type Tokens } from '../nchf/tokens.ts'
import { systemClock, systemRandom, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { NchfTls } from './nchf-tls.ts'
import type { OpenParts } from './open-parts.ts'

export interface RegistrationParts {
  readonly config: Config
  readonly log: Logger
  readonly metrics: Metrics
  readonly open: OpenParts
}

/** Requests of our own show the certificate of the Nchf listener. */
export function openOutgoing({ material, follow }: NchfTls): Outgoing {
  const outgoing = createOutgoing({
    clock: systemClock,
    scheduler: systemScheduler,
    ...(material === null ? {} : { tls: shown(material) })
  })
  follow(renewed => outgoing.renew(shown(renewed)))
  return outgoing
}

function shown({ ca, cert, key }: NchfTlsMaterial): OutgoingTls {
  return { key, cert, ca: ca ?? undefined }
}

/** null: notifications carry no access token. */
export function tokensOf({ nchf }: Config, outgoing: Outgoing, logger: Logger): Tokens | null {
  const { callbackScope: scope } = nchf.oauth2
  const { uri: nrfUri, instanceId } = nchf.nrf
  if (scope === null || nrfUri === null || instanceId === null) return null
  return createTokens({ outgoing, clock: systemClock, logger, nrfUri, instanceId, scope })
}

/** Registers the address that Nchf is served on, as soon as the NRF can be had, until this process ends. */
export function openRegistration(
  { config, log, metrics, open }: RegistrationParts,
  tls: NchfTls,
  address: string | null
): void {
  const { apiRoot, nrf, oauth2 } = config.nchf
  if (nrf.uri === null || nrf.instanceId === null || address === null) return
  const scheme = tls.material === null ? 'http' : 'https'
  const outgoing = openOutgoing(tls)
  const requests = metrics.counters(
    'gyro_nrf_requests_total',
    'Requests to the NRF, by the status that it answered.',
    ['operation', 'result']
  )
  const registration = createRegistration({
    outgoing,
    scheduler: systemScheduler,
    random: systemRandom,
    logger: log,
    nrfUri: nrf.uri,
    profile: nfProfile({
      ...nrf,
      instanceId: nrf.instanceId,
      apiRoot: apiRoot ?? `${scheme}://${address}`,
      oauth2Required: oauth2.keys !== null
    }),
    onRequest: (operation, result) => requests({ operation, result })
  })
  metrics.gauge('gyro_nrf_registered', '1 while the NRF knows this server.', () =>
    registration.registered() ? 1 : 0
  )
  open.hold('nrf', async () => {
    await registration.stop()
    outgoing.close()
  })
  registration.start()
}

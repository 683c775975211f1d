/** What the services of a session used since its last CDR: all that they used, unless one was cut. */
import type { ServiceTotals } from '../domain/record.ts'
import type { RecordChain, RecordedTotals, ServiceUsage } from '../domain/session.ts'
import { add } from '../domain/units.ts'
import type { SessionDraft } from './draft.ts'

/** A service with its totals. */
type Used = Omit<ServiceUsage, 'grant' | 'parts'>

/** Where a CDR was cut before, without those that used nothing since. */
export function usedSinceLast({ services, chain }: SessionDraft): readonly Used[] {
  return chain === undefined ? services : sinceCut(services, chain)
}

function sinceCut(services: readonly ServiceUsage[], { recorded }: RecordChain): readonly Used[] {
  const found: Used[] = []
  for (const [index, service] of services.entries()) {
    const used = difference(service, recorded[index])
    const { octets, inputOctets, outputOctets, seconds, messages } = used
    const sum = octets + inputOctets + outputOctets + seconds + messages
    if (sum > 0 || service.parts.length > 0) found.push(used)
  }
  return found
}

function difference(now: ServiceUsage, before: RecordedTotals | undefined): Used {
  if (before === undefined) return now
  return {
    ratingGroup: now.ratingGroup,
    serviceIdentifiers: now.serviceIdentifiers,
    upf: now.upf,
    octets: now.octets - before.octets,
    inputOctets: now.inputOctets - before.inputOctets,
    outputOctets: now.outputOctets - before.outputOctets,
    seconds: now.seconds - before.seconds,
    messages: now.messages - before.messages
  }
}

/** As a CDR says it. */
export function toldOf(services: readonly Used[]): ServiceTotals[] {
  return services.map(service => ({
    ratingGroup: service.ratingGroup,
    serviceIdentifiers: service.serviceIdentifiers,
    ...(service.upf === '' ? {} : { upf: service.upf }),
    octets: service.octets,
    inputOctets: service.inputOctets,
    outputOctets: service.outputOctets,
    seconds: service.seconds,
    messages: service.messages
  }))
}

/** Over all of them. */
export function totalsOf(services: readonly RecordedTotals[]): RecordedTotals {
  const totals = { octets: 0, inputOctets: 0, outputOctets: 0, seconds: 0, messages: 0 }
  for (const service of services) {
    totals.octets = add(totals.octets, service.octets)
    totals.inputOctets = add(totals.inputOctets, service.inputOctets)
    totals.outputOctets = add(totals.outputOctets, service.outputOctets)
    totals.seconds = add(totals.seconds, service.seconds)
    totals.messages = add(totals.messages, service.messages)
  }
  return totals
}

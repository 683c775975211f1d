/**
 * What a request is refused for (5004) when its volumes are sound by themselves, and what the session or the account
 * has counted goes beyond 2^53-1 with them: the largest of what it reports, or asks for where it reports nothing.
 */
import type { ChargingRequest } from '../../domain/request.ts'
import { encodeAvp } from '../codec/encode.ts'
import { resultCodes } from '../dictionary/result-codes.ts'
import type { PeerFault } from '../peer/peer-machine.ts'

const names = {
  octets: 'CC-Total-Octets',
  inputOctets: 'CC-Input-Octets',
  outputOctets: 'CC-Output-Octets',
  messages: 'CC-Service-Specific-Units'
} as const
type Name = keyof typeof names

type Volumes = { readonly [N in Name]?: number | null }

/** `plain`: the units stand at command level. */
export function uncountableFault({ usages }: ChargingRequest, plain: boolean): PeerFault {
  const reported = usages.flatMap(({ used }) => (used === null ? [] : [largestOf(used)]))
  const asked = usages.flatMap(({ requested }) =>
    requested === null ? [] : [largestOf(requested)]
  )
  const within = reported.length > 0 ? 'Used-Service-Unit' : 'Requested-Service-Unit'
  const candidates = reported.length > 0 ? reported : asked
  const units = candidates.reduce((most, one) => (one.value > most.value ? one : most), nothing)
  const volume = { [names[units.name]]: units.value }
  const avp = plain
    ? encodeAvp(within, volume)
    : encodeAvp('Multiple-Services-Credit-Control', {
        [within]: within === 'Used-Service-Unit' ? [volume] : volume
      })
  return {
    resultCode: resultCodes.DIAMETER_INVALID_AVP_VALUE,
    avp,
    message: 'with this the session or the account counts more than 2^53-1; nothing was settled'
  }
}

interface Volume {
  readonly name: Name
  readonly value: number
}

const nothing: Volume = { name: 'octets', value: 0 }

/** Directions are what was sent where they add up to the total. */
function largestOf(volumes: Volumes): Volume {
  const { octets, inputOctets, outputOctets, messages } = volumes
  const split = inputOctets != null && outputOctets != null && inputOctets + outputOctets === octets
  const found: Volume[] = [{ name: 'messages', value: messages ?? 0 }]
  if (split) found.push({ name: 'inputOctets', value: inputOctets })
  if (split) found.push({ name: 'outputOctets', value: outputOctets })
  else found.push({ name: 'octets', value: octets ?? 0 })
  return found.reduce((most, one) => (one.value > most.value ? one : most))
}

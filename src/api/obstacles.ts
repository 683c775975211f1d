/** What keeps a rule or a bucket from being used, in words. */
import type { Obstacle, UnitExplained } from '../charging/simulation.ts'

export function becauseOf(obstacle: Obstacle | null, { meaning }: UnitExplained): string | null {
  switch (obstacle) {
    case null:
      return null
    case 'service':
      return `not for ${meaning?.service ?? 'this service'}`
    case 'leg':
      return `not for the ${meaning?.leg ?? ''} leg`
    case 'time':
      return 'not at this time'
    case 'zone':
      return `not for zone ${meaning?.zone ?? ''}`
    case 'destination':
      return `not for destination ${meaning?.destination ?? ''}`
    case 'apn':
      return 'not for this access point'
    case 'slice':
      return 'not for this slice'
    case 'rat':
      return 'not for this radio access'
    case 'qos':
      return 'not for this QoS'
    case 'identifier':
      return 'not for this service identifier'
    case 'characteristics':
      return 'not for these charging characteristics'
    case 'row':
      return 'its table has no row for this'
    case 'not-yet':
      return 'its period has not begun'
    case 'over':
      return 'its period is over'
    case 'withdrawn':
      return 'the catalogue has no such allowance any more'
    case 'own-offer':
      return 'the line has a base offer of its own'
    case 'used-up':
      return 'nothing is available in it'
  }
}

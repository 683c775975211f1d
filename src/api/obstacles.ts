/** What keeps a rule or a bucket from being used, in words. */
import type { BucketTried, Obstacle, UnitExplained } from '../charging/simulation.ts'

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

/** What keeps a bucket from being drawn, and whether it keeps everything else from paying. */
export function becauseOfBucket(
  { obstacle, stops }: BucketTried,
  unit: UnitExplained
): string | null {
  const because = becauseOf(obstacle, unit)
  if (!stops) return because
  const stop = 'nothing else pays once it is used up (used-up: stop)'
  return because === null ? stop : `${because}, and ${stop}`
}

/** Why less was granted than was aimed at. */
export function shortageOf({ limits, buckets }: UnitExplained): string {
  const bound = limits.find(({ bound }) => bound)
  const stop = buckets.find(({ stops }) => stops)
  const short = bound === undefined ? [] : [`limit ${bound.limit} has no more`]
  if (stop !== undefined) {
    const because = `nothing else pays once ${stop.bucket} is used up (used-up: stop)`
    short.push('buckets have no more', because)
  }
  if (short.length === 0) return 'buckets and wallet have no more'
  return short.join(', and ')
}

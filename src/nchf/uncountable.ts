/** What a request reported that a session cannot count up (docs/charging-rules.md §4): its largest value stands for it. */
import type { ChargingDataRequest } from './messages.ts'
import { type Problem, problem, wrongMember } from './problem.ts'

const volumes = [
  'totalVolume',
  'uplinkVolume',
  'downlinkVolume',
  'time',
  'serviceSpecificUnits'
] as const

const reason = 'adds up to more than can be counted'

export function uncountable({ multipleUnitUsage = [] }: ChargingDataRequest): Problem {
  let most = 0
  let path = ''
  for (const [group, { usedUnitContainer = [] }] of multipleUnitUsage.entries()) {
    for (const [place, container] of usedUnitContainer.entries()) {
      for (const name of volumes) {
        const value = container[name] ?? 0
        if (value <= most) continue
        most = value
        path = `/multipleUnitUsage/${group}/usedUnitContainer/${place}/${name}`
      }
    }
  }
  if (path === '') return problem(400, 'CHARGING_FAILED', `the usage ${reason}`)
  return wrongMember('CHARGING_FAILED', path, `${reason} with what the session has reported before`)
}

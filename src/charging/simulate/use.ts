/**
 * A whole session, as a gateway would run it: units are asked for, used as far as they are granted, and reported in
 * so many reports. Each ask has a value, so that the number of requests is that of the reports and one more.
 */
import type { ChargingAnswer } from '../../domain/answer.ts'
import type { ChargingRequest, RequestedUnits, UsedUnits } from '../../domain/request.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { Units, UnitType } from '../../domain/units.ts'
import type { Catalogue } from '../../rating/catalogue.ts'
import { classify } from '../../rating/classify.ts'
import type { PlayedStep, UseStep } from '../simulation.ts'
import { chargingRequest, usageOf } from './requests.ts'

interface Asked {
  readonly at: EpochMs
  readonly request: ChargingRequest
}

/** Yields requests and is given their answers; returns what was used. */
export function* useRequests(
  step: UseStep,
  catalogue: Catalogue
): Generator<Asked, PlayedStep['used'], ChargingAnswer | null> {
  const situation = classify(catalogue, step.context, step.ratingGroup, step.facts)
  const unit = situation?.service.unit ?? 'octets'
  const reports = reportsOf(step, unit, catalogue)
  const report = Math.max(1, Math.ceil(step.units / reports))
  const opened = yield ask(step, unit, 'initial', 0, step.at, 0, step.units, report)
  if (opened?.outcome !== 'success') return { unit, units: 0 }
  let used = 0
  let granted = grantedOf(opened)
  for (let number = 1; ; number++) {
    const units = Math.min(granted, report, step.units - used)
    used += units
    // Calls take their time; how long a volume takes is not known.
    const at = step.at + (unit === 'seconds' ? used * 1000 : 0)
    const left = units === 0 ? 0 : step.units - used
    if (left === 0) {
      yield ask(step, unit, 'termination', number, at, units, 0, 0)
      return { unit, units: used }
    }
    granted = grantedOf(yield ask(step, unit, 'update', number, at, units, left, report))
  }
}

/** A call reports at least as often as its grants are valid, or it would be taken for dead. */
function reportsOf(step: UseStep, unit: UnitType, { quota }: Catalogue): number {
  if (unit !== 'seconds') return step.reports
  return Math.max(step.reports, Math.ceil(step.units / quota.validity))
}

function grantedOf(answer: ChargingAnswer | null): Units {
  return answer?.units[0]?.granted?.amount ?? 0
}

function ask(
  step: UseStep,
  unit: UnitType,
  type: 'initial' | 'update' | 'termination',
  number: number,
  at: EpochMs,
  used: Units,
  left: Units,
  report: Units
): Asked {
  const requested: RequestedUnits | null =
    type === 'termination'
      ? null
      : { octets: null, seconds: null, messages: null, [unit]: Math.min(left, report) }
  const reported: UsedUnits | null =
    type === 'initial'
      ? null
      : {
          octets: null,
          inputOctets: null,
          outputOctets: null,
          seconds: null,
          messages: null,
          [unit]: used
        }
  const usages = [usageOf(step.ratingGroup, step.serviceIdentifiers, reported, requested)]
  return { at, request: chargingRequest(type, step, number, usages) }
}

/**
 * Paths of Nchf_ConvergedCharging, TS 32.291 6.1.3:
 *
 *     POST {apiRoot}/nchf-convergedcharging/{v2|v3}/chargingdata
 *     POST {apiRoot}/nchf-convergedcharging/{v2|v3}/chargingdata/{ChargingDataRef}/{update|release}
 *
 * Version 2 (Release 15) differs from 3 in members that were added, so one handler serves both.
 */
import { limits } from '../domain/limits.ts'
import { type Problem, problem } from './problem.ts'

export type Operation = 'create' | 'update' | 'release'

export interface Route {
  readonly operation: Operation
  readonly version: string
  /** The path of the apiRoot, before the name of the service. */
  readonly prefix: string
  /** Empty for a create. */
  readonly reference: string
}

const pattern =
  /^(.*)\/nchf-convergedcharging\/(v[23])\/chargingdata(?:\/([\w.~%-]+)\/(update|release))?\/?$/

const unknown = problem(404, 'RESOURCE_URI_STRUCTURE_NOT_FOUND', 'there is no such resource')
const wrongMethod: Problem = {
  ...problem(405, 'UNSPECIFIED_MSG_FAILURE', 'the resource takes POST only'),
  headers: { allow: 'POST' }
}

export function routeOf(method: string | undefined, target: string | undefined): Route | Problem {
  const path = target ?? ''
  const query = path.indexOf('?')
  const found = pattern.exec(query < 0 ? path : path.slice(0, query))
  if (!found) return unknown
  const [, prefix = '', version = '', reference = '', operation] = found
  if (reference.length > limits.nchfReferenceOctets) return unknown
  if (method !== 'POST') return wrongMethod
  return {
    operation: operation === undefined ? 'create' : (operation as Operation),
    version,
    prefix,
    reference
  }
}

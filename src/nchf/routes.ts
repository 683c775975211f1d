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

const service = '/nchf-convergedcharging/'
const collection = '/chargingdata'
const referencePattern = /^[\w.~%-]+$/

const unknown = problem(404, 'RESOURCE_URI_STRUCTURE_NOT_FOUND', 'there is no such resource')
const wrongMethod: Problem = {
  ...problem(405, 'UNSPECIFIED_MSG_FAILURE', 'the resource takes POST only'),
  headers: { allow: 'POST' }
}

export function routeOf(method: string | undefined, target: string | undefined): Route | Problem {
  const route = resourceOf(pathOf(target ?? ''))
  if (route === null) return unknown
  return method === 'POST' ? route : wrongMethod
}

/** Without the query, and without a slash at the end. */
function pathOf(target: string): string {
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  return path.endsWith('/') ? path.slice(0, -1) : path
}

// By hand, because every request comes through here and few patterns are as quick. null: there is no such resource.
function resourceOf(path: string): Route | null {
  const at = path.lastIndexOf(service)
  if (at < 0) return null
  const versionAt = at + service.length
  const version = path.slice(versionAt, versionAt + 2)
  if (version !== 'v3' && version !== 'v2') return null
  const prefix = path.slice(0, at)
  const collectionAt = versionAt + version.length
  if (!path.startsWith(collection, collectionAt)) return null
  const referenceAt = collectionAt + collection.length
  if (path.length === referenceAt) return { operation: 'create', version, prefix, reference: '' }
  const end = path.lastIndexOf('/')
  if (path[referenceAt] !== '/' || end <= referenceAt) return null
  const operation = path.slice(end + 1)
  if (operation !== 'update' && operation !== 'release') return null
  const reference = path.slice(referenceAt + 1, end)
  if (reference.length > limits.nchfReferenceOctets || !referencePattern.test(reference))
    return null
  return { operation, version, prefix, reference }
}

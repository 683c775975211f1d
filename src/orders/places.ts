/** Which of several places an order goes to: the nodes of a store, or the workers of a node. */
import type { SessionOrder } from '../domain/order.ts'
import { processOf } from '../domain/route.ts'

/** A place, with the Origin-Hosts that it reaches, in small letters, and the processes that hold its connections. */
export type Place<P> = readonly [place: P, reached: readonly string[]]

/** Whose connection may lead to the client, the better first; none on protocols without connections. */
export function hostsOf({ route, origin }: SessionOrder): readonly string[] {
  if (route.protocol !== 'gy') return []
  return [...new Set([route.peer.toLowerCase(), origin.host.toLowerCase()])]
}

/**
 * Where the agent of the session is reached, or else the client itself; where both are true of several places, the
 * one whose process had the connection of the session's last request. null: nowhere.
 */
export function placeOf<P>(order: SessionOrder, places: readonly Place<P>[]): P | null {
  const { route } = order
  const process = route.protocol === 'gy' ? processOf(route.connection ?? '') : ''
  for (const host of hostsOf(order)) {
    const found = places.filter(([, reached]) => reached.includes(host))
    const [place] = found.find(([, reached]) => reached.includes(process)) ?? found[0] ?? []
    if (place !== undefined) return place
  }
  return null
}

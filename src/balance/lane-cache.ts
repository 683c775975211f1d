/** All lanes by account, with a bound on the documents of their images: the least recently used go first. */
import { partitionOf } from '../domain/subscriber.ts'
import { createLane, type Lane } from './lane.ts'

export interface LaneCache {
  /** The account's lane, made when there is none, and now the most recently used. */
  use(accountId: string): Lane
  /** Counts the lane's documents again, drops images beyond the bound and forgets the lane when it is empty. */
  settle(lane: Lane): void
  lanes(): number
  documents(): number
}

export function createLaneCache(partitions: number, documentsMax: number): LaneCache {
  const lanes = new Map<string, Lane>()
  let newest: Lane | null = null
  let oldest: Lane | null = null
  let documents = 0

  function unlink(lane: Lane): void {
    if (lane.newer === null) newest = lane.older
    else lane.newer.older = lane.older
    if (lane.older === null) oldest = lane.newer
    else lane.older.newer = lane.newer
    lane.newer = null
    lane.older = null
  }

  function link(lane: Lane): void {
    lane.older = newest
    if (newest === null) oldest = lane
    else newest.newer = lane
    newest = lane
  }

  function count(lane: Lane): void {
    const image = lane.image
    const held = image === null ? 0 : 1 + image.lines.size + image.sessions.size
    documents += held - lane.documents
    lane.documents = held
  }

  function forgetIfEmpty(lane: Lane): void {
    if (lane.busy || lane.image !== null) return
    unlink(lane)
    lanes.delete(lane.key.accountId)
  }

  /** Lanes at work keep their images: their number is bounded by the requests in flight. */
  function evict(): void {
    let lane = oldest
    while (documents > documentsMax && lane !== null) {
      const next: Lane | null = lane.newer
      if (!lane.busy) {
        lane.image = null
        count(lane)
        forgetIfEmpty(lane)
      }
      lane = next
    }
  }

  return {
    use(accountId) {
      let lane = lanes.get(accountId)
      if (lane === undefined) {
        lane = createLane({ partition: partitionOf(accountId, partitions), accountId })
        lanes.set(accountId, lane)
        link(lane)
      } else if (lane !== newest) {
        unlink(lane)
        link(lane)
      }
      return lane
    },
    settle(lane) {
      count(lane)
      forgetIfEmpty(lane)
      if (documents > documentsMax) evict()
    },
    lanes: () => lanes.size,
    documents: () => documents
  }
}

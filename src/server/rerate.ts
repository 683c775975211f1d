/** Re-rating over an open house: the same for a command and for the HTTP API. */
import type { AdjustmentBook, Rerate } from '../charging/adjustment.ts'
import { GyroError } from '../domain/errors.ts'
import type { Catalogue } from '../rating/catalogue.ts'
import { catalogueFromSource } from '../rating/load/load.ts'
import { type RerateAnswer, runRerate } from '../rerate/run.ts'
import type { House } from './compose.ts'

export function createRerate(house: House, book: AdjustmentBook): Rerate<RerateAnswer> {
  const { accounts } = house.service
  const { versions } = house
  const parts = { book, accounts, versions }
  return order => {
    const candidate =
      order.source === null ? versions.catalogues().current : fromSource(order.source)
    return runRerate({ ...order, candidate }, parts)
  }
}

function fromSource(source: string): Catalogue {
  try {
    return catalogueFromSource(source)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new GyroError('GYRO_INPUT_INVALID', `catalogue: is not the source of one: ${reason}`)
  }
}

/** Servers of the simulation as workers of one server: what they hand each other may be late, lost or half lost. */
import type { HandedAnswers, HandOver } from '../../src/balance/hand-over.ts'
import type { ChargingService } from '../../src/balance/service.ts'
import type { World } from './world.ts'

interface Worker {
  alive: boolean
  readonly service: ChargingService
}

export function createSimulatedHandOver(
  world: World,
  alive: () => boolean,
  workers: () => readonly Worker[]
): HandOver {
  return {
    offer(writer, handed, done) {
      const worker = workers().find(({ service }) => service.writer === writer)
      if (worker === undefined) return false
      let ended = false
      const end = (answers: HandedAnswers) => {
        if (ended || !alive()) return
        ended = true
        done(answers)
      }
      world.after(handed.withinMs, () => end([]))
      const lost = () => world.chance(0.1)
      if (lost()) return true
      const copy = structuredClone(handed)
      world.after(world.below(300), () => {
        if (!worker.alive) return
        worker.service.takeOver(copy, answers => {
          if (!lost()) world.after(world.below(1_000), () => end(answers))
        })
      })
      return true
    }
  }
}

/**
 * Plays a scenario on an account on paper: each request goes through the engine that serves the network, at the
 * instant that the scenario says, and each is explained. Pure; what it is given is not changed.
 */
import type { Account, Line } from '../../domain/account.ts'
import { GyroError } from '../../domain/errors.ts'
import type { OutboxRecord } from '../../domain/record.ts'
import type { EngineRequest } from '../../domain/request.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { Catalogues } from '../../rating/catalogue.ts'
import type { Decide, Present } from '../decision.ts'
import { createEngine } from '../engine.ts'
import { explain } from '../explain/explain.ts'
import { termsOf } from '../explain/rerate.ts'
import type {
  PlayedRequest,
  PlayedStep,
  ScenarioStep,
  Simulation,
  UnitExplained,
  UseStep
} from '../simulation.ts'
import { bucketChanges, type Stand } from './changes.ts'
import { useRequests } from './use.ts'
import { apply, stateFor, type World } from './world.ts'

/** Requests of one scenario, with those that a `use` stands for. */
const requestsMax = 2_000

/** What is in force at an instant: a scenario may reach into the time of another version. */
export type CataloguesAt = (at: EpochMs) => Catalogues

interface Play {
  readonly world: World
  readonly catalogues: CataloguesAt
  readonly decide: Decide
  readonly present: Present
  readonly prices: Map<string, null>
  requests: number
}

/** Yields after every request, so that a server can do other work in between. */
export function* play(
  world: World,
  steps: readonly ScenarioStep[],
  catalogues: CataloguesAt,
  start: EpochMs
): Generator<void, Simulation> {
  const engine = createEngine(at => catalogues(at ?? start))
  const playing: Play = { world, catalogues, ...engine, prices: new Map(), requests: 0 }
  const before = standAt(playing, start)
  const played: PlayedStep[] = []
  for (const step of steps) {
    const swept = yield* sweepUntil(playing, step.at)
    const at = Math.max(step.at, world.account?.lastAt ?? 0)
    const { requests, used } = yield* playStep(playing, step)
    played.push({
      at,
      requests: [...swept, ...requests],
      used,
      ...standAt(playing, step.at)
    })
  }
  const known = catalogues(start)
  const terms = [...playing.prices.keys()].map(ref => [ref, termsOf(ref, known)] as const)
  return { catalogue: known.current.version, before, steps: played, prices: new Map(terms) }
}

function* playStep(
  playing: Play,
  step: ScenarioStep
): Generator<void, Pick<PlayedStep, 'requests' | 'used'>> {
  if (step.do === 'look') return { requests: [], used: null }
  if (step.do === 'use') return yield* playUse(playing, step)
  const lineId = step.do === 'charge' ? step.lineId : ''
  const request = playRequest(playing, step.request, lineId, step.at)
  yield
  return { requests: [request], used: null }
}

/** The session ends when nothing more is granted, as a gateway ends it. */
function* playUse(
  playing: Play,
  step: UseStep
): Generator<void, Pick<PlayedStep, 'requests' | 'used'>> {
  const requests: PlayedRequest[] = []
  const asking = useRequests(step, playing.catalogues(step.at).current)
  let next = asking.next(null)
  while (next.done !== true) {
    const { request, at } = next.value
    const played = playRequest(playing, request, step.lineId, at)
    requests.push(played)
    yield
    next = asking.next(played.answer.kind === 'charging' ? played.answer : null)
  }
  return { requests, used: next.value }
}

/** Closes what the sweeper would have closed by then: sessions without a request for Tcc. */
function* sweepUntil(playing: Play, at: EpochMs): Generator<void, PlayedRequest[]> {
  const { world } = playing
  const swept: PlayedRequest[] = []
  for (;;) {
    const due = world.account?.sweepAt ?? 0
    if (world.account === null || due === 0 || due > at) return swept
    const request = { kind: 'sweep' as const, accountId: world.account.id }
    const played = playRequest(playing, request, '', due)
    if (played.records.length > 0) swept.push(played)
    yield
  }
}

function playRequest(
  playing: Play,
  request: EngineRequest,
  lineId: string,
  at: EpochMs
): PlayedRequest {
  const { world, catalogues } = playing
  if (++playing.requests > requestsMax) {
    throw new GyroError(
      'GYRO_INPUT_INVALID',
      `the scenario stands for more than ${requestsMax} requests; make it shorter`
    )
  }
  const stored = world.account
  const before = stored === null ? null : standAt(playing, at)
  const state = stateFor(world, request, lineId, at)
  const decision = playing.decide(state, request, at)
  if (decision.changes !== null) apply(world, decision.changes)
  const after = standAt(playing, at)
  const explanation =
    request.kind === 'charging' ? explain(state, request, decision, catalogues(at), at) : null
  for (const unit of explanation?.units ?? []) rememberPrices(playing, unit)
  for (const { price } of explanation?.positions ?? []) playing.prices.set(price, null)
  const records = decision.changes?.records ?? []
  return {
    at: after.account.lastAt > at ? after.account.lastAt : at,
    request,
    answer: decision.answer,
    explanation,
    wallet: {
      before: before?.account.wallet ?? { available: 0, reserved: 0 },
      after: after.account.wallet
    },
    buckets: bucketChanges(before, after),
    records,
    orders: decision.changes?.orders ?? [],
    debited: debitOf(stored, world.account, records)
  }
}

function rememberPrices({ prices }: Play, unit: UnitExplained): void {
  const { grant, rules, settled } = unit
  if (grant?.change) prices.set(grant.change.price, null)
  for (const { price } of [...rules, ...settled]) if (price !== '') prices.set(price, null)
}

/**
 * What usage took: the change of what the account owns, without top-ups and fees. Of the documents as they were before
 * renewals were applied to them: those that fall due with a request are among its records.
 */
function debitOf(
  before: Account | null,
  after: Account | null,
  records: readonly OutboxRecord[]
): number {
  let moved = 0
  for (const record of records) {
    if (record.kind === 'movement' && record.target === 'wallet') moved += record.amount
  }
  return owned(before) + moved - owned(after)
}

function owned(account: Account | null): number {
  return account === null ? 0 : account.wallet.available + account.wallet.reserved
}

/** The account with its renewals and expiries applied, as every read shows it. */
function standAt({ world, present }: Play, at: EpochMs): Stand {
  const { account } = world
  if (account === null) {
    throw new GyroError('GYRO_INPUT_INVALID', 'the scenario begins without an account')
  }
  const lines: readonly Line[] = [...world.lines.values()]
  return present(account, lines, at)
}

/** Moving money into and out of grants that stay: what their units cost has changed, their units have not. */
import type { MicroUnits } from '../domain/money.ts'
import type { Draw, Grant } from '../domain/session.ts'
import { bucketsAt, reserveMoney, settleMoney, sharedPlace } from './books.ts'
import { reserveUnits } from './bucket-units.ts'
import { compareForBurn, moneyOrder } from './burn-order.ts'
import { type Context, situationOf } from './context.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { asGranted } from './granted.ts'
import { heldUnder } from './held-units.ts'
import { isPurse, settlePurse } from './purse.ts'

/** Money that a grant holds, of the wallet and of buckets. */
export function heldMoney({ draws }: Grant): MicroUnits {
  let money = 0
  for (const { amount } of draws) money += amount
  return money
}

/** Money that the other services of a session hold under a price. */
export function moneyBeside(
  { services }: SessionDraft,
  service: ServiceDraft,
  ref: string | undefined
): MicroUnits {
  let money = 0
  if (ref === undefined || services.length < 2) return money
  for (const other of services) {
    if (other.grant === null || other === service || heldUnder(other, ref) === 0) continue
    money += heldMoney(other.grant)
  }
  return money
}

/** Gives back what the grant's draws from the wallet hold beyond so much each: of the wallet first, it is drawn last. */
export function lowerHolds(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  due: readonly MicroUnits[]
): void {
  moveHolds(context, session, service, due, lowered)
}

/** Makes the grant's draws from the wallet hold so much each, as far as there is money for it, in burn order. */
export function raiseHolds(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  due: readonly MicroUnits[]
): void {
  moveHolds(context, session, service, due, raised)
}

/** Buckets of money and the draw from the wallet behind them, when they hold so much more, or less. */
type Move = (
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  grant: Grant,
  purses: readonly Draw[],
  wallet: Draw,
  money: MicroUnits
) => readonly Draw[]

function moveHolds(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  due: readonly MicroUnits[],
  move: Move
): void {
  const { grant } = service
  if (grant === null) return
  const before = heldMoney(grant)
  // Mostly nothing changes.
  if (due.length === 1 && due[0] === before) return
  const draws: Draw[] = []
  let purses: Draw[] = []
  let index = 0
  for (const draw of grant.draws) {
    if (isPurse(draw)) {
      purses.push(draw)
      continue
    }
    if (draw.source === 'wallet') {
      let held = draw.amount
      for (const { amount } of purses) held += amount
      const money = (due[index] ?? held) - held
      draws.push(...move(context, session, service, grant, purses, draw, money))
      index += 1
    } else draws.push(...purses, draw)
    purses = []
  }
  service.grant = { ...grant, draws }
}

function lowered(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  { zone }: Grant,
  purses: readonly Draw[],
  wallet: Draw,
  money: MicroUnits
): readonly Draw[] {
  if (money >= 0) return [...purses, wallet]
  const back = Math.min(-money, wallet.amount)
  settleMoney(context.books, back, 0)
  let left = -money - back
  const kept: Draw[] = []
  for (const purse of purses.toReversed()) {
    const amount = Math.min(left, purse.amount)
    left -= amount
    if (amount > 0) {
      settlePurse(context, service, session.lineId, zone, { ...purse, amount }, 0)
    }
    if (amount < purse.amount) kept.unshift({ ...purse, amount: purse.amount - amount })
  }
  return [...kept, { ...wallet, amount: wallet.amount - back }]
}

function raised(
  context: Context,
  session: SessionDraft,
  { ratingGroup, serviceIdentifiers }: ServiceDraft,
  grant: Grant,
  purses: readonly Draw[],
  wallet: Draw,
  money: MicroUnits
): readonly Draw[] {
  if (money <= 0) return [...purses, wallet]
  const { context: name, facts, lineId } = session
  const situation = situationOf(context, name, ratingGroup, facts, serviceIdentifiers)
  const order = situation === null ? [] : moneyOrder(context, lineId, asGranted(situation, grant))
  const held = purses.slice()
  let left = money
  for (const { place, bucket } of order) {
    const amount = Math.min(left, bucket.available)
    if (amount === 0) break
    reserveUnits(context.books, place, bucket.id, amount)
    left -= amount
    const at = held.findIndex(draw => draw.bucket === bucket.id)
    const known = held[at]
    if (known !== undefined) held[at] = { ...known, amount: known.amount + amount }
    else held.push({ source: place.source, bucket: bucket.id, units: 0, amount })
  }
  const spendable = Math.max(0, context.books.available + context.creditLimit)
  const amount = Math.min(left, spendable)
  reserveMoney(context.books, amount)
  if (held.length > purses.length) sortForBurn(context, lineId, held)
  return [...held, { ...wallet, amount: wallet.amount + amount }]
}

function sortForBurn({ books }: Context, lineId: string, purses: Draw[]): void {
  const found = ({ source, bucket }: Draw) => {
    const place = source === 'account' ? sharedPlace : ({ source: 'line', lineId } as const)
    return bucketsAt(books, place).find(({ id }) => id === bucket)
  }
  purses.sort((a, b) => {
    const [first, second] = [found(a), found(b)]
    return first === undefined || second === undefined ? 0 : compareForBurn(first, second)
  })
}

/** A simulation as text for people: what was answered, what it cost, and why. */
import type {
  ExplanationJson,
  RequestJson,
  SimulationJson,
  StepJson,
  TermsJson,
  UnitJson
} from '../api/simulation-views.ts'
import { showUnits } from './output.ts'

export function simulationLines(played: SimulationJson): string[] {
  const { currency, before, after } = played
  const offers = before.subscriptions.map(({ offer }) => offer).join(', ')
  const lines = [
    `account    ${before.id}: ${offers}; wallet ${before.wallet.available} ${currency}`,
    `catalogue  ${played.catalogue}`
  ]
  for (const step of played.steps) lines.push('', ...stepLines(step, played))
  lines.push('', `debited    ${played.debited} ${currency}`)
  lines.push(`wallet     ${before.wallet.available} -> ${after.wallet.available} ${currency}`)
  return lines
}

function stepLines(step: StepJson, played: SimulationJson): string[] {
  const used = step.used === null ? '' : `, used ${showUnits(step.used.unit, step.used.units)}`
  const head = `${step.step + 1}. ${step.do}, ${step.at}${used}: ${step.debited} ${played.currency}`
  const lines = [head, ...step.requests.flatMap(request => requestLines(request, played))]
  if (step.account !== undefined) {
    const { wallet, buckets } = step.account
    lines.push(`   wallet ${wallet.available}, reserved ${wallet.reserved}`)
    for (const bucket of buckets) {
      const left = showUnits(bucket.unit, bucket.available)
      lines.push(`   bucket ${bucket.offer} ${bucket.allowance}: ${left}`)
    }
  }
  return lines
}

function requestLines(request: RequestJson, played: SimulationJson): string[] {
  const session = request.session === null ? '' : ` ${request.session} #${request.number}`
  const detail = request.detail === null ? '' : `: ${request.detail}`
  const lines = [`   ${request.do}${session}: ${request.outcome}${detail}`]
  for (const unit of request.units) lines.push(...unitLines(unit, played))
  for (const event of request.events) lines.push(`     ${eventText(event)}`)
  for (const bucket of request.buckets) {
    const { before, after, unit } = bucket
    if (before?.available === after?.available) continue
    const line = bucket.line === null ? '' : ` of ${bucket.line}`
    const from = showUnits(unit, before?.available ?? 0)
    const to = showUnits(unit, after?.available ?? 0)
    lines.push(`     bucket ${bucket.offer} ${bucket.allowance}${line}: ${from} -> ${to}`)
  }
  const { before, after } = request.wallet
  if (before.available !== after.available || before.reserved !== after.reserved) {
    const held = after.reserved === '0.000000' ? '' : `, reserved ${after.reserved}`
    lines.push(`     wallet ${before.available} -> ${after.available}${held}`)
  }
  return lines
}

function unitLines(unit: UnitJson, { prices }: SimulationJson): string[] {
  const where = [unit.zone === null ? '' : ` in ${unit.zone}`]
  if (unit.destination !== null) where.push(` to ${unit.destination}`)
  if (unit.emergency) where.push(', an emergency')
  const lines = [
    `     ${unit.service ?? 'nothing that is sold'}${where.join('')}: ${unit.outcome}`,
    ...ruleLines(unit, prices)
  ]
  for (const { bucket, verdict, because } of unit.buckets) {
    if (because !== null) lines.push(`       ${verdict} bucket ${bucket}: ${because}`)
  }
  lines.push(...unit.limits.flatMap(limitLines))
  if (unit.grant !== null) {
    const { grant } = unit
    const final = grant.final ? ', the last' : ''
    lines.push(`       granted ${showUnits(grant.unit, grant.granted)}${final}: ${grant.because}`)
  }
  for (const slice of unit.settled) {
    const units = showUnits(slice.unit, slice.units)
    lines.push(`       ${units} ${sourceOf(slice)}: ${slice.amount}`)
  }
  return lines
}

/** Limits that the usage does not count under are passed over in silence; --json has them. */
function limitLines(limit: UnitJson['limits'][number]): string[] {
  const { verdict, before, after } = limit
  if (verdict === 'passed-over') return []
  const show = (units: number | string) => showUnits(limit.unit, units)
  const used =
    before.used === after.used ? show(after.used) : `${show(before.used)} -> ${show(after.used)}`
  const bound = verdict === 'bound' ? '; nothing more is granted because of it' : ''
  return [`       ${limitText(limit, used, after.reserved)}${bound}`]
}

/** `limit flat/fair-use: 4 GB used and 1 GB held of 25 GB, until 2026-12-01T00:00:00.000Z` */
export function limitText(
  {
    limit,
    line,
    unit,
    amount,
    beyond,
    validUntil
  }: Pick<ExplainedLimit, 'limit' | 'line' | 'unit' | 'amount' | 'beyond' | 'validUntil'>,
  used: string,
  reserved: number | string
): string {
  const whose = line === null ? '' : ` of ${line}`
  const of = amount === null ? '' : ` of ${showUnits(unit, amount)}`
  const until = validUntil === null ? '' : `, until ${validUntil}`
  const passed = beyond === 'no' ? '' : ', and he goes on beyond it'
  return `limit ${limit}${whose}: ${used} used and ${showUnits(unit, reserved)} held${of}${until}${passed}`
}

type ExplainedLimit = NonNullable<ExplanationJson['open']>['limits'][number]

function eventText(event: RequestJson['events'][number]): string {
  const { type, subject, threshold, direction, status } = event
  const what = type === 'threshold' ? `threshold ${threshold} ${direction}` : type
  return `event ${what}: ${subject}${status === '' ? '' : `, status ${status}`}`
}

/** Rules of other services are passed over in silence; --json has them. */
function ruleLines({ rules, unit }: UnitJson, prices: SimulationJson['prices']): string[] {
  return rules
    .filter(({ obstacle }) => obstacle !== 'service')
    .map(({ price, row, verdict, because }) => {
      const why = verdict === 'matched' ? termsText(prices[price] ?? null, unit) : because
      const at = row === null ? '' : ` (tables/${row.table}.csv, line ${row.line})`
      return `       ${verdict} ${nameOf(price)}${at}: ${why}`
    })
}

function sourceOf(slice: UnitJson['settled'][number]): string {
  if (slice.suspense) return 'without a price, in suspense'
  if (slice.bucket !== null) return `from bucket ${slice.bucket}`
  return `by ${nameOf(slice.price ?? '')}`
}

/** Terms of a price: `0.010000 per 1 MB, in steps of 100 kB`. */
export function termsText(terms: TermsJson, unit: string | null): string {
  if (terms === null) return 'its version of the catalogue is not known here'
  const show = (units: number) => showUnits(unit ?? 'octets', units)
  const { per = 0, step = 0, minimum = 0, setUp = '0.000000', over } = terms
  const text = [whatText(terms, show, unit)]
  if (step !== per) text.push(`in steps of ${show(step)}`)
  if (minimum > 0) text.push(`at least ${show(minimum)}`)
  if (setUp !== '0.000000') text.push(`set-up ${setUp}`)
  if (over !== undefined) text.push(`counted over a ${over.period} by ${over.by}`)
  return text.join(', ')
}

function whatText(
  { model, price, per = 0, size = 0, tiers = [], percent, of }: NonNullable<TermsJson>,
  show: (units: number) => string,
  unit: string | null
): string {
  const each = model === 'stairs' ? '' : ` per ${show(per)}`
  const rows = tiers.map(tier => {
    return `${tier.price}${each} ${tier.upTo === null ? 'beyond' : `up to ${show(tier.upTo)}`}`
  })
  if (rows.length > 0) return `${model}: ${rows.join('; ')}`
  if (of !== undefined) return `${percent} % of ${termsText(of, unit)}`
  if (price === undefined) return model
  if (model === 'flat') return `${price} once`
  return model === 'package' ? `${price} for each started ${show(size)}` : `${price}${each}`
}

/** `offer/rule` without the version. */
export function nameOf(price: string): string {
  return price.slice(price.indexOf(':') + 1)
}

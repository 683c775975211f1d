/** gyro explain: what a session was charged, worked out again from its records and the prices that they name. */
import { type Command, InvalidArgumentError } from 'commander'
import type { ExplanationJson, ReratedJson } from '../api/simulation-views.ts'
import type { CdrJson } from '../api/views.ts'
import { GyroError } from '../domain/errors.ts'
import type { SimulatorBackend } from './backend.ts'
import { print, printJson, sessionText, showUnits } from './output.ts'
import { limitText, nameOf, termsText } from './show-simulation.ts'

type Part = CdrJson['parts'][number]

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('what a session was charged, and by which prices and buckets')
    .argument('<session>', 'session id, open or finished; with #2 behind it: only its second CDR')
    .option('--sub-session <number>', 'of a sub-session: its CC-Sub-Session-Id', subSessionOf)
    .option('--json', 'as GET /v1/explain answers')
    .addHelpText('after', explainHelp)
    .action(explain)
}

const explainHelp = `
Each amount is worked out again from the price that the record names, in the version of the catalogue that it names.

Example:
  gyro explain 'pgw.example.org;1;42'`

interface Options {
  readonly json?: true
  readonly subSession?: string
}

function subSessionOf(text: string): string {
  if (/^\d{1,20}$/.test(text)) return BigInt(text).toString()
  throw new InvalidArgumentError('It must be a CC-Sub-Session-Id in decimal digits.')
}

async function explain(name: string, options: Options): Promise<void> {
  const { openSimulator } = await import('./open-backend.ts')
  const backend = await openSimulator()
  try {
    const found = await find(backend, name, options.subSession)
    if (found === null) {
      throw new GyroError('GYRO_NOT_FOUND', `there is no session and no CDR "${name}"`)
    }
    if (options.json === true) return await printJson(found)
    for (const line of explanationLines(found)) await print(line)
  } finally {
    await backend.close()
  }
}

/** A session id may itself end with # and a number, so the whole name comes first. */
async function find(
  backend: SimulatorBackend,
  name: string,
  subSessionId: string | undefined
): Promise<ExplanationJson | null> {
  const sub = subSessionId === undefined ? {} : { subSessionId }
  const whole = await backend.explain({ sessionId: name, ...sub })
  const [, sessionId, number] = /^(.+)#(\d{1,9})$/.exec(name) ?? []
  if (whole !== null || sessionId === undefined) return whole
  const session = await backend.explain({ sessionId, ...sub })
  const cdrs = session?.cdrs.filter(({ cdr }) => cdr.number === Number(number)) ?? []
  return session === null || cdrs.length === 0 ? null : { ...session, open: null, cdrs }
}

export function explanationLines({ open, cdrs }: ExplanationJson): string[] {
  const lines: string[] = []
  for (const { cdr, prices, agrees } of cdrs) {
    const { startedAt, openedAt = startedAt, endedAt, amount, currency, closingCause } = cdr
    const flags = cdr.flags.length === 0 ? '' : `, ${cdr.flags.join(', ')}`
    lines.push(`CDR ${sessionText(cdr)}#${cdr.number} of ${cdr.accountId}: ${amount} ${currency}`)
    lines.push(`  ${openedAt} to ${endedAt}, ${closingCause}${flags}`, `  trace ${cdr.traceId}`)
    for (const part of cdr.parts) lines.push(`  ${partText(part)}`)
    lines.push(...reratedLines(prices, agrees), '')
  }
  if (open !== null) {
    const { session, prices, agrees } = open
    const { accountId, amount, startedAt } = session
    lines.push(
      `open session ${sessionText(session)} of ${accountId}: ${amount} so far, since ${startedAt}`
    )
    lines.push(`  trace ${session.traceId}`)
    for (const { ratingGroup, granted } of session.services) {
      const held = granted === null ? 'no units' : showUnits(granted.unit, granted.units)
      lines.push(`  rating group ${ratingGroup}: holds ${held}`)
    }
    for (const limit of open.limits) {
      const used = showUnits(limit.unit, limit.used)
      const held = showUnits(limit.unit, limit.held)
      lines.push(`  ${limitText(limit, used, limit.reserved)}; ${held} by this session`)
    }
    for (const { bucket, unit, available } of open.stops) {
      const left = `${showUnits(unit, available)} left`
      lines.push(
        `  bucket ${bucket}: ${left}; nothing else pays once it is used up (used-up: stop)`
      )
    }
    lines.push(...reratedLines(prices, agrees), '')
  }
  return lines.slice(0, -1)
}

function partText(part: Part): string {
  const units = `${showUnits(part.unit, part.units)} in ${part.zone || 'no zone'}`
  const group = `rating group ${part.ratingGroup}: ${units}`
  if (part.suspense) return `${group}, without a price: in suspense`
  if (part.bucket !== null) return `${group}, from bucket ${part.bucket}`
  return `${group}, by ${nameOf(part.price ?? '')}: ${part.amount}`
}

function reratedLines(prices: readonly ReratedJson[], agrees: boolean | null): string[] {
  if (prices.length === 0) return []
  const lines = prices.flatMap(({ price, terms, unit, before, units, amount, rerated }) => {
    const show = (count: number) => showUnits(unit, count)
    const again = rerated === null ? 'cannot be worked out' : `worked out again ${rerated}`
    return [
      `  price ${price}: ${termsText(terms, unit)}`,
      `    ${show(before)} before, ${show(units)} here: recorded ${amount}, ${again}`
    ]
  })
  return [...lines, `  ${verdicts[String(agrees)]}`]
}

const verdicts: Readonly<Record<string, string>> = {
  true: 'The amounts agree.',
  false: 'THE AMOUNTS DO NOT AGREE.',
  null: 'Not every price is known here, so not every amount could be worked out again.'
}

/**
 * Answers as an open session keeps them, so that a repeat gets what the first one got.
 *
 * One line of text an answer: `u3|0|10,,0,o,10000000,3600,2000000,;…` with request type and number, outcome, then
 * for each unit answer rating group, service identifiers, outcome, unit, amount, validity, threshold, final action, and its
 * conditions where it has any (condition-text.ts). Advice of charge is a further member, `|cost,remaining,low,currency`.
 * Text, because the session document is written whole with every request and text is copied, not walked; joined, because V8
 * keeps what is added up as a tree of its pieces, and answers outlive their requests.
 */
import type {
  Advice,
  ChargingAnswer,
  FinalUnitAction,
  GrantedUnits,
  MultipleUnitAnswer,
  Outcome
} from '../domain/answer.ts'
import { assert } from '../domain/errors.ts'
import { limits } from '../domain/limits.ts'
import type { Money } from '../domain/money.ts'
import type { RequestType } from '../domain/request.ts'
import type { QuotaUnit } from '../domain/units.ts'
import type { Catalogues } from '../rating/catalogue.ts'
import { decodeConditions, encodeConditions } from './condition-text.ts'

/** Refunds are events, but of another request key than debits. */
type AnswerKind = RequestType | 'refund'

const letters: Readonly<Record<AnswerKind, string>> = {
  initial: 'i',
  update: 'u',
  termination: 't',
  event: 'e',
  refund: 'r'
}

// The positions are written into documents: append, never reorder.
const outcomes: readonly Outcome[] = [
  'success',
  'too-busy',
  'service-denied',
  'not-applicable',
  'credit-limit-reached',
  'unknown-session',
  'resources-exceeded',
  'unable-to-comply',
  'user-unknown',
  'rating-failed',
  'invalid-value'
]
const outcomeNumbers = new Map(outcomes.map((outcome, number) => [outcome, number]))
const unitLetters: Readonly<Record<QuotaUnit, string>> = {
  octets: 'o',
  seconds: 's',
  messages: 'm',
  money: 'y'
}
const unitsByLetter = new Map<string, QuotaUnit>([
  ['o', 'octets'],
  ['s', 'seconds'],
  ['m', 'messages'],
  ['y', 'money']
])
const actionLetters: Readonly<Record<FinalUnitAction, string>> = {
  terminate: 't',
  redirect: 'r',
  restrict: 'f'
}
const actionsByLetter = new Map<string, FinalUnitAction>([
  ['t', 'terminate'],
  ['r', 'redirect'],
  ['f', 'restrict']
])

/** The answers with this one behind them; the oldest leave when there are more than limits.answersPerSession. */
export function keepAnswer(
  answers: readonly string[],
  type: AnswerKind,
  number: number,
  answer: ChargingAnswer
): readonly string[] {
  const kept = answers.slice(Math.max(0, answers.length + 1 - limits.answersPerSession))
  const { advice, outcome, units } = answer
  const members = [
    `${letters[type]}${number}`,
    outcomeNumbers.get(outcome),
    units.map(encodeUnit).join(';')
  ]
  if (advice !== undefined) members.push(encodeAdvice(advice))
  kept.push(members.join('|'))
  return kept
}

/** The stored answer to this request, marked as repeated; null when it is not, or no longer, kept. */
export function findAnswer(
  answers: readonly string[],
  type: AnswerKind,
  number: number,
  catalogues: Catalogues
): ChargingAnswer | null {
  const prefix = `${letters[type]}${number}|`
  const found = answers.find(answer => answer.startsWith(prefix))
  return found === undefined ? null : decodeAnswer(found.slice(prefix.length), catalogues)
}

function encodeUnit(unit: MultipleUnitAnswer): string {
  const granted = unit.granted === null ? encodeMoney(unit.money) : encodeUnits(unit.granted)
  const group = unit.ratingGroup === null ? '' : unit.ratingGroup
  const identifiers = unit.serviceIdentifiers.join('+')
  const final = unit.final === null ? '' : actionLetters[unit.final]
  const { conditions, outcome, threshold, validity } = unit
  const members = [
    group,
    identifiers,
    outcomeNumbers.get(outcome),
    granted,
    validity,
    threshold,
    final
  ]
  if (conditions != null) members.push(encodeConditions(conditions))
  return members.join(',')
}

/** Granted money has its currency behind the letter, as `yEUR,500000`. */
function encodeUnits({ unit, amount, currency }: GrantedUnits): string {
  return `${unitLetters[unit]}${currency ?? ''},${amount}`
}

/** Money of an event stands in the place of units, as `cEUR,500000`. */
function encodeMoney(money: Money | undefined): string {
  return money === undefined ? ',' : `c${money.currency},${money.amount}`
}

const flag = (value: boolean | null): string => (value === null ? '' : value ? '1' : '0')

function encodeAdvice({ cost, remaining, low, currency }: Advice): string {
  return `${cost ?? ''},${remaining ?? ''},${flag(low)},${currency}`
}

function decodeAdvice(text: string): Advice {
  const [cost = '', remaining = '', low = '', currency = ''] = text.split(',')
  const amount = (digits: string): number | null => (digits === '' ? null : Number(digits))
  return {
    cost: amount(cost),
    remaining: amount(remaining),
    low: low === '' ? null : low === '1',
    currency
  }
}

function decodeAnswer(text: string, catalogues: Catalogues): ChargingAnswer {
  const [outcome = '', units = '', advice = ''] = text.split('|')
  return {
    kind: 'charging',
    outcome: outcomeAt(outcome),
    units: units === '' ? [] : units.split(';').map(unit => decodeUnit(unit, catalogues)),
    ...(advice === '' ? {} : { advice: decodeAdvice(advice) }),
    repeated: true
  }
}

function decodeUnit(text: string, catalogues: Catalogues): MultipleUnitAnswer {
  const fields = text.split(',')
  assert(fields.length === 8 || fields.length === 9, 'a stored answer has another form')
  const [group, identifiers, outcome = '', letter = '', amount, validity, threshold] = fields
  const [final = '', conditions] = fields.slice(7)
  const unit = unitsByLetter.get(letter.slice(0, 1))
  const currency = letter.slice(1)
  return {
    ratingGroup: group === '' ? null : Number(group),
    serviceIdentifiers: identifiers ? identifiers.split('+').map(Number) : [],
    outcome: outcomeAt(outcome),
    granted: unit === undefined ? null : grantedOf(unit, Number(amount), currency),
    validity: Number(validity),
    threshold: Number(threshold),
    final: actionsByLetter.get(final) ?? null,
    ...(letter.startsWith('c') ? { money: { amount: Number(amount), currency } } : {}),
    ...(conditions === undefined ? {} : { conditions: decodeConditions(conditions, catalogues) })
  }
}

function grantedOf(unit: QuotaUnit, amount: number, currency: string): GrantedUnits {
  return currency === '' ? { unit, amount } : { unit, amount, currency }
}

function outcomeAt(number: string): Outcome {
  const outcome = outcomes[Number(number)]
  assert(outcome !== undefined, 'a stored answer has an unknown outcome')
  return outcome
}

/**
 * IPFilterRule (RFC 6733 4.3.1) -> Filter-Rule 509 (RFC 5777 4.1): what Final-Unit-Indication says in text stands in
 * QoS-Final-Unit-Indication in AVPs.
 *
 *     permit|deny in|out protocol from [!]address[/bits]|any|assigned [ports] to …
 *
 * Options behind that (frag, tcpflags …) are not taken over: a rule that has some is not said in AVPs at all.
 */
import { isIP } from 'node:net'
import { encodeAvp } from '../codec/encode.ts'
import type { InputOf } from '../dictionary/index.ts'

type Spec = InputOf<'From-Spec'>

/** Treatment-Action 572. */
const actions: Readonly<Record<string, number>> = { deny: 0, permit: 3 }
/** Direction 514: of flows from the terminal, and to it, as `in` and `out` of an IPFilterRule. */
const directions: Readonly<Record<string, number>> = { in: 0, out: 1 }
const portMax = 65_535

/** The rules of a final unit action, each encoded, in their order; null: one of them cannot be said in AVPs. */
export function filterRules(texts: readonly string[]): Buffer | null {
  const rules: Buffer[] = []
  for (const [index, text] of texts.entries()) {
    const rule = ruleOf(text.trim().split(/\s+/), index + 1)
    if (rule === null) return null
    rules.push(encodeAvp('Filter-Rule', rule))
  }
  return Buffer.concat(rules)
}

function ruleOf(words: readonly string[], precedence: number): InputOf<'Filter-Rule'> | null {
  const [action = '', direction = '', protocol = '', from, ...rest] = words
  const to = rest.indexOf('to')
  const treatment = actions[action]
  const way = directions[direction]
  const isKnown = protocol === 'ip' || /^\d{1,3}$/.test(protocol)
  if (treatment === undefined || way === undefined || !isKnown) return null
  const source = from === 'from' && to > 0 ? specOf(rest.slice(0, to)) : null
  const target = to > 0 ? specOf(rest.slice(to + 1)) : null
  if (source === null || target === null) return null
  return {
    'Filter-Rule-Precedence': precedence,
    Classifier: {
      'Classifier-ID': Buffer.from(String(precedence)),
      ...(protocol === 'ip' ? {} : { Protocol: Number(protocol) }),
      Direction: way,
      ...(isAny(source) ? {} : { 'From-Spec': [source] }),
      ...(isAny(target) ? {} : { 'To-Spec': [target] })
    },
    'Treatment-Action': treatment
  }
}

/** A classifier without a specification is for any address (RFC 5777 4.1.1). */
const isAny = (spec: Spec): boolean => Object.keys(spec).length === 0

function specOf(words: readonly string[]): Spec | null {
  const [text = '', ports, ...more] = words
  const where = addressOf(text)
  const through = ports === undefined ? {} : portsOf(ports)
  return where === null || through === null || more.length > 0 ? null : { ...where, ...through }
}

function addressOf(text: string): Spec | null {
  if (text === 'any') return {}
  if (text === 'assigned') return { 'Use-Assigned-Address': 1 }
  const negated = text.startsWith('!')
  const [address = '', bits] = text.slice(negated ? 1 : 0).split('/')
  const version = isIP(address)
  if (version === 0) return null
  const not = negated ? { Negated: 1 } : {}
  if (bits === undefined) return { 'IP-Address': [address], ...not }
  const width = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
  if (!(width <= (version === 4 ? 32 : 128))) return null
  const mask = { 'IP-Address': address, 'IP-Bit-Mask-Width': width }
  return { 'IP-Address-Mask': [mask], ...not }
}

function portsOf(text: string): Spec | null {
  const single: number[] = []
  const ranges: { 'Port-Start': number; 'Port-End': number }[] = []
  for (const part of text.split(',')) {
    const [, from, end] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? []
    if (from === undefined || Number(end ?? from) > portMax || Number(from) > portMax) return null
    if (end === undefined) single.push(Number(from))
    else ranges.push({ 'Port-Start': Number(from), 'Port-End': Number(end) })
  }
  return {
    ...(single.length === 0 ? {} : { Port: single }),
    ...(ranges.length === 0 ? {} : { 'Port-Range': ranges })
  }
}

/**
 * Service contexts: which charging specification, or which application of somebody's own, a request belongs to.
 *
 * A key of the catalogue's `contexts` is the number of a 3GPP specification, or a Service-Context-Id as it is
 * sent (RFC 8506 8.42), in which `*` stands for any characters. Whole names come before patterns, and longer
 * patterns before shorter ones.
 */
import type { Catalogue } from './catalogue.ts'

/** The rating group of a request of this context that names none; undefined: the context is not sold. */
export function defaultGroupOf(catalogue: Catalogue, context: string): number | undefined {
  const known = catalogue.contexts.get(context)
  if (known !== undefined || catalogue.contextPatterns.length === 0) return known
  const pattern = patternOf(catalogue, context)
  return pattern === undefined ? undefined : catalogue.contexts.get(pattern)
}

/** The id of the service that a rating group stands for in this context. */
export function serviceIdOf(
  catalogue: Catalogue,
  context: string,
  ratingGroup: number
): string | undefined {
  if (catalogue.contextServices.size === 0) return catalogue.ratingGroups.get(ratingGroup)
  let own = catalogue.contextServices.get(context)
  if (own === undefined && !catalogue.contexts.has(context)) {
    const pattern = patternOf(catalogue, context)
    if (pattern !== undefined) own = catalogue.contextServices.get(pattern)
  }
  return own?.get(ratingGroup) ?? catalogue.ratingGroups.get(ratingGroup)
}

function patternOf(catalogue: Catalogue, context: string): string | undefined {
  return catalogue.contextPatterns.find(pattern => fits(pattern, context))
}

/** The keys that are patterns, in the order in which they are tried. */
export function contextPatterns(keys: Iterable<string>): readonly string[] {
  const patterns = [...keys].filter(key => key.includes('*'))
  return patterns.sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
}

/** Whether the text is the pattern with something, or nothing, in place of each `*`. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [first = ''] = parts
  const last = parts.at(-1) ?? ''
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - at >= last.length && text.endsWith(last)
}

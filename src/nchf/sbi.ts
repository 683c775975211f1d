/** Custom headers of TS 29.500 5.2.3 that this server reads. */

type Header = string | readonly string[] | undefined

const rootLength = 1_024
/** Scheme, host, port and path: no userinfo, query or fragment (TS 29.501 4.4.1). */
const root = /^https?:\/\/(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?(?:\/[\w.~!$&'()*+,;=:@%-]+)*\/?$/i

/** The absolute http or https URI in 3gpp-Sbi-Target-apiRoot, without a slash at its end; null: it has none. */
export function apiRootIn(header: Header): string | null {
  if (typeof header !== 'string' || header.length > rootLength) return null
  if (!root.test(header) || !URL.canParse(header)) return null
  return header.endsWith('/') ? header.slice(0, -1) : header
}

/** 3gpp-Sbi-Message-Priority from 0, the highest, to 31: those of the upper half are shed last. */
export function isUrgent(header: Header): boolean {
  return typeof header === 'string' && /^\d\d?$/.test(header) && Number(header) < 16
}

const correlation = /^[\x20-\x7e]{1,1024}$/

/** 3gpp-Sbi-Correlation-Info as it stands; undefined: there is none, or more than is kept with a session. */
export function correlationIn(header: Header): string | undefined {
  return typeof header === 'string' && correlation.test(header) ? header : undefined
}

/** Longer ones are not kept with a session. */
const bindingLength = 1_024
/** Binding levels, and the parameter that names what is bound to. */
const levels: Readonly<Record<string, string>> = {
  'nf-instance': 'nfinst',
  'nf-set': 'nfset',
  'nfservice-instance': 'nfservinst',
  'nfservice-set': 'nfserviceset'
}
/** Parameters of a binding indication that a routing binding has as well. */
const routed = /^(?:nf(?:inst|set|servinst|serviceset)|servname|backupnf)$/
const token = /^[\w!#$%&'*+.^`|~-]+$/

/**
 * 3gpp-Sbi-Routing-Binding for notifications of the session: from the first binding indication in a 3gpp-Sbi-Binding
 * of the consumer that is for callbacks, which it is without a scope, too (TS 29.500 5.2.3.2.5, 5.2.3.2.6, 6.12).
 * One that says not what it binds to is passed over, and so are parameters that are not known. undefined: there is none.
 */
export function routingBindingIn(header: Header): string | undefined {
  if (typeof header !== 'string' || header.length > bindingLength) return undefined
  for (const indication of partsOf(header, ',')) {
    const routing = routingBindingOf(partsOf(indication, ';'))
    if (routing !== undefined) return routing
  }
  return undefined
}

function routingBindingOf(parts: readonly string[]): string | undefined {
  const parameters = new Map<string, string>()
  let forCallbacks: boolean | undefined
  for (const part of parts) {
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(equals, 0)).trim().toLowerCase()
    const value = part.slice(equals + 1).trim()
    if (name === 'scope') forCallbacks = forCallbacks === true || value.toLowerCase() === 'callback'
    else if (name === 'bl' || routed.test(name)) {
      if (parameters.has(name) || !token.test(value)) return undefined
      parameters.set(name, value)
    }
  }
  const level = parameters.get('bl')?.toLowerCase() ?? ''
  if (forCallbacks === false || !parameters.has(levels[level] ?? '')) return undefined
  parameters.delete('bl')
  return [['bl', level], ...parameters].map(parameter => parameter.join('=')).join('; ')
}

/** Between separators that do not stand in quotation marks, as those of a date do. */
function partsOf(text: string, separator: ',' | ';'): readonly string[] {
  return text.match(separator === ',' ? /(?:"[^"]*"|[^",])+/g : /(?:"[^"]*"|[^";])+/g) ?? []
}

/**
 * 3gpp-Sbi-Binding of sessions at this server: any server of the set serves them. Without a set there is none, because
 * a binding to this instance would be a narrower one than there is.
 */
export function bindingOf(setId: string | null): string | null {
  return setId === null ? null : `bl=nf-set; nfset=${setId}`
}

/** Values as COPY in text format takes them. */

export function optional(value: string | null): string {
  return value === null ? '\\N' : text(value)
}

const special = /[\\\t\n\r\0]/
const specials = /[\\\t\n\r\0]/g

/** Postgres text cannot hold NUL: it becomes U+FFFD, which keeps the record. */
export function text(value: string): string {
  return special.test(value) ? value.replace(specials, escaped) : value
}

function escaped(character: string): string {
  switch (character) {
    case '\\':
      return '\\\\'
    case '\t':
      return '\\t'
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    default:
      return '\uFFFD'
  }
}

/** JSON text holds no control characters, so only its own backslashes need care. */
export function json(value: object): string {
  return jsonText(JSON.stringify(value))
}

export function jsonText(plain: string): string {
  if (!plain.includes('\\')) return plain
  const clean = plain.includes('\\u') ? plain.replace(escapes, storable) : plain
  return clean.replaceAll('\\', '\\\\')
}

const escapes = /\\(?:u[\da-f]{4}|.)/gi

/** jsonb takes neither NUL nor half of a surrogate pair, also in names; JSON.stringify spells whole pairs out. */
function storable(spelt: string): string {
  return /^\\u(?:0000|d[89a-f]..)$/i.test(spelt) ? '\uFFFD' : spelt
}

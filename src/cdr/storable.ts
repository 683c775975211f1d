/** What jsonb takes. */

/** jsonb takes neither NUL nor half of a surrogate pair, which JSON can spell. */
const unstorable = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/** For JSON.stringify. */
export function storable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(unstorable, '\uFFFD') : value
}

/** How deep the objects and lists of a JSON text stand in one another: what is written by recursion must know. */

const codes = {
  quote: 0x22,
  backslash: 0x5c,
  openList: 0x5b,
  closeList: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d
} as const

/** 0: it has none of them. */
export function jsonDepth(text: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === codes.quote) at = endOfString(text, at)
    else if (code === codes.openList || code === codes.openObject) {
      depth += 1
      deepest = Math.max(deepest, depth)
    } else if (code === codes.closeList || code === codes.closeObject) depth -= 1
  }
  return deepest
}

/** Where the string ends that begins at `from`. */
export function endOfString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text.charCodeAt(at) !== codes.quote) {
    at += text.charCodeAt(at) === codes.backslash ? 2 : 1
  }
  return at
}

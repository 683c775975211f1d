/** The lines of a text file, many at a time. */
import { createReadStream } from 'node:fs'

const chunkOctets = 1 << 20
/** No record is longer. Of a line that is, this much is given, and a character more. */
export const lineCharactersMax = 1 << 20

/** Lines end with LF or CRLF. Each array has the lines of one chunk of the file. */
export async function* textLines(file: string): AsyncGenerator<readonly string[]> {
  let rest = ''
  const input = createReadStream(file, { encoding: 'utf8', highWaterMark: chunkOctets })
  for await (const chunk of input) {
    const text = rest + (chunk as string)
    const lines: string[] = []
    let from = 0
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      lines.push(lineOf(text, from, at))
      from = at + 1
    }
    // What is too long is not collected any further.
    rest = text.slice(from, from + lineCharactersMax + 1)
    yield lines
  }
  if (rest !== '') yield [lineOf(rest, 0, rest.length)]
}

const carriageReturn = 13

function lineOf(text: string, from: number, until: number): string {
  const end = until > from && text.charCodeAt(until - 1) === carriageReturn ? until - 1 : until
  return text.slice(from, Math.min(end, from + lineCharactersMax + 1))
}

/**
 * Records as OpenSSL's `asn1parse` reads them: where each element begins and ends, and its tag. It shares nothing with
 * the encoder.
 */
import { execFileSync } from 'node:child_process'

/** By context tag, or by the name of a universal one, in the order of the record; of values their hexadecimal octets. */
export type Parsed = string | readonly (readonly [tag: string, content: Parsed])[]

interface Element {
  readonly offset: number
  readonly depth: number
  readonly header: number
  readonly length: number
  readonly tag: string
  readonly constructed: boolean
}

const line = /^\s*(\d+):d=(\d+)\s+hl=(\d+)\s+l=\s*(\d+)\s+(prim|cons):\s+(.*?)\s*(:.*)?$/

export function parseAsn1(record: Buffer): Parsed {
  const text = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], {
    input: record,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const elements = text
    .trimEnd()
    .split('\n')
    .map((row): Element => {
      const [, offset, depth, header, length, kind, tag = ''] = line.exec(row) ?? []
      if (offset === undefined) throw new Error(`asn1parse said: ${row}`)
      return {
        offset: Number(offset),
        depth: Number(depth),
        header: Number(header),
        length: Number(length),
        tag: tag.replace(/^cont \[ (\d+) \]$/, '$1'),
        constructed: kind === 'cons'
      }
    })
  let place = 0
  function childrenOf(depth: number): [string, Parsed][] {
    const found: [string, Parsed][] = []
    for (let element = elements[place]; element?.depth === depth; element = elements[place]) {
      place += 1
      const { offset, header, length, tag, constructed } = element
      const from = offset + header
      const content = constructed
        ? childrenOf(depth + 1)
        : record.subarray(from, from + length).toString('hex')
      found.push([tag, content])
    }
    return found
  }
  return childrenOf(0)
}

/** The members of a SET by tag. Throws when one is there twice. */
export function membersOf(content: Parsed): ReadonlyMap<string, Parsed> {
  if (typeof content === 'string') throw new Error('a value, and no members')
  const members = new Map(content)
  if (members.size !== content.length) throw new Error('a member is there twice')
  return members
}

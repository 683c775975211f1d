/**
 * YAML files as plain data, with the line and column of every key and value.
 *
 * YAML guesses: 01 becomes 1, 1e3 becomes 1000, and in other readers `no` becomes false and 09:00 becomes
 * 540. A catalogue refuses what might be guessed differently from what was meant; quotes make it text.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  visit
} from 'yaml'
import type { Path } from './problem.ts'

export interface Position {
  readonly line: number
  readonly column: number
}

export interface YamlFile {
  /** Plain data; undefined when the text is not YAML. */
  readonly value: unknown
  readonly faults: readonly (Position & { readonly key: string; readonly message: string })[]
  /** The place of a key or value, or of the nearest thing around it. */
  locate(path: Path, atKey: boolean): Position
}

/** Parses one file. Faults are returned, not thrown. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    schema: 'core'
  })
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const faults = [...document.errors, ...document.warnings].map(error => ({
    ...position(error.pos[0]),
    key: keyAt(text, error.pos[0]),
    message: `${error.message.trim().replace(/\.$/, '')}; correct the YAML`
  }))
  for (const { node, key, message } of findGuesses(document)) {
    faults.push({ ...position(node.range?.[0] ?? 0), key, message })
  }
  return {
    value: document.errors.length === 0 ? plainData(document) : undefined,
    faults,
    locate: (path, atKey) => position(offsetOf(document, path, atKey))
  }
}

/** Aliases are faults of their own, and would be expanded here. */
function plainData(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch {
    return undefined
  }
}

/** The key on the line of a syntax error, for the message. */
function keyAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return /^[\s-]*([\w-]+)\s*:/.exec(text.slice(start))?.[1] ?? 'file'
}

interface Guess {
  readonly node: Node
  readonly key: string
  readonly message: string
}

function findGuesses(document: Document): Guess[] {
  const found: Guess[] = []
  visit(document, {
    Node: (role, node, ancestors) => {
      const message = faultOf(node, role === 'key')
      if (message === null) return undefined
      const key = role === 'key' ? String(node) : nearestKey(ancestors)
      found.push({ node, key: key.trim(), message })
      return undefined
    }
  })
  return found
}

function nearestKey(ancestors: readonly (Document | Node | Pair)[]): string {
  for (const ancestor of ancestors.toReversed()) {
    if ('key' in ancestor && isScalar(ancestor.key)) return String(ancestor.key.value)
  }
  return 'file'
}

function faultOf(node: Node, isKey: boolean): string | null {
  if (isAlias(node) || node.anchor !== undefined) {
    return 'anchors and aliases are not used in a catalogue; write the value out'
  }
  if (node.tag !== undefined) return 'tags are not used in a catalogue; leave the tag out'
  if (!isScalar(node)) return isKey ? 'a key must be text' : null
  if (node.type !== Scalar.PLAIN) return null
  const text = node.source ?? ''
  if (node.value === null) return 'has no value; give it one, or leave the key out'
  if (isKey && typeof node.value !== 'string') return `put the key in quotes: "${text}"`
  return isGuess(text) ? `YAML would guess what ${text} is; put it in quotes: "${text}"` : null
}

const numberLike = /^[-+]?(\d[\d_,]*)?\.?[\d_]*([eE][-+]?\d*)?$/
const otherForms = /^(0[xob][\da-fA-F_]+|[-+]?\.(inf|nan)|\d+(:\d+)+(\.\d*)?|\d{4}-\d+-\d+.*)$/i
const words = /^(y|n|yes|no|on|off|true|false|null|~)$/i

/** Whether readers of YAML disagree about a plain scalar. Whole numbers, true and false are understood by all. */
function isGuess(text: string): boolean {
  if (/^(true|false|-?(0|[1-9]\d{0,14}))$/.test(text)) return false
  return (/\d/.test(text) && numberLike.test(text)) || otherForms.test(text) || words.test(text)
}

function offsetOf(document: Document, path: Path, atKey: boolean): number {
  let node: unknown = document.contents
  let offset = 0
  for (const [depth, step] of path.entries()) {
    if (!isNode(node)) return offset
    offset = node.range?.[0] ?? offset
    node = atKey && depth === path.length - 1 ? keyNode(node, step) : childOf(node, step)
  }
  return isNode(node) ? (node.range?.[0] ?? offset) : offset
}

function childOf(node: Node, step: string | number): unknown {
  if (isSeq(node)) return node.get(Number(step), true)
  const pair = pairOf(node, step)
  return pair?.value ?? pair?.key
}

function keyNode(node: Node, step: string | number): unknown {
  return pairOf(node, step)?.key
}

function pairOf(node: Node, step: string | number): Pair | undefined {
  if (!isMap(node)) return undefined
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
}

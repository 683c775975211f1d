/** Reads bodies of requests within their limits. */
import type { Context } from 'hono'
import { limits } from '../domain/limits.ts'
import { refuse } from './problem.ts'

const lineTypes = /^application\/(jsonl|x-ndjson|ndjson|jsonlines|x-jsonlines)\s*(;|$)/i
const jsonType = /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i

/** The parsed JSON body. Throws 413, 415, or 400 when it is not JSON. */
export async function readJson(c: Context): Promise<unknown> {
  requireType(c, jsonType, 'application/json')
  return parsed(await readText(c, limits.apiBodyOctets))
}

/** As readJson; an empty object when there is no body, or an empty one. */
export async function readOptionalJson(c: Context): Promise<unknown> {
  if (c.req.header('content-type') === undefined) return {}
  requireType(c, jsonType, 'application/json')
  const body = await readText(c, limits.apiBodyOctets)
  return body.trim() === '' ? {} : parsed(body)
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw refuse(400, 'not-json', `the body is not JSON: ${(error as Error).message}`)
  }
}

/**
 * The lines of a JSON Lines body as they arrive, numbered from 1, without empty ones.
 * Throws 415 at once, and 413 on a line above the limit of a body.
 */
export function readLines(c: Context): AsyncGenerator<{ number: number; text: string }> {
  requireType(c, lineTypes, 'application/jsonl')
  return linesOf(c)
}

async function* linesOf(c: Context): AsyncGenerator<{ number: number; text: string }> {
  let rest = ''
  let number = 0
  for await (const text of textOf(c)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      number++
      if (line.trim() !== '') yield { number, text: line }
    }
    if (rest.length > limits.apiBodyOctets) throw tooLarge(limits.apiBodyOctets)
  }
  if (rest.trim() !== '') yield { number: number + 1, text: rest }
}

function requireType(c: Context, allowed: RegExp, name: string): void {
  const type = c.req.header('content-type') ?? ''
  if (allowed.test(type)) return
  const found = type === '' ? 'there is no Content-Type' : `the Content-Type is ${type}`
  throw refuse(415, 'unsupported-media-type', `${found}; send ${name}`)
}

async function readText(c: Context, octetsMax: number): Promise<string> {
  // A length that is announced is refused before a single octet is read.
  if (Number(c.req.header('content-length') ?? 0) > octetsMax) throw tooLarge(octetsMax)
  let body = ''
  let octets = 0
  for await (const text of textOf(c, size => (octets += size))) {
    if (octets > octetsMax) throw tooLarge(octetsMax)
    body += text
  }
  return body
}

async function* textOf(c: Context, count?: (octets: number) => void): AsyncGenerator<string> {
  const stream = c.req.raw.body
  if (stream === null) return
  const decoder = new TextDecoder()
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    count?.(chunk.byteLength)
    yield decoder.decode(chunk, { stream: true })
  }
  const last = decoder.decode()
  if (last !== '') yield last
}

function tooLarge(octetsMax: number): Error {
  return refuse(413, 'too-large', `the body is larger than ${octetsMax} octets`)
}

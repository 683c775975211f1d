/**
 * Numbers that JSON.parse would round.
 *
 * What charging reads of a request is exact or refused (schemas.ts). The charging information blocks are kept as they
 * came, and may hold what no double can: such a number is kept as a string of its digits, as RFC 7493 2.2 recommends,
 * so that nobody who reads the CDR afterwards rounds it either.
 */
import { endOfString } from '../domain/json-depth.ts'

/** A number with fewer characters has at most 15 digits, which a double holds; those with an exponent are its own. */
const longNumber = 16
/** Sign, point and the 17 digits that a double is written with at most. */
const mantissaMax = 19
/** So far is looked back for the beginning of one. */
const backMax = 64

/** Whether a number of so many characters may stand in the text. Quick: each usual request is looked at. */
export function mayHoldLongNumber(text: string): boolean {
  // A run of that length has a character at one of these places.
  for (let at = longNumber - 1; at < text.length; at += longNumber) {
    if (isPart(text.charCodeAt(at)) && isLong(text, at)) return true
  }
  return false
}

function isLong(text: string, at: number): boolean {
  let start = at
  while (start > at - backMax && isPart(text.charCodeAt(start - 1))) start--
  let end = at + 1
  while (end < start + longNumber && isPart(text.charCodeAt(end))) end++
  if (end - start < longNumber) return false
  return start <= at - backMax || isBefore(text.charCodeAt(start - 1))
}

/** Of a JSON text, with the numbers that a double does not hold in quotation marks; the text itself if there are none. */
export function withExactNumbers(text: string): string {
  let written = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) at = endOfString(text, at)
    else if (isPart(code) && isBefore(text.charCodeAt(at - 1))) {
      let end = at + 1
      while (isPart(text.charCodeAt(end))) end++
      const number = text.slice(at, end)
      if (!isExact(number)) {
        written += `${text.slice(from, at)}"${number}"`
        from = end
      }
      at = end - 1
    }
  }
  return from === 0 ? text : written + text.slice(from)
}

/** Integers up to 2^53-1, and what a double would have written with the same digits. */
function isExact(number: string): boolean {
  const value = Number(number)
  if (!/[.eE]/.test(number)) return Number.isSafeInteger(value)
  const exponent = number.search(/[eE]/)
  if (exponent >= 0) return Number.isFinite(value) && exponent <= mantissaMax
  let end = number.length
  while (number[end - 1] === '0') end--
  if (number[end - 1] === '.') end--
  return String(value) === number.slice(0, end)
}

/** A character of a number: 0 to 9, `.`, `+`, `-`, `e`, `E`. */
function isPart(code: number): boolean {
  if (code <= 0x39) return code >= 0x30 || code === 0x2e || code === 0x2d || code === 0x2b
  return code === 0x65 || code === 0x45
}

/** What may stand before a number in an object or list: `:`, `,`, `[` or white space. */
function isBefore(code: number): boolean {
  return code === 0x3a || code === 0x2c || code === 0x5b || code <= 0x20
}

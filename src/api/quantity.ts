/** Units as integers, and money as the decimal text that it has everywhere in the API. */
import { formatMoney } from '../domain/money.ts'

const counted: ReadonlySet<string> = new Set(['octets', 'seconds', 'messages'])

/** `unit`: octets, seconds, messages; else `money`, or a currency, of which `value` is millionths. */
export function viewQuantity<T extends number | null>(unit: string, value: T): T | string {
  return value === null || counted.has(unit) ? value : formatMoney(value)
}

/**
 * supportedFeatures (TS 29.571 5.2.2, TS 32.291 6.1.8): a bit mask in hexadecimal; feature 1 is the lowest bit of the
 * last digit. The answer is what both sides support, and bits that are unknown here are dropped.
 */

/** Features of TS 32.291 table 6.1.8-1 that this server has, by their numbers. */
const features = {
  AF_Charging_Identifier: 2,
  IMS: 10,
  NotifyInfoResponse: 15,
  ES3xx: 17
} as const

const ours = Object.values(features).reduce((mask, number) => mask | (1n << BigInt(number - 1)), 0n)

/** null: the consumer named no features, so none are answered. */
export function negotiate(theirs: string | undefined): string | null {
  if (theirs === undefined) return null
  // No feature of ours has a number above 64; what a consumer sends beyond is not worth reading.
  const mask = theirs === '' ? 0n : BigInt(`0x${theirs.slice(-16)}`)
  return (mask & ours).toString(16).toUpperCase()
}

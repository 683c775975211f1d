/** Radio accesses by name. */

/** RAT types by the words that a catalogue uses: TS 29.274 8.17. */
export const ratTypes = {
  utran: 1,
  geran: 2,
  wlan: 3,
  gan: 4,
  hspa: 5,
  eutra: 6,
  virtual: 7,
  'nb-iot': 8,
  'lte-m': 9,
  nr: 10
} as const

export type RatName = keyof typeof ratTypes

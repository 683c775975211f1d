/** What one decoding has read and taken so far, and may take. */
export const budget = {
  /** AVPs so far, and what they take in memory. */
  count: 0,
  weight: 0,
  /** What the message and all that is made of it may take. */
  most: 0
}

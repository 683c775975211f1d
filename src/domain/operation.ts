/** The idempotency key of an operation, with a digest of its content. */
export interface Operation {
  readonly key: string
  readonly digest: string
}

/** One setting of the server. */
export type Value = string | number | boolean

export interface Setting {
  /** Section and name in the file, such as `diameter.listen`. */
  readonly key: string
  readonly variable: string
  readonly type: 'string' | 'integer' | 'boolean'
  readonly fallback: Value
  /** What the setting may be, for messages: "… must be <allowed>". */
  readonly allowed: string
  isAllowed(value: Value): boolean
  /** Its value may hold a password or token: messages do not show it. */
  readonly secret?: true
}

/** Messages to and from the NRF, and notifications: each against its schema, and without members that are not there. */
import type { OpenApi, Schema } from './openapi.ts'

/** One message as test/support/exchanges.ts writes it. */
export interface Message {
  readonly message: string
  readonly value: unknown
}

const management = 'TS29510_Nnrf_NFManagement.yaml'
const tokens = 'TS29510_Nnrf_AccessToken.yaml'
const files: Readonly<Record<string, string>> = {
  NFProfile: management,
  PatchItem: 'TS29571_CommonData.yaml',
  AccessTokenReq: tokens,
  AccessTokenRsp: tokens,
  AccessTokenClaims: tokens,
  ChargingNotifyRequest: 'TS32291_Nchf_ConvergedCharging.yaml'
}

/** What is wrong with them; a message of each kind must be among them. */
export function problemsOfMessages(official: OpenApi, messages: readonly Message[]): string[] {
  const problems = new Set<string>()
  for (const [name, file] of Object.entries(files)) {
    const validate = official.validator(file, name)
    const values = messages.filter(({ message }) => message === name)
    if (values.length === 0) problems.add(`no ${name} was seen`)
    for (const { value } of values) {
      if (!validate(value)) {
        for (const error of validate.errors ?? []) {
          problems.add(`${name} ${error.instancePath.replaceAll(/\d+/g, 'n')} ${error.message}`)
        }
      }
      for (const path of strangers(official, file, official.schema(file, name), value, name)) {
        problems.add(`${path}: there is no such member`)
      }
    }
  }
  return [...problems]
}

/** Schemas of 3GPP are open: a misspelt member would pass. */
function strangers(
  official: OpenApi,
  file: string,
  schema: Schema,
  value: unknown,
  path: string
): string[] {
  const { file: within, schema: found } = official.follow(file, schema)
  if (Array.isArray(value)) {
    const items = found['items'] as Schema | undefined
    if (items === undefined) return []
    return value.flatMap(item => strangers(official, within, items, item, `${path}/n`))
  }
  const members = found['properties'] as Readonly<Record<string, Schema>> | undefined
  if (members === undefined || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const known = members[name]
    if (known === undefined) return [`${path}/${name}`]
    return strangers(official, within, known, member, `${path}/${name}`)
  })
}

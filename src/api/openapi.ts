/** /openapi.json: OpenAPI 3.1, made of the same rows as the routes. */
import type { Answer, Operation, ParameterName } from './operation.ts'
import { limitDefault, limitMax } from './paging.ts'
import { traceIdPattern } from './schema-parts.ts'
import { accountIdPattern, answerSchemas, requestSchemas, type Schema } from './schemas.ts'

const parameters: Readonly<Record<ParameterName, Schema>> = {
  id: {
    name: 'id',
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: accountIdPattern }
  },
  session: {
    name: 'session',
    in: 'path',
    required: true,
    description: 'Diameter Session-Id or ChargingDataRef, percent-encoded.',
    schema: { type: 'string' }
  },
  subscription: {
    name: 'subscription',
    in: 'path',
    required: true,
    description: 'Id of a subscription of the account, percent-encoded.',
    schema: { type: 'string' }
  },
  line: {
    name: 'line',
    in: 'path',
    required: true,
    description: 'MSISDN or IMSI of a line of the account, or its id.',
    schema: { type: 'string', minLength: 1, maxLength: 140 }
  },
  account: {
    name: 'account',
    in: 'query',
    description: 'Account id; left out: all accounts.',
    schema: { type: 'string', pattern: accountIdPattern }
  },
  trace: {
    name: 'traceId',
    in: 'query',
    description: 'Only of this trace; the account must be given as well.',
    schema: { type: 'string', pattern: traceIdPattern }
  },
  limit: {
    name: 'limit',
    in: 'query',
    description: 'Items of a page.',
    schema: { type: 'integer', minimum: 1, maximum: limitMax, default: limitDefault }
  },
  limitName: {
    name: 'name',
    in: 'path',
    required: true,
    description: 'Name of a limit, as in `limits` of the account.',
    schema: { type: 'string', minLength: 1, maxLength: 40 }
  },
  cursor: {
    name: 'cursor',
    in: 'query',
    description: 'Where the page starts; follow `next` instead of making one.',
    schema: { type: 'string' }
  },
  sessionQuery: {
    name: 'session',
    in: 'query',
    required: true,
    description: 'Session id.',
    schema: { type: 'string', minLength: 1, maxLength: 1024 }
  },
  subSession: {
    name: 'subSessionId',
    in: 'query',
    description: 'Of a sub-session: its CC-Sub-Session-Id.',
    schema: { type: 'string', pattern: '^\\d{1,20}$' }
  },
  after: recordedNumber('after', 'CDRs recorded behind this one; 0: all.'),
  through: recordedNumber('through', 'The last one; the last of all unless given.'),
  grace: {
    name: 'grace',
    in: 'query',
    description: 'How many days a month stays open for what comes late; 3 unless given.',
    schema: { type: 'integer', minimum: 0, maximum: 999 }
  },
  keyRequired: key(true),
  keyOptional: key(false)
}

function recordedNumber(name: string, description: string): Schema {
  return { name, in: 'query', description, schema: { type: 'integer', minimum: 0 } }
}

function key(required: boolean): Schema {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required,
    description: 'A repeat with the same key and content changes nothing and gets the same answer.',
    schema: { type: 'string', minLength: 1, maxLength: 255 }
  }
}

export function openApi(
  operations: readonly Operation[],
  version: string,
  withToken: boolean
): Schema {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: describe(operation, withToken)
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gyro',
      version,
      description: 'Accounts, sessions and charging data records of the online charging server.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
    },
    paths,
    components: {
      schemas: { ...requestSchemas, ...answerSchemas },
      parameters,
      ...(withToken ? { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } : {})
    }
  }
}

function describe(operation: Operation, withToken: boolean): Schema {
  const secured = withToken && operation.path.startsWith('/v1/')
  const problems = [...(operation.problems ?? []), ...(secured ? [401] : []), ...behind(operation)]
  const responses: Record<string, Schema> = {}
  for (const [status, answer] of Object.entries(operation.answers)) {
    responses[status] = describeAnswer(answer)
  }
  for (const status of problems.toSorted((a, b) => a - b)) {
    responses[status] = {
      description: problemText[status] ?? 'Refused.',
      content: { 'application/problem+json': { schema: reference('Problem') } }
    }
  }
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(operation.parameters === undefined
      ? {}
      : {
          parameters: operation.parameters.map(name => ({
            $ref: `#/components/parameters/${name}`
          }))
        }),
    ...(operation.body === undefined
      ? {}
      : {
          requestBody: {
            required: operation.bodyOptional !== true,
            content: {
              [operation.bodyType ?? 'application/json']: { schema: reference(operation.body) }
            }
          }
        }),
    responses,
    ...(secured ? { security: [{ token: [] }] } : {})
  }
}

/** Whatever asks a store can find it away. */
function behind(operation: Operation): readonly number[] {
  return operation.path.startsWith('/v1/') ? [503] : []
}

function describeAnswer(answer: Answer): Schema {
  const type = answer.type ?? 'application/json'
  const schema = answer.schema === undefined ? { type: 'string' } : reference(answer.schema)
  return { description: answer.description, content: { [type]: { schema } } }
}

function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

const problemText: Readonly<Record<number, string>> = {
  400: 'The request is not as it must be; `errors` names the members.',
  401: 'The bearer token is missing or wrong.',
  402: 'The wallet cannot pay.',
  404: 'There is no such account, session, line or limit.',
  409: 'It contradicts what is there already.',
  413: 'The body is too large.',
  415: 'The body is of another type.',
  422: 'The catalogue has no such offer.',
  503: 'A store is away; try again.'
}

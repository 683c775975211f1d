/** The hash chain over CDRs, and days that are dropped of it: for auditors, and for commands beside embedded stores. */
import type { ChainHead } from '../charging/chain.ts'
import { readJson, readOptionalJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { requireBody } from './validate.ts'

interface NewVerification {
  readonly key?: string
  readonly heads?: readonly ChainHead[]
}

interface NewRetention {
  readonly keepDays: number
  readonly dryRun?: boolean
  readonly unexported?: boolean
}

export function chainOperations({ chain, retain }: ApiParts): readonly Operation[] {
  return [
    {
      method: 'get',
      path: '/v1/cdr-chain',
      id: 'readChain',
      summary: 'The sealed days of the hash chain over CDRs, and its head as it is now',
      answers: { 200: { description: 'Seals, oldest first.', schema: 'ChainHeads' } },
      problems: [503],
      handle: async c => c.json(await chain.heads())
    },
    {
      method: 'post',
      path: '/v1/cdr-chain/verifications',
      id: 'verifyChain',
      summary: 'Checks every CDR against the hash chain',
      body: 'NewVerification',
      bodyOptional: true,
      answers: { 200: { description: 'What was found.', schema: 'ChainReport' } },
      problems: [400, 413, 415, 503],
      async handle(c) {
        const body = requireBody<NewVerification>('NewVerification', await readOptionalJson(c))
        return c.json(await chain.verify(body.key ?? null, body.heads ?? []))
      }
    },
    {
      method: 'post',
      path: '/v1/cdr-retentions',
      id: 'retainCdrs',
      summary: 'Drops days of CDRs that are old, exported and sealed',
      body: 'NewRetention',
      answers: {
        200: { description: 'Days that are old enough, oldest first.', schema: 'Retention' }
      },
      problems: [400, 413, 415, 503],
      async handle(c) {
        const body = requireBody<NewRetention>('NewRetention', await readJson(c))
        const { keepDays, dryRun = false, unexported = false } = body
        return c.json({ items: await retain({ keepDays, dryRun, unexported }) })
      }
    }
  ]
}

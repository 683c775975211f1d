/** Exports of CDRs for a command that runs beside a server with embedded stores: the steps of its book, and CDRs in their order. */
import type { Context } from 'hono'
import type { ExportNode, FinishedFile } from '../charging/ports.ts'
import type { ExportFormat } from '../domain/export.ts'
import { readJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { refuse } from './problem.ts'
import { requireBody } from './validate.ts'

interface StepBody {
  readonly stream: string
  readonly holder: string
}

export interface NextBody extends StepBody {
  readonly format: ExportFormat
  readonly recordsMax: number
  readonly ageMs: number
  readonly node: ExportNode
}

export interface FinishBody extends StepBody {
  readonly file: FinishedFile
}

const rowsMax = 5_000

export function exportOperations(parts: ApiParts): readonly Operation[] {
  return [...steps(parts), ...reads(parts)]
}

function steps({ exports }: ApiParts): readonly Operation[] {
  const done = { 204: { description: 'Done.' } }
  const problems = [400, 409, 413, 415]
  return [
    {
      method: 'post',
      path: '/v1/exports/next',
      id: 'nextExportFile',
      summary: 'The next file that an exporter has to write, and the stream for ten seconds',
      body: 'ExportNext',
      answers: { 200: { description: 'The file; null: none is due.', schema: 'ExportPlan' } },
      problems,
      async handle(c) {
        const body = requireBody<NextBody>('ExportNext', await readJson(c))
        return c.json({ file: await exports.next(body) })
      }
    },
    {
      method: 'post',
      path: '/v1/exports/hold',
      id: 'holdExport',
      summary: 'Keeps a stream for another ten seconds',
      body: 'ExportStep',
      answers: done,
      problems,
      async handle(c) {
        const { stream, holder } = requireBody<StepBody>('ExportStep', await readJson(c))
        await exports.hold(stream, holder)
        return c.body(null, 204)
      }
    },
    {
      method: 'post',
      path: '/v1/exports/finish',
      id: 'finishExportFile',
      summary: 'The file lies where it belongs',
      body: 'ExportFinish',
      answers: done,
      problems,
      async handle(c) {
        const { stream, holder, file } = requireBody<FinishBody>('ExportFinish', await readJson(c))
        await exports.finish(stream, holder, file)
        return c.body(null, 204)
      }
    },
    {
      method: 'post',
      path: '/v1/exports/release',
      id: 'releaseExport',
      summary: 'Leaves a stream to others',
      body: 'ExportStep',
      answers: done,
      problems,
      async handle(c) {
        const { stream, holder } = requireBody<StepBody>('ExportStep', await readJson(c))
        await exports.release(stream, holder)
        return c.body(null, 204)
      }
    }
  ]
}

function reads({ exports }: ApiParts): readonly Operation[] {
  return [
    {
      method: 'get',
      path: '/v1/recorded-cdrs',
      id: 'listRecordedCdrs',
      summary: 'CDRs in the order of recording, in the form of the outbox, at most 5,000',
      parameters: ['after', 'through'],
      answers: {
        200: { description: 'CDRs, and the number that they go up to.', schema: 'RecordedCdrs' }
      },
      problems: [400],
      async handle(c) {
        const [after, through] = [numberIn(c, 'after') ?? 0, numberIn(c, 'through')]
        const last = through ?? (await exports.last())
        return c.json({ items: await exports.recorded(after, last, rowsMax), last })
      }
    }
  ]
}

function numberIn(c: Context, name: string): number | null {
  const text = c.req.query(name)
  if (text === undefined) return null
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  const detail = 'must be the number of a CDR in the order of recording, or 0'
  throw refuse(400, 'invalid', `${name}: ${detail}`, [{ member: name, detail }])
}

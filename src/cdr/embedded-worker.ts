/** The thread that runs the embedded Postgres (PGlite), so that its work never holds up charging. */
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import type { WorkerReply, WorkerRequest } from './embedded.ts'

const port = parentPort
const { folder } = workerData as { folder: string }

if (port) {
  const database = await PGlite.create({ dataDir: folder })
  port.on('message', (request: WorkerRequest) => {
    void answer(database, request).then(reply => port.postMessage(reply))
  })
  const ready: WorkerReply = { id: 0, rows: [], count: 0 }
  port.postMessage(ready)
}

async function answer(database: PGlite, request: WorkerRequest): Promise<WorkerReply> {
  const { id } = request
  try {
    switch (request.kind) {
      case 'query': {
        const parameters = [...request.parameters]
        const { rows, affectedRows = 0 } = await database.query<Row>(request.sql, parameters)
        return { id, rows, count: affectedRows }
      }
      case 'run':
        await database.exec(request.sql)
        break
      case 'copy':
        await database.query(`COPY ${request.target} FROM '/dev/blob'`, [], {
          blob: new Blob([...request.chunks])
        })
        break
      case 'close':
        await database.close()
        break
    }
    return { id, rows: [], count: 0 }
  } catch (error) {
    // Errors lose their members on the way between threads.
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return { id, code, message: error instanceof Error ? error.message : String(error) }
  }
}

type Row = Record<string, unknown>

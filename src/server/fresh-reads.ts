/** Reads of the CDR database that see every request already answered. */
import type { Drain } from '../cdr/drain.ts'
import type { AdjustmentBook } from '../charging/adjustment.ts'
import type { CdrReader, ExportBook } from '../charging/ports.ts'

/** A read waits so long for the records of requests already answered. */
const readFlushMs = 1_000

/** What waits in the outbox is written first. */
export function freshCdrs(reader: CdrReader, drain: Drain): CdrReader {
  return {
    async list(accountId, cursor, limit, traceId) {
      await flush(drain)
      return reader.list(accountId, cursor, limit, traceId)
    },
    async ofSession(sessionId) {
      await flush(drain)
      return reader.ofSession(sessionId)
    }
  }
}

export function freshExports(book: ExportBook, drain: Drain): ExportBook {
  return {
    ...book,
    async next(order) {
      await flush(drain)
      return book.next(order)
    },
    async last() {
      await flush(drain)
      return book.last()
    }
  }
}

export function freshBook(book: AdjustmentBook, drain: Drain): AdjustmentBook {
  return {
    ...book,
    async window(from, until, cursor, limit) {
      if (cursor === null) await flush(drain)
      return book.window(from, until, cursor, limit)
    }
  }
}

async function flush(drain: Drain): Promise<void> {
  if (!drain.stats().failing) await drain.flush(readFlushMs)
}

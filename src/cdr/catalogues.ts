/** Versions of the catalogue in the CDR database, which keeps all of them. */
import type { Database } from './database.ts'

export interface CatalogueArchive {
  /** Keeps a version; again is no harm. */
  keep(version: string, source: string): Promise<void>
  /** null: it was never kept. */
  read(version: string): Promise<string | null>
}

/** `prepare` makes the schema when that has not been possible yet. Methods reject while the database is away. */
export function createArchive(database: Database, prepare: () => Promise<void>): CatalogueArchive {
  return {
    async keep(version, source) {
      await prepare()
      await database.query(
        `INSERT INTO public.catalogue_version (version, source) VALUES ($1, $2)
         ON CONFLICT ON CONSTRAINT catalogue_version_key DO NOTHING`,
        [version, source]
      )
    },
    async read(version) {
      await prepare()
      const sql = 'SELECT source FROM public.catalogue_version WHERE version = $1'
      const { rows } = await database.query(sql, [version])
      const source = rows[0]?.['source']
      return typeof source === 'string' ? source : null
    }
  }
}

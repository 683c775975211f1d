/**
 * Formats of files of CDRs: JSON Lines, CSV with a row for each CDR or for each part of one, TS
 * 32.297 with TS 32.298, and Parquet with a row for each CDR.
 */
export const exportFormats = ['jsonl', 'csv', 'csv-parts', '3gpp', 'parquet'] as const
export type ExportFormat = (typeof exportFormats)[number]

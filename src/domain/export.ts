/** Formats of files of CDRs: JSON Lines, CSV with a row for each CDR or for each part of one, and TS 32.297 with TS 32.298. */
export const exportFormats = ['jsonl', 'csv', 'csv-parts', '3gpp'] as const
export type ExportFormat = (typeof exportFormats)[number]

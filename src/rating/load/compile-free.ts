/** What `services.yaml` lists as free for everybody. */
import type { FreeService } from '../catalogue.ts'
import { compileMatch, findService } from './compile-match.ts'
import type { Known } from './known.ts'
import type { Report } from './problem.ts'
import type { ServicesFile } from './source.ts'

export function compileFree(
  file: ServicesFile,
  known: Known,
  report: Report
): readonly FreeService[] {
  return (file.free ?? []).map((entry, index) => {
    const at = ['services', 'free', index]
    const service = findService(entry.service, known, [...at, 'service'], report)
    const match = compileMatch(entry, service === null ? [] : [service], known, at, report)
    return { service: entry.service, match }
  })
}

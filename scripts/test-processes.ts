/** Which test files share a process, and in what order they run. */
import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** The longest, and what starts many processes, come first: else the last file would run alone. */
const longest = /^test\/(oracle|e2e\/(spill|kill|journal|refusals)|cli\/spills)\b/
const longFolders = /^test\/(e2e|cli)\//

/**
 * What works on objects, sockets and databases of its own: Node.js, tap and the engine take longer to start than most
 * of these files to run, and they do not see each other.
 */
const lightFolders =
  /^test\/(balance\/(?!redis|embedded)|(api|catalogue|charging|diameter\/\w+|mediation|nchf|rating|rerate|scenarios|server|services)\/)/
/** Of what files that share a process have in common: tap's root, and the heap. */
const isAlone = /^t\.(before|after|plan|end|setTimeout|bail)|heapUsed/m
const filesMax = 6

/** Each inner list is of one process. */
export function processesOf(files: readonly string[]): string[][] {
  const processes: string[][] = []
  const open = new Map<string, string[]>()
  for (const file of [...files].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))) {
    const shared = isLight(file) ? open.get(dirname(file)) : undefined
    if (shared !== undefined && shared.length < filesMax) shared.push(file)
    else {
      const begun = [file]
      processes.push(begun)
      if (isLight(file)) open.set(dirname(file), begun)
    }
  }
  return processes
}

function rankOf(file: string): number {
  if (longest.test(file)) return 0
  return longFolders.test(file) ? 1 : 2
}

function isLight(file: string): boolean {
  return lightFolders.test(file) && !isAlone.test(readFileSync(file, 'utf8'))
}

/** `test/rating/{match,price}.test.ts` */
export function nameOf(files: readonly string[]): string {
  const [first = ''] = files
  if (files.length === 1) return first
  const names = files.map(file => basename(file, '.test.ts'))
  return `${dirname(first)}/{${names.join(',')}}.test.ts`
}

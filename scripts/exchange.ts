/** Makes one folder what another one is, while others read in it. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Moves the files of `made` to `place`, on the same file system, and removes `made`. Each file is exchanged in one step,
 * and one that is the same is left alone, so whoever reads in `place` never misses a file that both have, nor sees a part
 * of one. New files come first and old ones go last. Several may do this at once.
 */
export function exchange(made: string, place: string): void {
  const files = filesIn(made)
  const before = new Set(filesIn(place))
  const move = (file: string): void => {
    mkdirSync(dirname(join(place, file)), { recursive: true })
    renameSync(join(made, file), join(place, file))
  }
  for (const file of files.filter(name => !before.has(name))) move(file)
  for (const file of files.filter(name => before.delete(name))) {
    if (!isSame(join(made, file), join(place, file))) move(file)
  }
  for (const file of before) rmSync(join(place, file), { force: true })
  rmSync(made, { recursive: true, force: true })
}

/** Paths within a folder; none when it is not there. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => !entry.isDirectory())
      .map(entry => join(entry.parentPath, entry.name).slice(join(folder, '/').length))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function isSame(one: string, other: string): boolean {
  return readFileSync(one).equals(readFileSync(other))
}

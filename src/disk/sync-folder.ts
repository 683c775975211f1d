/** A folder and what it names. */
import { open } from 'node:fs/promises'

/** What was made or renamed in a folder is found after a loss of power only when the folder is on disk, too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** gyro cdr spills: what servers have on their disks because the CDR database was away. */
import type { Command } from 'commander'
import { GyroError } from '../domain/errors.ts'
import type { SpillBoard } from '../domain/spill.ts'
import { note, printJson, printTable } from './output.ts'

interface SpillsOptions {
  readonly json?: true
  readonly forget?: string
}

export function addSpills(cdr: Command): void {
  cdr
    .command('spills')
    .description('files of records that servers have spilled and not delivered yet')
    .option('--json', 'one JSON object a line')
    .option('--forget <place>', 'do not wait for this file any more: its disk is lost')
    .addHelpText('after', spillsHelp)
    .action(spills)
}

const spillsHelp = `
Files are delivered in the order of their places, and nothing else goes to the CDR database before them. A server that is
gone leaves its files: start one on that machine and folder, or move the folder to where one runs. What is forgotten is
missing in the database, and "gyro reconcile" says which numbers these are.`

async function spills({ json, forget }: SpillsOptions): Promise<void> {
  const { openStoreOf } = await import('../server/compose.ts')
  const { setUp } = await import('./open-backend.ts')
  const store = await openStoreOf(setUp())
  try {
    if (store.spills === null) {
      throw new GyroError(
        'GYRO_INPUT_INVALID',
        'an embedded store is on disk itself and spills nothing'
      )
    }
    if (forget === undefined) await list(store.spills, json === true)
    else await forgetOne(store.spills, forget)
  } finally {
    await store.close()
  }
}

async function list(board: SpillBoard, json: boolean): Promise<void> {
  const marks = await board.marks()
  if (json) for (const mark of marks) await printJson(mark)
  else {
    const rows = marks.map(({ order, host, folder }) => [String(order), host, folder])
    await printTable([['PLACE', 'HOST', 'FOLDER'], ...rows])
  }
}

async function forgetOne(board: SpillBoard, place: string): Promise<void> {
  const mark = (await board.marks()).find(({ order }) => String(order) === place)
  if (mark === undefined) throw new GyroError('GYRO_NOT_FOUND', `there is no file ${place}`)
  await board.unmark(mark.order)
  note(`${place} of ${mark.host} is not waited for any more`)
}

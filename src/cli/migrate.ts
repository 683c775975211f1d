/** gyro migrate: brings the schema of the CDR database to this version, before servers of this version start. */
import type { Command } from 'commander'
import { alone } from './alone.ts'
import { print } from './output.ts'

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the schema of the CDR database to this version')
    .addHelpText('after', migrateHelp)
    .action(migrate)
}

const migrateHelp = `
Servers do this by themselves when they start; use it where only another user may change the schema:
  GYRO_CDR=postgres://owner:password@host/gyro gyro migrate`

async function migrate(): Promise<void> {
  const { migrateCdrs } = await import('./open-backend.ts')
  await print(`${await alone('migrate', migrateCdrs)} has the schema of this version`)
}

/** gyro check: whether a server could start with this configuration and catalogue. Opens no store. */
import type { Command } from 'commander'
import { show } from '../ops/address.ts'
import { loadConfig } from '../ops/config.ts'
import { configFile } from './options.ts'
import { note, print } from './output.ts'

export function addCheck(program: Command): void {
  program
    .command('check')
    .description('check configuration and catalogue, without opening any store')
    .action(check)
}

async function check(): Promise<void> {
  const config = loadConfig(process.env, configFile())
  for (const warning of config.warnings) note(`warning: ${warning}`)
  const { materialOf } = await import('../server/tls-files.ts')
  materialOf(config)
  const { loadCatalogue } = await import('../rating/load/load.ts')
  const catalogue = await loadCatalogue(config.catalogue.folder)
  const { diameter, api } = config
  await print('The configuration and the catalogue are good.')
  await print(
    `diameter   ${show(diameter.listen)}, ${diameter.originHost}, ${diameter.originRealm}`
  )
  if (diameter.tls.listen) await print(`           TLS: ${show(diameter.tls.listen)}`)
  const { peers, agents } = diameter.peers
  await print(`peers      ${peers.map(({ originHost, profile }) => `${originHost} (${profile})`)}`)
  for (const { host, port } of agents) await print(`agent      ${show({ host, port })}`)
  await print(`api        ${show(api.listen)}${api.token === null ? '' : ', with a token'}`)
  await print(`store      ${kindOf(config.store.url)}`)
  await print(`cdr        ${kindOf(config.cdr.url)}`)
  await print(`workers    ${config.workers}`)
  await print(`catalogue  ${config.catalogue.folder}, version ${catalogue.version}`)
  for (const offer of catalogue.offers.values()) {
    await print(`offer      ${offer.id} (${offer.kind}): ${offer.name}`)
  }
}

/** The address without user and password. */
function kindOf(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@')
}

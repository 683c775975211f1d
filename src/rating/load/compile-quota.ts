/** The quota policy: sizes, times, triggers, pools and what happens at the end of the credit. */
import { isIPv4, isIPv6 } from 'node:net'
import type { FinalUnits, RedirectServer } from '../../domain/answer.ts'
import { parseMoney } from '../../domain/money.ts'
import { type Units, type UnitType, unitsMax } from '../../domain/units.ts'
import type { QuotaPolicy, QuotaSize, Service } from '../catalogue.ts'
import { parseAmount } from './amount.ts'
import { checkName } from './compile-network.ts'
import type { Report } from './problem.ts'
import { triggerTypes } from './schema.ts'
import type { AmountText, CatalogueFile, FinalUnitsFile, QuotaFile, SizeFile } from './source.ts'

const at = ['catalogue', 'quota']

export function compileQuota(
  file: CatalogueFile,
  services: ReadonlyMap<string, Service> | null,
  finalUnits: ReadonlyMap<string, FinalUnits>,
  report: Report
): QuotaPolicy {
  const { quota } = file
  const tcc = quota.tcc ?? 2 * quota.validity
  if (tcc < quota.validity) {
    const message = `${tcc} is shorter than validity, so sessions would end before they are due to report`
    report([...at, 'tcc'], `${message}; 2 x validity is usual`)
  }
  const final = finalUnits.get(quota['final-units'] ?? '')
  if (quota['final-units'] !== undefined) {
    checkName(finalUnits, quota['final-units'], [...at, 'final-units'], 'final-units', report)
  }
  const low = quota['low-balance']
  return {
    validity: quota.validity,
    tcc,
    rateAfter: quota['rate-after'],
    target: quota.target,
    threshold: quota.threshold,
    sizes: {
      octets: compileSize(quota.sizes.octets, 'octets', report),
      seconds: compileSize(quota.sizes.seconds, 'seconds', report),
      messages: compileSize(quota.sizes.messages, 'messages', report)
    },
    ...(quota['validity-jitter'] ? { validityJitter: quota['validity-jitter'] } : {}),
    ...(quota['fair-share'] === true ? { fairShare: true } : {}),
    ...(quota['holding-time'] === undefined ? {} : { holding: quota['holding-time'] }),
    ...(quota['consumption-time'] === undefined ? {} : { consumption: quota['consumption-time'] }),
    ...(quota.triggers === undefined ? {} : { triggers: triggersOf(quota.triggers) }),
    ...(final === undefined ? {} : { finalUnits: final }),
    ...(quota.pools === undefined ? {} : { pools: poolsOf(quota.pools, services, report) }),
    ...(low === undefined ? {} : { lowBalance: parseMoney(low) }),
    ...lineRateOf(quota, report)
  }
}

/** The definitions of final units, by id. */
export function compileFinalUnits(
  file: CatalogueFile,
  version: string,
  report: Report
): ReadonlyMap<string, FinalUnits> {
  const found = new Map<string, FinalUnits>()
  for (const [index, entry] of (file['final-units'] ?? []).entries()) {
    const path = ['catalogue', 'final-units', index]
    if (found.has(entry.id)) report([...path, 'id'], `there are two ${entry.id}; rename one`)
    for (const problem of faultsOf(entry)) report(path, `${entry.id} ${problem}`)
    found.set(entry.id, {
      ref: `${version}:${entry.id}`,
      action: entry.action,
      redirect: entry.redirect === undefined ? null : redirectOf(entry.redirect),
      filterRules: entry.filters ?? [],
      filterIds: entry['filter-ids'] ?? [],
      retry: entry.retry ?? file.quota.validity
    })
  }
  return found
}

/** RFC 8506 8.34: TERMINATE stands alone, REDIRECT needs its server, RESTRICT_ACCESS has filters and no server. */
function faultsOf(entry: FinalUnitsFile): readonly string[] {
  const filtered = entry.filters !== undefined || entry['filter-ids'] !== undefined
  const faults: string[] = []
  if (entry.action === 'redirect' && entry.redirect === undefined) {
    faults.push('lacks redirect; write where to, such as "https://pay.example.com/"')
  }
  if (entry.action !== 'redirect' && entry.redirect !== undefined) {
    faults.push(`has redirect, which goes with the action redirect only; remove it`)
  }
  if (entry.action === 'terminate' && (filtered || entry.retry !== undefined)) {
    faults.push(
      'ends the service, so nothing else can be said; remove filters, filter-ids and retry'
    )
  }
  return faults
}

function redirectOf(address: string): RedirectServer {
  if (isIPv4(address)) return { type: 'ipv4', address }
  if (isIPv6(address)) return { type: 'ipv6', address }
  return { type: /^sips?:/i.test(address) ? 'sip-uri' : 'url', address }
}

function lineRateOf(quota: QuotaFile, report: Report): Pick<QuotaPolicy, 'lineRate'> {
  const text = quota['line-rate']
  if (text === undefined) return {}
  const rate = parseAmount(text, 'octets')
  if (typeof rate === 'number' && rate > 0) return { lineRate: rate }
  report([...at, 'line-rate'], typeof rate === 'string' ? rate : 'must be at least 1 B')
  return {}
}

function triggersOf(names: readonly string[]): readonly number[] {
  return names.map(name => triggerTypes[name as keyof typeof triggerTypes])
}

function poolsOf(
  pools: NonNullable<QuotaFile['pools']>,
  services: ReadonlyMap<string, Service> | null,
  report: Report
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [index, { pool, services: names }] of pools.entries()) {
    for (const [i, name] of names.entries()) {
      const path = [...at, 'pools', index, 'services', i]
      if (services) checkName(services, name, path, 'service', report)
      if (found.has(name)) report(path, `service ${name} is in two pools; leave one`)
      found.set(name, pool)
    }
  }
  return found
}

function compileSize(file: SizeFile, unit: UnitType, report: Report): QuotaSize {
  const path = [...at, 'sizes', unit]
  const read = (text: AmountText, key: string): Units => {
    const amount = parseAmount(text, unit)
    if (typeof amount === 'number' && amount > 0) return amount
    report([...path, key], typeof amount === 'string' ? amount : 'must be at least 1')
    return unitsMax
  }
  const size = {
    initial: read(file.initial, 'initial'),
    min: read(file.min, 'min'),
    max: read(file.max, 'max')
  }
  if (size.min > size.max) report([...path, 'min'], 'is larger than max')
  if (size.initial > size.max) report([...path, 'initial'], 'is larger than max')
  return size
}

/** gyro cdr verify and gyro cdr head: whether CDRs are as they were recorded. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { ChainFault, ChainHead, ChainReport } from '../charging/chain.ts'
import { GyroError } from '../domain/errors.ts'
import { print, printJson } from './output.ts'

interface VerifyOptions {
  readonly heads?: string
  readonly key?: string
  readonly json?: true
}

export function addChain(cdr: Command): void {
  cdr
    .command('verify')
    .description('check every record against the hash chain; status 1 when one is not as recorded')
    .option(
      '--heads <file>',
      'also against heads that were kept elsewhere, as "gyro cdr head" prints them'
    )
    .option(
      '--key <file>',
      'PEM file of the key that the days must be signed with, public or private'
    )
    .option('--json', 'the report as one line of JSON')
    .addHelpText('after', verifyHelp)
    .action(verify)
  cdr
    .command('head')
    .description('print the sealed days of the hash chain, and its head as it is now')
    .addHelpText('after', headHelp)
    .action(head)
}

const verifyHelp = `
Without --key, signatures are checked with the configured key (GYRO_CDR_SIGNING_KEY), or else not at all.

Examples:
  gyro cdr verify
  gyro cdr verify --heads /mnt/elsewhere/heads.jsonl --key cdr-public.pem`

const headHelp = `
A line of JSON for each sealed day, and one for the head. Keep them where nobody can change them who can change the
database:
  gyro cdr head > /mnt/elsewhere/heads.jsonl`

async function head(): Promise<void> {
  const { openChain } = await import('./open-chain.ts')
  const { chain, close } = await openChain()
  try {
    const { seals, now } = await chain.heads()
    for (const seal of seals) await printJson(seal)
    await printJson(now)
  } finally {
    await close()
  }
}

async function verify(options: VerifyOptions): Promise<void> {
  const heads = options.heads === undefined ? [] : await readHeads(options.heads)
  const { publicKeyIn } = await import('../server/signing-key.ts')
  const key = options.key === undefined ? null : publicKeyIn(options.key)
  const { openChain } = await import('./open-chain.ts')
  const { chain, close } = await openChain()
  let report: ChainReport
  try {
    report = await chain.verify(key, heads)
  } finally {
    await close()
  }
  if (options.json === true) await printJson(report)
  else for (const line of linesOf(report, heads.length)) await print(line)
  const { length } = report.faults
  if (length > 0) {
    throw new GyroError('GYRO_CONFLICT', `${length} ${length === 1 ? 'fault' : 'faults'} found`)
  }
}

async function readHeads(file: string): Promise<ChainHead[]> {
  let content: string
  try {
    content = await readFile(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new GyroError('GYRO_INPUT_INVALID', `${file} cannot be read: ${reason}`)
  }
  return content.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const found = parsed(line)
    if (found !== null) return [found]
    throw new GyroError(
      'GYRO_INPUT_INVALID',
      `${file}, line ${index + 1} is not a head as "gyro cdr head" prints it`
    )
  })
}

/** null: it is not one. */
function parsed(line: string): ChainHead | null {
  try {
    const { last, head: hash } = JSON.parse(line) as { last?: unknown; head?: unknown }
    if (!Number.isSafeInteger(last) || typeof hash !== 'string') return null
    return /^[0-9a-f]{64}$/.test(hash) ? { last: Number(last), head: hash } : null
  } catch {
    return null
  }
}

function linesOf(report: ChainReport, heads: number): string[] {
  const { after, last, head: hash, cdrs, dropped, seals, keyed, signed, faults } = report
  const days = seals === 1 ? '1 sealed day' : `${seals} sealed days`
  return [
    `${cdrs} CDRs from number ${after + 1} to ${last} checked, ${dropped} dropped by retention`,
    ...(after > 0
      ? [`numbers up to ${after} are not covered: older than the chain, or dropped`]
      : []),
    keyed
      ? `${days}, ${signed} with a good signature`
      : `${days}; no key, so no signature was checked`,
    `${heads} ${heads === 1 ? 'head' : 'heads'} kept elsewhere compared; the head is ${hash} at ${last}`,
    ...faults.map(textOf)
  ]
}

function textOf(fault: ChainFault): string {
  switch (fault.kind) {
    case 'changed':
      return `CHANGED: ${rowText(fault)} is not as it was recorded`
    case 'moved':
      return `MOVED: ${rowText(fault)} was number ${fault.was}`
    case 'inserted':
      return `INSERTED: ${rowText(fault)} was never recorded`
    case 'removed':
      return `REMOVED: number ${fault.recorded} is gone`
    case 'link':
      return `LINK: numbers ${fault.first} to ${fault.last} have no link, or one that does not follow`
    case 'seal':
      return `SEAL: ${fault.day}: ${fault.reason}`
    case 'head':
      return `HEAD: at ${fault.last}: ${fault.reason}`
  }
}

function rowText({
  recorded,
  sessionId,
  number,
  accountId
}: Extract<ChainFault, { sessionId: string }>) {
  return `number ${recorded} (session ${sessionId}, record ${number}, account ${accountId})`
}

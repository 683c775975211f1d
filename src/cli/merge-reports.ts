/** Pages of a reconciliation as one report. */
import type { ReportJson } from '../api/reconcile.ts'
import { formatMicros } from '../domain/money.ts'

type Wallet = ReportJson['wallets'][string]

export const emptyReport: ReportJson = {
  accounts: 0,
  openSessions: 0,
  cdrs: 0,
  octets: '0',
  zeroRatedOctets: '0',
  suspense: 0,
  wallets: {},
  breaks: []
}

export function mergeReports(one: ReportJson, other: ReportJson): ReportJson {
  const wallets = { ...one.wallets }
  for (const [currency, sums] of Object.entries(other.wallets)) {
    const before = wallets[currency]
    wallets[currency] = before === undefined ? sums : mergeWallets(before, sums)
  }
  return {
    accounts: one.accounts + other.accounts,
    openSessions: one.openSessions + other.openSessions,
    cdrs: one.cdrs + other.cdrs,
    octets: String(BigInt(one.octets) + BigInt(other.octets)),
    zeroRatedOctets: String(BigInt(one.zeroRatedOctets) + BigInt(other.zeroRatedOctets)),
    suspense: one.suspense + other.suspense,
    wallets,
    breaks: [...one.breaks, ...other.breaks]
  }
}

function mergeWallets(one: Wallet, other: Wallet): Wallet {
  return {
    ledger: addMoney(one.ledger, other.ledger),
    available: addMoney(one.available, other.available),
    reserved: addMoney(one.reserved, other.reserved),
    unrecorded: addMoney(one.unrecorded, other.unrecorded)
  }
}

function addMoney(one: string, other: string): string {
  return formatMicros(microsOf(one) + microsOf(other))
}

/** Of decimal text with all six decimals. */
export function microsOf(text: string): bigint {
  return BigInt(text.replace('.', ''))
}

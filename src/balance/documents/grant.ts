/**
 * Grants in session documents: `[unit, units, price, zone, at, final, draws]`, with `tariff switch at, its price, pool`
 * behind them where it has either (0, empty and -1 for none), and then `period, RAT type, QoS` (0, -1 and -1 for none),
 * and then `holds`, each `[source, counter, units]`. Draw: `[source, bucket, units, amount]`.
 */
import type { Draw, Grant, Hold } from '../../domain/session.ts'
import { quoted, unitAt, unitNumbers } from './format.ts'

const sourceNumbers: Readonly<Record<Draw['source'], number>> = { wallet: 0, account: 1, line: 2 }
const sources: readonly Draw['source'][] = ['wallet', 'account', 'line']

export function encodeGrant(grant: Grant): string {
  const { unit, units, price, zone, at, final } = grant
  let text = `[${unitNumbers[unit]},${units},${quoted(price)},${quoted(zone)},${at},${final ? 1 : 0},[`
  let separator = ''
  for (const draw of grant.draws) {
    text += `${separator}[${sourceNumbers[draw.source]},${quoted(draw.bucket)},${draw.units},${draw.amount}]`
    separator = ','
  }
  const { change, pool, period, access, holds } = grant
  const further = period !== undefined || access !== undefined || holds !== undefined
  if (change === undefined && pool === undefined && !further) return `${text}]]`
  const { at: switchAt, price: nextPrice } = change ?? { at: 0, price: '' }
  text += `],${switchAt},${quoted(nextPrice)},${pool ?? -1}`
  if (!further) return `${text}]`
  text += `,${period ?? 0},${access?.rat ?? -1},${access?.qos ?? -1}`
  return holds === undefined ? `${text}]` : `${text},${encodeHolds(holds)}]`
}

function encodeHolds(holds: readonly Hold[]): string {
  const texts = holds.map(
    ({ source, counter, units }) => `[${sourceNumbers[source]},${quoted(counter)},${units}]`
  )
  return `[${texts.join(',')}]`
}

export function decodeGrant(members: readonly unknown[]): Grant {
  return {
    unit: unitAt(members[0]),
    units: members[1] as number,
    price: members[2] as string,
    zone: members[3] as string,
    draws: (members[6] as unknown[][]).map(decodeDraw),
    at: members[4] as number,
    final: members[5] === 1,
    ...(members.length > 7 ? decodeConditions(members) : {})
  }
}

function decodeConditions(
  members: readonly unknown[]
): Pick<Grant, 'change' | 'pool' | 'period' | 'access' | 'holds'> {
  const [at, price, pool, period = 0, rat = -1, qos = -1, holds] = members.slice(7) as [
    number,
    string,
    number,
    number?,
    number?,
    number?,
    unknown[][]?
  ]
  const access = { ...(rat < 0 ? {} : { rat }), ...(qos < 0 ? {} : { qos }) }
  return {
    ...(at === 0 ? {} : { change: { at, price } }),
    ...(pool < 0 ? {} : { pool }),
    ...(period === 0 ? {} : { period }),
    ...(rat < 0 && qos < 0 ? {} : { access }),
    ...(holds === undefined ? {} : { holds: holds.map(decodeHold) })
  }
}

function decodeHold(members: readonly unknown[]): Hold {
  return {
    source: sources[members[0] as number] === 'line' ? 'line' : 'account',
    counter: members[1] as string,
    units: members[2] as number
  }
}

function decodeDraw(members: readonly unknown[]): Draw {
  return {
    source: sources[members[0] as number] ?? 'wallet',
    bucket: members[1] as string,
    units: members[2] as number,
    amount: members[3] as number
  }
}

/**
 * How many usage records a second one core reads, checks and rates in a dry run: lines of JSON of 1,000 subscribers, each
 * with sessions of ten records.
 *
 * Run with `npx tsx bench/usage.ts [--json]`.
 */
import { createEngine } from '../src/charging/engine.ts'
import { createDryRater } from '../src/mediation/dry-run.ts'
import { lineReader } from '../src/mediation/lines.ts'
import { readRecord } from '../src/mediation/record.ts'
import { requestOf } from '../src/mediation/request.ts'
import { catalogues } from '../test/support/catalogue.ts'
import { EngineDriver, start } from '../test/support/engine-driver.ts'

const records = 300_000
const subscribers = 1_000
const now = start + 86_400_000

const engine = createEngine(() => catalogues)
const rater = createDryRater(engine.decide)
for (let index = 0; index < subscribers; index++) {
  const msisdn = String(4915100000000 + index)
  const driver = new EngineDriver()
  const lines = [{ msisdn }]
  const offers = ['go', ...(index % 2 === 0 ? ['pack'] : [])]
  driver.submit({ kind: 'open-account', accountId: msisdn, lines, offers, topUp: 1e12 })
  rater.learn(msisdn, {
    lineId: msisdn,
    account: driver.account!,
    lines: [...driver.lines.values()]
  })
}

const lines = Array.from({ length: records }, (_, index) =>
  JSON.stringify({
    session: `pgw.example.org;1;${Math.floor(index / 10)}`,
    sequence: index % 10,
    msisdn: String(4915100000000 + (Math.floor(index / 10) % subscribers)),
    context: '32251',
    ratingGroup: 10,
    startedAt: new Date(start + index).toISOString(),
    endedAt: new Date(start + index + 600_000).toISOString(),
    inputOctets: 100_000 + (index % 7) * 1_000,
    outputOctets: 1_500_000 + (index % 11) * 10_000,
    plmn: '26201',
    apn: 'internet'
  })
)

const booking = { timeZone: 'Europe/Berlin', graceMs: 3 * 86_400_000, now }
const read = lineReader('jsonl')
const from = process.cpuUsage()
for (const line of lines) {
  const record = readRecord(read(line) ?? {}, now)
  rater.rate(record.msisdn ?? '', requestOf(record, booking), now)
}
const { user, system } = process.cpuUsage(from)
const seconds = (user + system) / 1e6
const perSecond = Math.round(records / seconds)
if (process.argv.includes('--json')) console.log(JSON.stringify({ records, perSecond }))
else console.log(`${records} records in ${seconds.toFixed(2)} s of CPU: ${perSecond} a second`)
const { duplicates, unknown, unpriced } = rater.totals
if (duplicates + unknown + unpriced > 0) throw new Error('not every record was rated')

/**
 * Decode of a CCR and encode of a CCA, in nanoseconds of CPU per message, beside the npm package `diameter` in the same
 * run; the fastest of several rounds counts. Exit status 1 when a target is missed.
 *
 *     npx tsx bench/codec.ts [--json]
 *
 * Neither is lazy: both have read every value of the message when they return. The CPU is that of the whole process,
 * with the threads that collect garbage.
 */
import { createRequire } from 'node:module'
import { decode } from '../src/diameter/codec/decode.ts'
import { avp } from '../src/diameter/codec/entries.ts'
import { MessageWriter } from '../src/diameter/codec/writer.ts'
import { open5gsUpdate } from '../test/fixtures/diameter/messages.ts'

interface PackageMessage {
  header: object
  body: unknown[]
}

interface PackageCodec {
  decodeMessage(bytes: Buffer): PackageMessage
  encodeMessage(message: PackageMessage): Buffer
}

// The package calls `new Buffer`, which Node.js announces as deprecated on each run.
process.noDeprecation = true
const require = createRequire(import.meta.url)
const theirs = require('diameter/lib/diameter-codec') as PackageCodec

const sessionId = 'smf.epc.mnc001.mcc001.3gppnetwork.org;1763700000;1;app_gy'
const host = 'ocs.epc.mnc001.mcc001.3gppnetwork.org'
const realm = 'epc.mnc001.mcc001.3gppnetwork.org'

const writer = new MessageWriter()

function encodeOurs(): Buffer {
  return writer
    .begin('CCA', { hopByHop: 1, endToEnd: 2 })
    .text(avp['Session-Id'], sessionId)
    .u32(avp['Result-Code'], 2001)
    .text(avp['Origin-Host'], host)
    .text(avp['Origin-Realm'], realm)
    .u32(avp['Auth-Application-Id'], 4)
    .u32(avp['CC-Request-Type'], 2)
    .u32(avp['CC-Request-Number'], 1)
    .open(avp['Multiple-Services-Credit-Control'])
    .open(avp['Granted-Service-Unit'])
    .u64(avp['CC-Total-Octets'], 10_000_000)
    .close()
    .u32(avp['Rating-Group'], 10)
    .u32(avp['Validity-Time'], 3600)
    .u32(avp['Result-Code'], 2001)
    .u32(avp['Volume-Quota-Threshold'], 2_000_000)
    .close()
    .finish()
}

const theirAnswer: PackageMessage = {
  header: {
    version: 1,
    commandCode: 272,
    flags: { request: false, proxiable: true, error: false, potentiallyRetransmitted: false },
    applicationId: 4,
    hopByHopId: 1,
    endToEndId: 2
  },
  body: [
    ['Session-Id', sessionId],
    ['Result-Code', 'DIAMETER_SUCCESS'],
    ['Origin-Host', host],
    ['Origin-Realm', realm],
    ['Auth-Application-Id', 'Diameter Credit Control'],
    ['CC-Request-Type', 2],
    ['CC-Request-Number', 1],
    [
      'Multiple-Services-Credit-Control',
      [
        ['Granted-Service-Unit', [['CC-Total-Octets', 10_000_000]]],
        ['Rating-Group', 10],
        ['Validity-Time', 3600],
        ['Result-Code', 'DIAMETER_SUCCESS'],
        ['Volume-Quota-Threshold', 2_000_000]
      ]
    ]
  ]
}

/** Targets: so many times faster than the package, and nanoseconds for the two of ours together. */
const fasterMin = 20
const bothMaxNs = 5_000

/** Nanoseconds of CPU per call: the least of `rounds`. */
function measure(calls: number, rounds: number, run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage()
    for (let call = 0; call < calls; call++) run()
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, ((user + system) * 1_000) / calls)
  }
  return Math.round(best)
}

const measured = {
  messageOctets: open5gsUpdate.length,
  answerOctets: encodeOurs().length,
  decodeNs: measure(100_000, 8, () => decode('CCR', open5gsUpdate)),
  encodeNs: measure(100_000, 8, encodeOurs),
  packageDecodeNs: measure(200, 4, () => theirs.decodeMessage(open5gsUpdate)),
  packageEncodeNs: measure(200, 4, () => theirs.encodeMessage(theirAnswer))
}
const results = {
  ...measured,
  bothNs: measured.decodeNs + measured.encodeNs,
  decodeFaster: Math.round(measured.packageDecodeNs / measured.decodeNs),
  encodeFaster: Math.round(measured.packageEncodeNs / measured.encodeNs)
}

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(results))
} else {
  const row = (...cells: readonly (string | number)[]) =>
    console.log(cells.map((text, i) => `${text}`[i ? 'padStart' : 'padEnd'](i ? 14 : 30)).join(''))
  row('CPU ns per message', 'gyro', 'npm diameter', 'times faster')
  const decoding = `decode CCR, ${results.messageOctets} octets`
  row(decoding, results.decodeNs, results.packageDecodeNs, results.decodeFaster)
  const encoding = `encode CCA, ${results.answerOctets} octets`
  row(encoding, results.encodeNs, results.packageEncodeNs, results.encodeFaster)
  row('both', results.bothNs)
  console.log(`targets: ${fasterMin} times faster each, ${bothMaxNs} ns for both`)
}
const faster = Math.min(results.decodeFaster, results.encodeFaster) >= fasterMin
process.exitCode = faster && results.bothNs <= bothMaxNs ? 0 : 1

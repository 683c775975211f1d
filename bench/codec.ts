/**
 * Decode of a CCR and encode of a CCA, in nanoseconds per message, beside the npm package `diameter` in the same run.
 *
 *     npx tsx bench/codec.ts [--json]
 *
 * Ours reads every value of the message; the package does as well. The fastest of several rounds is shown.
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

/** Nanoseconds per call: the fastest of `rounds`. */
function measure(calls: number, rounds: number, run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint()
    for (let call = 0; call < calls; call++) run()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / calls)
  }
  return Math.round(best)
}

const results = {
  messageOctets: open5gsUpdate.length,
  answerOctets: encodeOurs().length,
  decodeNs: measure(100_000, 8, () => decode('CCR', open5gsUpdate)),
  encodeNs: measure(100_000, 8, encodeOurs),
  packageDecodeNs: measure(100, 3, () => theirs.decodeMessage(open5gsUpdate)),
  packageEncodeNs: measure(100, 3, () => theirs.encodeMessage(theirAnswer))
}

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(results))
} else {
  const row = (what: string, ours: number, other: number) =>
    console.log(`${what.padEnd(32)}${String(ours).padStart(10)}${String(other).padStart(20)}`)
  console.log(`${'ns per message'.padEnd(32)}${'gyro'.padStart(10)}${'npm diameter'.padStart(20)}`)
  row(`decode CCR, ${results.messageOctets} octets`, results.decodeNs, results.packageDecodeNs)
  row(`encode CCA, ${results.answerOctets} octets`, results.encodeNs, results.packageEncodeNs)
}

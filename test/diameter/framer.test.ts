import fc from 'fast-check'
import t from 'tap'
import { encode } from '../../src/diameter/codec/encode.ts'
import { createFramer, type FramingFault } from '../../src/diameter/framer.ts'

const maxOctets = 4096

function message(octets: number): Buffer {
  const text = 'x'.repeat(octets - 28)
  return encode('DWR', { hopByHop: octets, endToEnd: 1 }, { 'Origin-Host': text })
}

function collect() {
  const messages: Buffer[] = []
  const faults: FramingFault[] = []
  const framer = createFramer({
    maxOctets,
    onMessage: one => messages.push(one),
    onError: fault => faults.push(fault)
  })
  return { framer, messages, faults }
}

t.test('RFC 6733 3: messages come out whole however the stream is cut', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 7, max: 400 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }),
      (sizes, cuts) => {
        const sent = sizes.map(words => message(words * 4))
        const stream = Buffer.concat(sent)
        const { framer, messages, faults } = collect()
        for (let at = 0, i = 0; at < stream.length; i++) {
          const end = at + (cuts[i % cuts.length] as number)
          framer.push(stream.subarray(at, end))
          at = end
        }
        if (faults.length > 0 || framer.pending() !== 0) throw new Error('the stream was good')
        if (!Buffer.concat(messages).equals(stream)) throw new Error('octets differ')
        if (messages.some((one, i) => !one.equals(sent[i]!))) throw new Error('messages differ')
      }
    ),
    { numRuns: 500 }
  )
})

t.test('octet by octet', async t => {
  const stream = Buffer.concat([message(28), message(32), message(maxOctets)])
  const { framer, messages } = collect()
  for (const octet of stream) framer.push(Buffer.from([octet]))
  t.same(
    messages.map(one => one.length),
    [28, 32, maxOctets]
  )
  t.same(Buffer.concat(messages), stream)
})

t.test('a message of nothing but a header is one', async t => {
  const { framer, messages } = collect()
  const header = encode('DWR', { hopByHop: 1, endToEnd: 1 }, {})
  framer.push(header.subarray(0, 19))
  t.equal(framer.pending(), 19)
  framer.push(Buffer.concat([header.subarray(19), header]))
  t.same(messages, [header, header])
})

t.test('a message that lies whole in a chunk is not copied', async t => {
  const stream = Buffer.concat([message(40), message(60)])
  const { framer, messages } = collect()
  framer.push(stream)
  t.ok(messages.every(one => one.buffer === stream.buffer))
})

t.test('what cannot be framed is reported once with its header', async t => {
  const bad: [number, (bytes: Buffer) => void][] = [
    [5011, bytes => bytes.writeUInt8(2, 0)],
    [5015, bytes => bytes.writeUIntBE(0, 1, 3)],
    [5015, bytes => bytes.writeUIntBE(16, 1, 3)],
    [5015, bytes => bytes.writeUIntBE(30, 1, 3)],
    [5015, bytes => bytes.writeUIntBE(maxOctets + 4, 1, 3)],
    [5015, bytes => bytes.writeUIntBE(0xfffffc, 1, 3)]
  ]
  for (const [resultCode, change] of bad) {
    for (const cut of [3, 19, 20, 28]) {
      const bytes = Buffer.from(message(28))
      change(bytes)
      const { framer, messages, faults } = collect()
      const stream = Buffer.concat([message(32), bytes])
      framer.push(stream.subarray(0, 32 + cut))
      framer.push(stream.subarray(32 + cut))
      framer.push(message(28))
      framer.push(message(28))
      t.equal(messages.length, 1, 'what came before is good')
      t.equal(faults.length, 1)
      t.equal(faults[0]?.resultCode, resultCode)
      t.match(faults[0]?.header, { hopByHop: 28, command: 280 })
      t.equal(faults[0]?.avp, null)
      t.equal(framer.pending(), 0)
    }
  }
})

t.test('a long message in small pieces costs linear time', async t => {
  const { framer, messages } = collect()
  const one = message(maxOctets)
  const before = process.cpuUsage()
  for (let i = 0; i < 50; i++) {
    for (let at = 0; at < one.length; at++) framer.push(one.subarray(at, at + 1))
  }
  const used = process.cpuUsage(before)
  t.equal(messages.length, 50)
  t.ok(used.user + used.system < 3_000_000, `${used.user + used.system} us of CPU`)
})

/** The dearest requests that fit into one message: as many AVPs, faults and groups, and as deep, as can be. */
import { encode, encodeAvp } from '../../src/diameter/codec/encode.ts'
import { avpOf } from '../../src/diameter/peer/raw.ts'
import { limits } from '../../src/domain/limits.ts'
import { plainCcr } from './diameter-client.ts'

const ids = { hopByHop: 1, endToEnd: 1 }
const fill = (avp: Buffer, octets: number): Buffer =>
  Buffer.concat(Array.from({ length: Math.floor(octets / avp.length) }, () => avp))

function nested(levels: number, inner: Buffer): Buffer {
  let avp = inner
  for (let level = 0; level < levels; level++) avp = avpOf(443, avp)
  return avp
}

function services(count: number, inner: Buffer): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, group) => {
      const head = encodeAvp('Rating-Group', group)
      return avpOf(456, Buffer.concat([head, inner]))
    })
  )
}

const unknown = avpOf(65_000, Buffer.alloc(0))
const optional = avpOf(65_000, Buffer.alloc(0)).fill(0, 4, 5)
const used = avpOf(446, encodeAvp('CC-Total-Octets', 5))
const ccr = (more: Buffer): Buffer => encode('CCR', ids, plainCcr, more)

const crafted = (room: number): Readonly<Record<string, Buffer>> => ({
  'unknown AVPs with M bit': ccr(fill(unknown, room)),
  'unknown AVPs without M bit': ccr(fill(optional, room)),
  'empty groups': ccr(fill(avpOf(456, Buffer.alloc(0)), room)),
  'groups within groups, full of faults': ccr(
    nested(limits.diameterDepth, fill(unknown, room - 8 * limits.diameterDepth))
  ),
  'groups deeper than the limit': ccr(nested(8_000, Buffer.alloc(0))),
  'as many services as are allowed': ccr(services(limits.usagesPerRequest, used)),
  'services full of reports': ccr(services(limits.usagesPerRequest, fill(used, 300))),
  'more services than are allowed': ccr(services(1_000, Buffer.alloc(0))),
  'routes and proxies': ccr(
    Buffer.concat([
      fill(encodeAvp('Route-Record', 'a'), room / 2),
      fill(avpOf(284, Buffer.alloc(4)), room / 2)
    ])
  ),
  'one long Session-Id': encode('CCR', ids, { ...plainCcr, 'Session-Id': 'x'.repeat(40_000) }),
  'one long text': ccr(encodeAvp('User-Name', '+'.repeat(40_000))),
  'one long number': encode('CCR', ids, {
    ...plainCcr,
    'Subscription-Id': [
      { 'Subscription-Id-Type': 2, 'Subscription-Id-Data': `sip:${'1'.repeat(40_000)}` }
    ]
  }),
  subscribers: ccr(
    fill(
      encodeAvp('Subscription-Id', { 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '4915' }),
      room
    )
  ),
  'AVPs of length 0': ccr(fill(Buffer.from('000001b040000000', 'hex'), room)),
  'repeated single AVPs': ccr(fill(encodeAvp('CC-Request-Number', 1), room))
})

const longest = limits.diameterMessageOctets - limits.diameterMessageReserve - 400

/**
 * As long as a message can be, and so short that what is read from it may take most of the memory of a message: of the
 * longest little is read.
 */
export const craftedCcrs: Readonly<Record<string, Buffer>> = {
  ...crafted(longest),
  ...Object.fromEntries(
    Object.entries(crafted(longest / 8)).map(([name, message]) => [`${name}, short`, message])
  )
}

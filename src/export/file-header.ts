/** Headers of files of CDRs and of the CDRs in them, TS 32.297 6.1. */
import type { EpochMs } from '../domain/time.ts'
import { octetsOfV6 } from './fields.ts'
import { specificationOf } from './services.ts'

/** Release 16 of TS 32.298 in the version that the records follow: 7 stands for Release 10 and later. */
const release = (7 << 5) | 11
const releaseExtension = 6
const ber = 1

const headerOctets = 54

export interface FileHeader {
  /** Of the whole file. */
  readonly octets: number
  readonly openedAt: EpochMs
  readonly lastAppendAt: EpochMs
  readonly records: number
  readonly number: number
  /** Of the node that writes the file. */
  readonly address: string
}

/** 6.1.1; closed normally, without routeing filter and private extension, and no CDR is lost. */
export function fileHeader(header: FileHeader): Buffer {
  const octets = Buffer.alloc(headerOctets)
  octets.writeUInt32BE(header.octets, 0)
  octets.writeUInt32BE(headerOctets, 4)
  octets[8] = release
  octets[9] = release
  octets.writeUInt32BE(timeStamp(header.openedAt), 10)
  octets.writeUInt32BE(timeStamp(header.lastAppendAt), 14)
  octets.writeUInt32BE(header.records, 18)
  octets.writeUInt32BE(header.number % 2 ** 32, 22)
  octets.fill(0xff, 27, 31)
  octetsOfV6(header.address).copy(octets, 31)
  octets[52] = releaseExtension
  octets[53] = releaseExtension
  return octets
}

/** What the length in a CDR header can say. */
export const recordOctetsMax = 0xffff

/** 6.1.2: what stands before a CDR. */
export function cdrHeader(octets: number, context: string): Buffer {
  const header = Buffer.alloc(5)
  header.writeUInt16BE(octets, 0)
  header[2] = release
  header[3] = (ber << 5) | (specifications[specificationOf(context)] ?? 20)
  header[4] = releaseExtension
  return header
}

/** TS numbers, 6.1.2.3; any other context is said to be of TS 32.255. */
const specifications: Readonly<Record<string, number>> = {
  '32251': 7,
  '32260': 9,
  '32270': 10,
  '32275': 14,
  '32274': 15,
  '32255': 20,
  '32254': 21,
  '32256': 22
}

/** 6.1.1.5: month, day, hour, minute and the offset from UTC, which is none. */
function timeStamp(at: EpochMs): number {
  const date = new Date(at)
  const fields = [
    [date.getUTCMonth() + 1, 4],
    [date.getUTCDate(), 5],
    [date.getUTCHours(), 5],
    [date.getUTCMinutes(), 6],
    [1, 1],
    [0, 11]
  ] as const
  return fields.reduce((bits, [value, width]) => bits * 2 ** width + value, 0)
}

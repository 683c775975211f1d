/** Encodes messages from objects: for peers' own messages, simulators and tests. */
import { assert } from '../../domain/errors.ts'
import type { AvpName, CommandName, InputOf, MessageInput } from '../dictionary/index.ts'
import { type Avp, avp, commandShapes, kinds, type Shape } from './entries.ts'
import { type GroupAvp, type HeaderFields, MessageWriter } from './writer.ts'

const writer = new MessageWriter()
const parts = new MessageWriter()

/**
 * A complete message: members in the order of the dictionary, then `more` (complete AVPs). Fails with
 * GYRO_ASSERTION on a member that is not in the command or a value that does not fit; a missing member is no error.
 */
export function encode<C extends CommandName>(
  command: C,
  header: HeaderFields,
  avps: MessageInput<C>,
  more?: Uint8Array
): Buffer {
  writer.begin(command, header)
  writeMembers(writer, commandShapes[command], avps as Record<string, unknown>)
  if (more) writer.raw(more)
  return writer.finish()
}

/** One complete AVP with its header and padding, for `more` and for `MessageWriter.raw`. */
export function encodeAvp<N extends AvpName>(name: N, value: InputOf<N>): Buffer {
  parts.beginWith(0, 0, 0, 0, 0)
  writeValue(parts, avp[name], value)
  return parts.finish().subarray(20)
}

function writeMembers(to: MessageWriter, shape: Shape, values: Record<string, unknown>): void {
  for (const name of Object.keys(values)) {
    assert(
      shape.members.some(member => member.name === name),
      `${name} is no member here`
    )
  }
  for (const member of shape.members) {
    const value = values[member.name]
    if (value === undefined) continue
    if (Array.isArray(value)) for (const item of value) writeValue(to, member, item)
    else writeValue(to, member, value)
  }
}

function writeValue(to: MessageWriter, entry: Avp, value: unknown): void {
  if (entry.shape) {
    to.open(entry as GroupAvp)
    writeMembers(to, entry.shape, value as Record<string, unknown>)
    to.close()
    return
  }
  writers[entry.kind]?.(to, entry, value)
}

/** By kind. The types of dictionary rows have checked the values of typed callers. */
const writers: Record<number, (to: MessageWriter, entry: Avp, value: unknown) => void> = {
  [kinds.octets]: (to, entry, value) => to.octets(entry as never, value as Uint8Array),
  [kinds.text]: (to, entry, value) => to.text(entry as never, value as string),
  [kinds.u32]: (to, entry, value) => to.u32(entry as never, value as number),
  [kinds.i32]: (to, entry, value) => to.u32(entry as never, value as number),
  [kinds.u64]: (to, entry, value) => to.u64(entry as never, value as number | bigint),
  [kinds.i64]: (to, entry, value) => to.u64(entry as never, value as number | bigint),
  [kinds.time]: (to, entry, value) => to.time(entry as never, value as number),
  [kinds.address]: (to, entry, value) => to.address(entry as never, value as string)
}

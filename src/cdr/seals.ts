/** The head of the hash chain at the end of each day of recording, signed where there is a key. */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import type { ChainSeal } from '../charging/chain.ts'
import { GyroError } from '../domain/errors.ts'
import type { Row, Session } from './database.ts'
import * as sql from './sql/chain.ts'

/** What a signature is of: this line, without a line end. */
export function sealText({
  day,
  first,
  last,
  base,
  head
}: Omit<ChainSeal, 'key' | 'signature'>): string {
  return JSON.stringify({ day, first, last, base, head })
}

/** The name of a key: the begin of the SHA-256 of its public part (SubjectPublicKeyInfo). */
export function keyName(key: KeyObject): string {
  const spki = publicPart(key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('hex').slice(0, 16)
}

/** The public key of a PEM text, which may be of either part. Throws GYRO_INPUT_INVALID. */
export function publicKeyOf(pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new GyroError('GYRO_INPUT_INVALID', `the key is not the PEM text of a key: ${reason}`)
  }
  if (key.asymmetricKeyType === 'ed25519') return key
  const found = `it is a key of type ${key.asymmetricKeyType}`
  throw new GyroError('GYRO_INPUT_INVALID', `days are signed with an Ed25519 key: ${found}`)
}

function publicPart(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key
}

/** Whether the seal was signed with this key, or the private one that it belongs to. */
export function isSignedWith(seal: ChainSeal, key: KeyObject): boolean {
  if (seal.signature === null || seal.key !== keyName(key)) return false
  const signature = Buffer.from(seal.signature, 'hex')
  return verify(null, Buffer.from(sealText(seal)), publicPart(key), signature)
}

/**
 * Seals the days before `today` that have CDRs and no seal yet. What is recorded from now on is of `today` at least, so
 * that a sealed day stays as it is, also with servers whose clocks differ. Days sealed.
 */
export async function sealDays(
  session: Session,
  today: string,
  key: KeyObject | null
): Promise<number> {
  await session.query(sql.closeDays, [today])
  const { rows } = await session.query(sql.unsealedDays, [today])
  for (const row of rows) {
    const found = { ...spanOf(row), base: String(row['base']), head: String(row['head']) }
    const signature =
      key === null ? null : sign(null, Buffer.from(sealText(found)), key).toString('hex')
    const { day, first, last, base, head } = found
    const name = key === null ? null : keyName(key)
    await session.query(sql.addSeal, [day, first, last, base, head, name, signature])
  }
  return rows.length
}

export function sealOf(row: Row): ChainSeal {
  return {
    ...spanOf(row),
    base: String(row['base']),
    head: String(row['head']),
    key: row['key'] === null ? null : String(row['key']),
    signature: row['signature'] === null ? null : String(row['signature'])
  }
}

function spanOf(row: Row) {
  return { day: String(row['day']), first: Number(row['first']), last: Number(row['last']) }
}

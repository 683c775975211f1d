/** A lease by a key that expires. Not atomic where it need not be: correctness never depends on who has one. */
import type { Ask, Call } from './servers.ts'

/**
 * A Redis without memory refuses what may take some, unless the script has changed something before: what empties it
 * must not be refused. The first command is such a write, and does nothing.
 */
const takeScript = `
redis.pcall('LREM', KEYS[1], 1, '')
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])`

/** True while `token` has the lease. */
export async function takeLease(
  ask: Ask,
  key: string,
  token: string,
  holdMs: number
): Promise<boolean> {
  const call = (name: string, ...args: (string | number)[]): Call => ({ key, name, args })
  const [holder] = await ask([call('get', key)])
  if (holder === token) {
    const [extended] = await ask([call('pexpire', key, holdMs)])
    if (extended === 1) return true
  } else if (typeof holder === 'string') return false
  const [taken] = await ask([call('eval', takeScript, 1, key, token, holdMs)])
  return taken === 'OK'
}

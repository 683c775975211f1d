/**
 * Where a recording of the network finds Diameter: `npm run interop` names a file, and whoever opens a
 * connection or starts a server adds its port.
 */
import { appendFileSync } from 'node:fs'

const noted = new Set<number>()

export function noteDiameterPort(port: number): void {
  const file = process.env['GYRO_DIAMETER_PORTS']
  if (!file || noted.has(port)) return
  noted.add(port)
  appendFileSync(file, `${port}\n`)
}

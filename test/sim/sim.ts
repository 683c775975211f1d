/** `npm run sim`: one run with `SEED` (or a random one, printed), of `STEPS` client actions. */
import { simulate } from './simulation.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const actions = Number(process.env['STEPS'] ?? 2_000)
console.log(`SEED=${seed} STEPS=${actions}`)
const started = Date.now()
try {
  const result = await simulate({ seed, actions })
  console.log(JSON.stringify({ ...result, seconds: (Date.now() - started) / 1000 }))
} catch (error) {
  console.error(error)
  console.error(`replay with: SEED=${seed} STEPS=${actions} npm run sim`)
  process.exitCode = 1
}

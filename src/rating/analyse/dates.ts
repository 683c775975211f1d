/** Days that are missing between the days of a band: a special price that stops for a day and goes on. */
import type { BandWindow } from '../catalogue.ts'
import type { Check, Discovery } from './finding.ts'

const dayMs = 86_400_000
/** A pause that is longer is hardly forgotten. */
const holeMax = 2

export const dateHoles: Check = ({ catalogue }) =>
  (catalogue.calendar?.bands ?? []).flatMap(({ id, windows }, band) =>
    windows.flatMap((window, index): readonly Discovery[] => {
      const missing = holesIn(window)
      const [first] = missing
      if (first === undefined) return []
      const message = `band ${id} holds before and after ${first}, and not on it${missing.length === 1 ? '' : `, nor on ${missing.length - 1} more`}`
      const path = ['catalogue', 'calendar', 'bands', band, 'windows', index, 'dates']
      return [{ code: 'dates-hole', severity: 'warning', path, message, example: null }]
    })
  )

/** Days without the window between two with it, when they are few. */
function holesIn({ dates }: BandWindow): readonly string[] {
  const days = [...(dates ?? [])].filter(text => text.length === 10).toSorted()
  const missing: string[] = []
  for (const [index, text] of days.entries()) {
    const next = days[index + 1]
    if (next === undefined) break
    const from = Date.parse(`${text}T00:00:00Z`)
    const between = (Date.parse(`${next}T00:00:00Z`) - from) / dayMs - 1
    if (between < 1 || between > holeMax) continue
    for (let day = 1; day <= between; day++) {
      missing.push(new Date(from + day * dayMs).toISOString().slice(0, 10))
    }
  }
  return missing
}

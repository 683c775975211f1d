/** Bar charts as inline SVG: text and shapes, no scripts, no addresses. */

export interface Bar {
  readonly label: string
  /** One for each series. */
  readonly values: readonly number[]
  /** What is written behind each bar. */
  readonly texts: readonly string[]
}

const barHeight = 16
const gap = 14
const labelWidth = 190
const plotWidth = 430
const textWidth = 140

/** Horizontal bars, a group for each label; values below zero go to the left of the axis. */
export function barChart(title: string, series: readonly string[], bars: readonly Bar[]): string {
  const values = bars.flatMap(bar => bar.values)
  const low = Math.min(0, ...values)
  const high = Math.max(0, ...values)
  const scale = high === low ? 0 : plotWidth / (high - low)
  const axis = labelWidth - low * scale
  const groupHeight = barHeight * series.length + gap
  const height = bars.length * groupHeight + gap
  const width = labelWidth + plotWidth + textWidth
  const shapes = bars.map((bar, index) => group(bar, index * groupHeight + gap, axis, scale))
  const legend = series.length < 2 ? '' : `<p class="legend">${series.map(key).join(' ')}</p>`
  return `<figure><figcaption>${escapeText(title)}</figcaption>${legend}
<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escapeText(title)}">
<line x1="${round(axis)}" y1="0" x2="${round(axis)}" y2="${height}" class="axis"/>
${shapes.join('\n')}
</svg></figure>`
}

function group({ label, values, texts }: Bar, top: number, axis: number, scale: number): string {
  const middle = top + (values.length * barHeight) / 2 + 4
  const shapes = values.map((value, index) => {
    const length = Math.abs(value) * scale
    const x = value < 0 ? axis - length : axis
    const y = top + index * barHeight
    const end = value < 0 ? axis : axis + length
    return (
      `<rect x="${round(x)}" y="${y}" width="${round(length)}" height="${barHeight - 2}" class="s${index}"/>` +
      `<text x="${round(end + 5)}" y="${y + 11}">${escapeText(texts[index] ?? '')}</text>`
    )
  })
  const name = `<text x="${labelWidth - 8}" y="${middle}" text-anchor="end">${escapeText(label)}</text>`
  return `<g>${name}${shapes.join('')}</g>`
}

function key(name: string, index: number): string {
  return `<span class="key k${index}"></span>${escapeText(name)}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

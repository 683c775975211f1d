/**
 * The metrics of several processes as one text.
 *
 * Ours (gyro_…) are counts of things and add up. Those of a process, such as its memory, are shown for each
 * with the label `process`: 0 is the primary.
 */
const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$/

interface Family {
  readonly about: string[]
  readonly samples: Map<string, number>
}

export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, Family>()
  for (const [index, text] of texts.entries()) addText(families, text, index)
  const lines: string[] = []
  for (const { about, samples } of families.values()) {
    lines.push(...about)
    for (const [series, value] of samples) lines.push(`${series} ${showNumber(value)}`)
  }
  return `${lines.join('\n')}\n`
}

function addText(families: Map<string, Family>, text: string, index: number): void {
  let family: Family = { about: [], samples: new Map() }
  for (const line of text.split('\n')) {
    const about = /^# (?:HELP|TYPE) (\S+)/.exec(line)
    if (about) {
      family = familyOf(families, about[1] ?? '')
      if (!family.about.includes(line)) family.about.push(line)
      continue
    }
    const found = sample.exec(line)
    if (found) addSample(family, found, index)
  }
}

function familyOf(families: Map<string, Family>, name: string): Family {
  const known = families.get(name)
  if (known !== undefined) return known
  const family: Family = { about: [], samples: new Map() }
  families.set(name, family)
  return family
}

function addSample(
  family: Family,
  [, name = '', labels = '', value = '']: RegExpExecArray,
  index: number
): void {
  const series = name.startsWith('gyro_') ? name + labels : name + withProcess(labels, index)
  family.samples.set(series, (family.samples.get(series) ?? 0) + readNumber(value))
}

function withProcess(labels: string, index: number): string {
  const own = `process="${index}"`
  return labels === '' ? `{${own}}` : `${labels.slice(0, -1)},${own}}`
}

function readNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)
}

function showNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

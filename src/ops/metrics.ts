/**
 * Metrics for Prometheus.
 *
 * Other layers get plain functions and never see prom-client. What happens for each request is counted in
 * arrays here, and becomes samples only when somebody scrapes: prom-client's own counters hash their
 * labels on every call. No label is ever supplied by a subscriber, a session or a peer, so the number of
 * series is fixed.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RequestType } from '../domain/request.ts'

export interface Metrics {
  /** Counts an answered request: its Result-Code, and the seconds from its arrival to its answer. */
  answered(type: RequestType, resultCode: number, seconds: number): void
  /** A counter; call the result to add one, or so many. */
  counter(name: string, help: string): (by?: number) => void
  /** A counter for each combination of labels; call the result to add one. */
  counters<L extends string>(
    name: string,
    help: string,
    labels: readonly L[]
  ): (values: Readonly<Record<L, string>>) => void
  /** A value that is read when somebody scrapes; it is left out of a scrape when reading fails or takes over a second. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void
  readonly contentType: string
  /** The text format of Prometheus. */
  text(): Promise<string>
}

/** Upper bounds in seconds. A request on a healthy store takes about a millisecond; the deadline is 4 s. */
export const latencyBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5
] as const

const readTimeoutMs = 1_000

/** More Result-Codes than the server has; what comes after them counts as code 0. */
const resultCodesMax = 64

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const answered = countAnswers(registry)
  return {
    answered,
    counter(name, help) {
      const counter = new Counter({ name, help, registers: [registry] })
      return by => counter.inc(by ?? 1)
    },
    counters(name, help, labels) {
      const counter = new Counter({ name, help, labelNames: [...labels], registers: [registry] })
      return values => counter.inc(values)
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          const value = await readInTime(read)
          if (value === null) this.remove()
          else this.set(value)
        }
      })
    },
    contentType: registry.contentType,
    text: () => registry.metrics()
  }
}

async function readInTime(read: () => number | Promise<number>): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<null>(resolve => {
    timer = setTimeout(resolve, readTimeoutMs, null)
    timer.unref()
  })
  try {
    const value = read()
    return typeof value === 'number' ? value : await Promise.race([value, timeout])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

/** What was answered to one type of request. */
interface Tally {
  readonly codes: Map<number, number>
  /** One for each of `latencyBuckets`, and one for what is slower; not cumulative. */
  readonly buckets: Float64Array
  seconds: number
}

function countAnswers(registry: Registry): Metrics['answered'] {
  const tallies: Record<RequestType, Tally> = {
    initial: emptyTally(),
    update: emptyTally(),
    termination: emptyTally(),
    event: emptyTally()
  }
  new Counter({
    name: 'gyro_requests_total',
    help: 'Charging requests answered, by type and Result-Code.',
    labelNames: ['type', 'result_code'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [type, tally] of Object.entries(tallies)) {
        for (const [code, count] of tally.codes) this.inc({ type, result_code: code }, count)
      }
    }
  })
  const about = {
    name: 'gyro_request_duration_seconds',
    help: 'Seconds from the arrival of a charging request to its answer.'
  }
  const latency = new Histogram({ ...about, registers: [registry] })
  // A histogram cannot be set, so its values are put in where they are read for the text format.
  Object.defineProperty(latency, 'getForPromString', {
    value: () => ({ ...about, type: 'histogram', values: latencySamples(about.name, tallies) })
  })
  return (type, resultCode, seconds) => count(tallies[type], resultCode, seconds)
}

function emptyTally(): Tally {
  return { codes: new Map(), buckets: new Float64Array(latencyBuckets.length + 1), seconds: 0 }
}

function count(tally: Tally, resultCode: number, seconds: number): void {
  const { codes, buckets } = tally
  const known = codes.get(resultCode)
  if (known !== undefined) codes.set(resultCode, known + 1)
  else if (codes.size < resultCodesMax) codes.set(resultCode, 1)
  else codes.set(0, (codes.get(0) ?? 0) + 1)
  tally.seconds += seconds
  let at = 0
  // Most requests are in the first buckets: walking is quicker than a search by halves.
  while (at < latencyBuckets.length && seconds > (latencyBuckets[at] ?? 0)) at++
  buckets[at] = (buckets[at] ?? 0) + 1
}

interface LatencySample {
  readonly metricName: string
  readonly labels: { readonly type: string; readonly le?: number | '+Inf' }
  readonly value: number
}

function latencySamples(name: string, tallies: Record<RequestType, Tally>): LatencySample[] {
  const samples: LatencySample[] = []
  for (const [type, tally] of Object.entries(tallies)) {
    let total = 0
    for (const [index, inBucket] of tally.buckets.entries()) {
      total += inBucket
      const le = latencyBuckets[index] ?? '+Inf'
      samples.push({ metricName: `${name}_bucket`, labels: { le, type }, value: total })
    }
    samples.push({ metricName: `${name}_sum`, labels: { type }, value: tally.seconds })
    samples.push({ metricName: `${name}_count`, labels: { type }, value: total })
  }
  return samples
}

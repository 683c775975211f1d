import t from 'tap'
import { createMetrics } from '../../src/ops/metrics.ts'

t.test('answered requests are counted by type and Result-Code', async t => {
  const metrics = createMetrics()
  metrics.answered('initial', 2001, 0.0002)
  metrics.answered('initial', 2001, 0.0002)
  metrics.answered('update', 4012, 0.003)
  const text = await metrics.text()
  t.match(text, 'gyro_requests_total{type="initial",result_code="2001"} 2\n')
  t.match(text, 'gyro_requests_total{type="update",result_code="4012"} 1\n')
  t.match(await metrics.text(), 'gyro_requests_total{type="initial",result_code="2001"} 2\n')
})

t.test('the latency histogram is cumulative, in seconds, from 100 microseconds up', async t => {
  const metrics = createMetrics()
  for (const seconds of [0.0001, 0.0002, 0.9, 60]) metrics.answered('update', 2001, seconds)
  const text = await metrics.text()
  const bucket = (le: string) =>
    new RegExp(`duration_seconds_bucket\\{le="${le}",type="update"\\} (\\d+)`).exec(text)?.[1]
  t.equal(bucket('0.0001'), '1')
  t.equal(bucket('0.00025'), '2')
  t.equal(bucket('0.5'), '2')
  t.equal(bucket('1'), '3')
  t.equal(bucket('5'), '3')
  t.equal(bucket('\\+Inf'), '4')
  t.match(text, 'gyro_request_duration_seconds_count{type="update"} 4\n')
  t.match(text, /gyro_request_duration_seconds_sum\{type="update"\} 60\.9003/)
  t.match(text, '# TYPE gyro_request_duration_seconds histogram')
})

t.test('the number of series does not grow with what clients send', async t => {
  const metrics = createMetrics()
  for (let code = 1; code <= 1_000; code++) metrics.answered('event', code, 0.001)
  const series = (await metrics.text()).match(/^gyro_requests_total/gm) ?? []
  t.ok(series.length <= 66, `${series.length} series`)
})

t.test('gauges are read at a scrape, and one that fails does not spoil it', async t => {
  const metrics = createMetrics()
  let depth = 3
  metrics.gauge('gyro_outbox_depth', 'Waiting records.', async () => depth)
  metrics.gauge('gyro_lanes', 'Lanes.', () => 7)
  metrics.gauge('gyro_broken', 'Fails.', () => Promise.reject(new Error('store away')))
  const text = await metrics.text()
  t.match(text, '\ngyro_outbox_depth 3\n')
  t.match(text, '\ngyro_lanes 7\n')
  t.notMatch(text, /^gyro_broken /m)
  depth = 4
  t.match(await metrics.text(), '\ngyro_outbox_depth 4\n')
})

t.test('a gauge that hangs is left out after a second', async t => {
  const metrics = createMetrics()
  metrics.gauge('gyro_hangs', 'Never answers.', () => new Promise<number>(() => {}))
  // The reader does not hold the process; a real server has sockets that do.
  const hold = setTimeout(() => {}, 5_000)
  const text = await metrics.text()
  clearTimeout(hold)
  t.notMatch(text, /^gyro_hangs /m)
  t.match(text, 'process_cpu_user_seconds_total')
})

t.test('counters add one, or so many', async t => {
  const metrics = createMetrics()
  const conflict = metrics.counter('gyro_commit_conflicts_total', 'Lost races.')
  conflict()
  conflict(4)
  t.match(await metrics.text(), '\ngyro_commit_conflicts_total 5\n')
})

t.test('process and event loop metrics are there', async t => {
  const text = await createMetrics().text()
  t.match(text, 'nodejs_eventloop_lag_p99_seconds')
  t.match(text, 'process_resident_memory_bytes')
})

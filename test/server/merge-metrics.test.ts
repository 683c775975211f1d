import t from 'tap'
import { mergeMetrics } from '../../src/server/merge-metrics.ts'

t.test('our counts add up, those of a process are kept apart', async t => {
  const of = (requests: number, memory: number) =>
    [
      '# HELP gyro_requests_total Answered.',
      '# TYPE gyro_requests_total counter',
      `gyro_requests_total{type="initial",result_code="2001"} ${requests}`,
      '',
      '# HELP nodejs_version_info Version.',
      '# TYPE nodejs_version_info gauge',
      'nodejs_version_info{version="v20"} 1',
      '# HELP process_memory Octets.',
      '# TYPE process_memory gauge',
      `process_memory ${memory}`,
      '# TYPE gyro_request_duration_seconds histogram',
      `gyro_request_duration_seconds_bucket{le="+Inf",type="initial"} ${requests}`
    ].join('\n')
  t.equal(
    mergeMetrics([of(3, 100), of(4, 200)]),
    `${[
      '# HELP gyro_requests_total Answered.',
      '# TYPE gyro_requests_total counter',
      'gyro_requests_total{type="initial",result_code="2001"} 7',
      '# HELP nodejs_version_info Version.',
      '# TYPE nodejs_version_info gauge',
      'nodejs_version_info{version="v20",process="0"} 1',
      'nodejs_version_info{version="v20",process="1"} 1',
      '# HELP process_memory Octets.',
      '# TYPE process_memory gauge',
      'process_memory{process="0"} 100',
      'process_memory{process="1"} 200',
      '# TYPE gyro_request_duration_seconds histogram',
      'gyro_request_duration_seconds_bucket{le="+Inf",type="initial"} 7'
    ].join('\n')}\n`
  )
})

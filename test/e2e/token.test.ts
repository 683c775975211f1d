import t from 'tap'
import { call } from './api-client.ts'
import { gyro, lockedSettings, serve } from './gyro-process.ts'

t.test('with GYRO_API_TOKEN, /v1 wants it, and commands beside the server send it', async t => {
  const settings = { ...(await lockedSettings(t)), GYRO_API_TOKEN: 'secret-1' }
  const server = await serve(settings)
  t.teardown(() => server.stop())
  const denied = await call(server.api, 'GET', '/v1/accounts')
  t.equal(denied.status, 401)
  t.match(denied.headers.get('www-authenticate'), /Bearer/)
  const bearer = { authorization: 'Bearer secret-1' }
  t.equal((await call(server.api, 'GET', '/v1/accounts', undefined, bearer)).status, 200)
  t.equal((await call(server.api, 'GET', '/readyz')).status, 200)
  t.notMatch(server.log(), /secret-1/)
  t.equal((await gyro(['accounts', 'list'], settings)).status, 0)
  const without = await gyro(['accounts', 'list'], { ...settings, GYRO_API_TOKEN: 'other' })
  t.equal(without.status, 1)
  t.match(without.stderr, /GYRO_API_TOKEN/)
})

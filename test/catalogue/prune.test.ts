import t from 'tap'
import { createPruner } from '../../src/catalogue/prune.ts'
import { Versions } from '../../src/catalogue/versions.ts'
import { systemClock, systemScheduler } from '../../src/ops/clock.ts'
import { loadSchedule } from '../../src/rating/load/schedule.ts'
import { EngineDriver, HOUR, request } from '../support/engine-driver.ts'
import { createMemoryState, createMemoryStore } from '../support/memory-store.ts'
import { keepLog } from '../support/open-test-store.ts'

const [shipped] = await loadSchedule('conf/catalogue')
const now = systemClock.now()

function setUp() {
  const store = createMemoryStore(createMemoryState(), 4, () => now)
  const shelf = store.catalogues
  const logger = keepLog()
  const versions = new Versions({ shelf, clock: systemClock, scheduler: systemScheduler, logger })
  return { shelf, logger, versions }
}

t.test('a version goes when no session has named it for longer than receipts are kept', async t => {
  const { shelf, logger, versions } = setUp()
  const driver = EngineDriver.open(['go'], 10_000_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  const sessions = [...driver.sessions.values()]
  await shelf.save('c0ffee00', 'named by the session')
  await shelf.save('aaaaaaaaaaaa', 'named by nobody')
  await shelf.save('bbbbbbbbbbbb', 'not archived')
  await versions.publish([shipped], false)
  const prune = createPruner({
    shelf,
    versions,
    logger,
    accounts: { allSessions: async () => ({ items: sessions, next: null }) },
    isArchived: async version => version !== 'bbbbbbbbbbbb'
  })
  const kept = async () => [...(await shelf.versions())].sort()
  await prune(now)
  t.equal((await kept()).length, 4, 'one look is not enough')
  await prune(now + 26 * HOUR)
  t.equal((await kept()).length, 4)
  await prune(now + 28 * HOUR)
  t.same(await kept(), [shipped.catalogue.version, 'bbbbbbbbbbbb', 'c0ffee00'].sort())
  sessions.pop()
  await prune(now + 52 * HOUR)
  t.ok((await kept()).includes('c0ffee00'), 'it was named a day ago')
  await prune(now + 80 * HOUR)
  t.same(await kept(), [shipped.catalogue.version, 'bbbbbbbbbbbb'].sort())
})

t.test('what is forgotten is loaded again when something needs it', async t => {
  const { shelf, versions } = setUp()
  await versions.publish([shipped], false)
  const changed = {
    ...shipped,
    catalogue: { ...shipped.catalogue, version: 'abcdefabcdef', source: shipped.catalogue.source }
  }
  await versions.publish([changed], false)
  const known = () => [...versions.catalogues().byVersion.keys()]
  t.equal(versions.catalogues().current.version, 'abcdefabcdef')
  versions.forgetOthers(new Set(['abcdefabcdef']))
  t.same(known(), ['abcdefabcdef'])
  await versions.fetch(shipped.catalogue.version)
  t.ok(known().includes(shipped.catalogue.version))
  await versions.fetch('nowhere')
  t.ok(versions.catalogues().lost?.has('nowhere'))
  await shelf.drop('abcdefabcdef')
  t.equal(versions.catalogues().current.version, 'abcdefabcdef', 'what is in force stays')
})

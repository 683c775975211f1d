/**
 * Loads the test files that are its arguments into one process. They share tap's root, which ends when its tests have
 * ended: the first of them lasts until every file is loaded.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const files = process.argv.slice(2)
// tap names folders of tests after the program.
process.argv.splice(1, files.length + 1, files[0] ?? '')
const { default: t } = await import('tap')

t.test('every file is loaded', async () => {
  for (const file of files) await import(pathToFileURL(resolve(file)).href)
})

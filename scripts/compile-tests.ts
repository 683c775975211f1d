/**
 * Compiles the tests, and what they import of scripts/ and bench/, into .test-build/: a test file that Node.js loads as
 * it is starts a second of CPU sooner than one that goes through loaders. Their `../src/` is dist/, so what is tested is
 * what is delivered.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const place = '.test-build'
const folders = ['test', 'scripts', 'bench']
/** What is found from these folders by relative paths. */
const neighbours = { src: 'dist', conf: 'conf' }

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true
}

/** The compiled file of a test file; both are relative to the root of the repository. */
export function compiledPath(file: string): string {
  return join(place, file.replace(/\.ts$/, '.js'))
}

/** What is older than its source, or has none any more, is made anew; the rest stays. Types are not checked. */
export function compileTests(): void {
  for (const [name, target] of Object.entries(neighbours)) link(name, target)
  for (const folder of folders) compileFolder(folder)
}

function compileFolder(folder: string): void {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  mkdirSync(join(root, place, folder), { recursive: true })
  const expected = new Set<string>()
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && hasSources(path)) compileFolder(path)
    else if (entry.isFile() && path.endsWith('.ts')) compileFile(path)
    else link(path, path)
    const made = entry.name.replace(/\.ts$/, '.js')
    expected.add(made).add(`${made}.map`)
  }
  for (const name of readdirSync(join(root, place, folder))) {
    const isTorn = name.includes('.tmp-')
    if (!expected.has(name) && !isTorn) rmSync(join(root, place, folder, name), { recursive: true })
  }
}

function hasSources(folder: string): boolean {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).some(name =>
    name.endsWith('.ts')
  )
}

function compileFile(path: string): void {
  const source = join(root, path)
  const target = join(root, compiledPath(path))
  if (existsSync(target) && statSync(target).mtimeMs > statSync(source).mtimeMs) return
  const { outputText, sourceMapText } = ts.transpileModule(readFileSync(source, 'utf8'), {
    fileName: source,
    compilerOptions: { ...compilerOptions, sourceMap: true, sourceRoot: dirname(source) }
  })
  replace(`${target}.map`, sourceMapText ?? '')
  replace(target, outputText)
}

/** JavaScript of a module, as dist/ has it. */
export function transpile(text: string): string {
  return ts.transpileModule(text, { compilerOptions }).outputText
}

/** In one step: another run may read it now. */
function replace(path: string, text: string): void {
  const aside = `${path}.tmp-${process.pid}`
  writeFileSync(aside, text)
  renameSync(aside, path)
}

function link(name: string, target: string): void {
  const path = join(root, place, name)
  if (lstatSync(path, { throwIfNoEntry: false })) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(relative(dirname(path), resolve(root, target)), path)
}

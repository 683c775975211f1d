/**
 * Walks the hash chain: each link against the one before, each CDR against its digest, each sealed day against its seal.
 *
 * Who can change rows can change links, too, and work out every hash after them: a head that somebody else keeps, or a
 * signature, shows that. Of a row that was changed alone, its digest shows which it is.
 */
import { createHash, type KeyObject } from 'node:crypto'
import type { ChainBook, ChainFault, ChainHead, ChainReport, ChainSeal } from '../charging/chain.ts'
import { whenAvailable } from './availability.ts'
import { compareDigests, digestOctets, type FoundRow, type Misplaced } from './chain-rows.ts'
import type { Database, Parameter, Row } from './database.ts'
import { isSignedWith, publicKeyOf, sealOf } from './seals.ts'
import * as sql from './sql/chain.ts'

const linksOfPage = 100
const faultsMax = 1_000

interface Link {
  readonly first: number
  readonly last: number
  readonly day: string
  readonly form: number
  readonly digests: string
  readonly hash: string
}

/** `prepare` makes the schema when that has not been possible yet. */
export function createChainBook(database: Database, prepare: () => Promise<void>): ChainBook {
  const read = async (text: string, values: readonly Parameter[] = []): Promise<readonly Row[]> =>
    (await database.query(text, values)).rows
  const available = <T>(work: () => Promise<T>): Promise<T> =>
    whenAvailable(database, prepare, work, [
      'the chain of CDRs cannot be read from',
      'try again once it is back'
    ])

  async function heads() {
    const [seals, state] = [await read(sql.allSeals), (await read(sql.chainState))[0] ?? {}]
    const now = { last: Number(state['last']), head: String(state['head']) }
    return { seals: seals.map(sealOf), now }
  }

  return {
    heads: () => available(heads),
    verify: (pem, kept) =>
      available(async () => {
        const key = pem === null ? null : publicKeyOf(pem)
        const { seals } = await heads()
        const state = (await read(sql.chainState))[0] ?? {}
        const walk = newWalk(state, seals, kept)
        for (let more = true; more; ) {
          const links = (await read(sql.links, [walk.last, linksOfPage])).map(linkOf)
          // What was recorded since is for the next time.
          const known = links.filter(({ last }) => last <= walk.until)
          await followLinks(walk, known, read)
          more = known.length === linksOfPage
        }
        await finish(walk, read)
        const signed = seals.filter(seal => key !== null && checkSeal(walk, seal, key)).length
        return { ...reportOf(walk), seals: seals.length, keyed: key !== null, signed }
      })
  }
}

type Read = (text: string, values?: readonly Parameter[]) => Promise<readonly Row[]>

interface Walk {
  readonly after: number
  readonly until: number
  /** What the counter says. */
  readonly head: string
  last: number
  hash: string
  cdrs: number
  dropped: number
  readonly misplaced: Misplaced
  readonly faults: ChainFault[]
  /** By their last number: what the head is said to be there. */
  readonly seals: ReadonlyMap<number, ChainSeal>
  readonly kept: Map<number, ChainHead[]>
}

function newWalk(state: Row, seals: readonly ChainSeal[], kept: readonly ChainHead[]): Walk {
  const after = Number(state['chain_after'])
  const walk: Walk = {
    after,
    until: Number(state['last']),
    head: String(state['head']),
    last: after,
    hash: String(state['chain_base']),
    cdrs: 0,
    dropped: 0,
    misplaced: { unmatched: new Map(), rows: [] },
    faults: [],
    seals: new Map(seals.map(seal => [seal.last, seal])),
    kept: new Map()
  }
  for (const head of kept) walk.kept.set(head.last, [...(walk.kept.get(head.last) ?? []), head])
  const before = seals.filter(({ last }) => last <= after)
  for (const [place, seal] of before.entries()) {
    if (place > 0 && seal.base !== before[place - 1]?.head) {
      tell(walk, { kind: 'seal', day: seal.day, reason: 'it does not follow the day before' })
    }
    compareKept(walk, seal.last, seal.head)
  }
  const base = before.at(-1)
  if (base !== undefined && (base.last !== after || base.head !== walk.hash)) {
    tell(walk, {
      kind: 'seal',
      day: base.day,
      reason: 'the chain does not go on from it'
    })
  }
  if (after === 0) compareKept(walk, 0, walk.hash)
  return walk
}

async function followLinks(walk: Walk, links: readonly Link[], read: Read): Promise<void> {
  let run: Link[] = []
  for (const link of links) {
    if (link.first !== walk.last + 1) {
      tell(walk, { kind: 'link', first: walk.last + 1, last: link.first - 1 })
    }
    const hash = hashOf(walk.hash, link)
    const whole = link.digests.length === (link.last - link.first + 1) * 2 * digestOctets
    if (hash !== link.hash || !whole) tell(walk, { kind: 'link', ...spanOf(link) })
    // What is written there is gone on with, so that one fault is not every one after it.
    walk.hash = link.hash
    walk.last = link.last
    const seal = walk.seals.get(link.last)
    if (seal !== undefined) compareSeal(walk, seal, link)
    compareKept(walk, link.last, link.hash)
    if (run.length > 0 && run.at(-1)?.form !== link.form) {
      await compareRows(walk, run, read)
      run = []
    }
    run.push(link)
  }
  if (run.length > 0) await compareRows(walk, run, read)
}

function hashOf(before: string, { first, last, day, form, digests }: Link): string {
  return createHash('sha256')
    .update(Buffer.from(before, 'hex'))
    .update(`${first} ${last} ${day} ${form}\n`)
    .update(Buffer.from(digests, 'hex'))
    .digest('hex')
}

/** Of links of one form that follow each other. */
async function compareRows(walk: Walk, links: readonly Link[], read: Read): Promise<void> {
  const form = links[0]?.form ?? 0
  if (sql.digestForms[form] === undefined) {
    const last = links.at(-1)?.last ?? 0
    return tell(walk, { kind: 'link', first: links[0]?.first ?? 0, last })
  }
  const range = [(links[0]?.first ?? 1) - 1, links.at(-1)?.last ?? 0]
  const rows = (await read(sql.digests(form), range)).map(
    (row): FoundRow => ({ recorded: Number(row['recorded']), digest: String(row['digest']) })
  )
  const runs = (await read(sql.droppedNumbers, range)).map(row => ({
    first: Number(row['first']),
    last: Number(row['last'])
  }))
  walk.dropped += compareDigests(links, rows, runs, walk.misplaced)
  walk.cdrs += rows.length
}

/** What is left over, once all rows were seen. */
async function finish(walk: Walk, read: Read): Promise<void> {
  if (walk.last < walk.until) tell(walk, { kind: 'link', first: walk.last + 1, last: walk.until })
  else if (walk.hash !== walk.head) {
    tell(walk, { kind: 'head', last: walk.until, reason: 'the counter has another head' })
  }
  for (const last of walk.kept.keys()) {
    tell(walk, { kind: 'head', last, reason: 'the chain has no link that ends there' })
  }
  for (const seal of walk.seals.values()) {
    if (seal.last > walk.last) {
      tell(walk, { kind: 'seal', day: seal.day, reason: 'the chain ends before it' })
    }
  }
  const strangers = await read(sql.strangers, [walk.after])
  for (const row of strangers) {
    walk.misplaced.rows.push({ recorded: Number(row['recorded']), digest: '' })
  }
  await nameRows(walk, read)
}

/** Rows that are not what their place says, by what became of them. */
async function nameRows(walk: Walk, read: Read): Promise<void> {
  const { rows, unmatched } = walk.misplaced
  const numbers = [...new Set(rows.map(({ recorded }) => recorded))].slice(0, faultsMax)
  const named = await read(sql.namesOf, [numbers.map(String)])
  const taken = new Map<number, number>()
  const removed = new Set([...unmatched.values()].flat())
  for (const row of rows.slice(0, faultsMax)) {
    const { recorded, digest } = row
    const place = taken.get(recorded) ?? 0
    taken.set(recorded, place + 1)
    const of = named.filter(name => Number(name['recorded']) === recorded)
    const name = of[place] ?? of[0] ?? {}
    const known = {
      recorded,
      sessionId: String(name['session_id']),
      number: Number(name['record_number']),
      accountId: String(name['account_id'])
    }
    const was = unmatched.get(digest)?.shift()
    if (was !== undefined) {
      tell(walk, { kind: 'moved', was, ...known })
      removed.delete(was)
    } else if (removed.delete(recorded)) tell(walk, { kind: 'changed', ...known })
    else tell(walk, { kind: 'inserted', ...known })
  }
  for (const recorded of removed) tell(walk, { kind: 'removed', recorded })
}

function compareSeal(walk: Walk, { day, head }: ChainSeal, link: Link): void {
  if (head !== link.hash) tell(walk, { kind: 'seal', day, reason: 'the chain has another head' })
  else if (day !== link.day) {
    tell(walk, { kind: 'seal', day, reason: `the chain has ${link.day} there` })
  }
}

function compareKept(walk: Walk, last: number, hash: string): void {
  const kept = walk.kept.get(last)
  walk.kept.delete(last)
  for (const { head } of kept ?? []) {
    if (head !== hash) tell(walk, { kind: 'head', last, reason: 'the chain has another head' })
  }
}

/** Whether its signature is right. */
function checkSeal(walk: Walk, seal: ChainSeal, key: KeyObject): boolean {
  if (isSignedWith(seal, key)) return true
  const reason = seal.signature === null ? 'it is not signed' : 'its signature is not of this key'
  tell(walk, { kind: 'seal', day: seal.day, reason })
  return false
}

function tell(walk: Walk, fault: ChainFault): void {
  if (walk.faults.length < faultsMax) walk.faults.push(fault)
}

function reportOf(walk: Walk): Omit<ChainReport, 'seals' | 'keyed' | 'signed'> {
  const { after, last, hash, cdrs, dropped, faults } = walk
  return { after, last, head: hash, cdrs, dropped, faults }
}

function linkOf(row: Row): Link {
  return {
    ...spanOf({ first: Number(row['first']), last: Number(row['last']) }),
    day: String(row['day']),
    form: Number(row['form']),
    digests: String(row['digests']),
    hash: String(row['hash'])
  }
}

function spanOf({ first, last }: { readonly first: number; readonly last: number }) {
  return { first, last }
}

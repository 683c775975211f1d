/** Look-ups in the directories of identities and sessions, gathered over a turn. */
import type { IdentityType } from '../domain/subscriber.ts'
import { createGroup, type Group } from './group.ts'
import type { DirectoryKey, Store } from './store.ts'

/** Gets the value of a directory entry that it asked for. */
export interface DirectorySink {
  resolved(value: string | null): void
  unresolved(error: unknown): void
}

const entriesPerGroup = 1_024

export function createDirectory(
  store: Store,
  schedule: () => void
): Group<DirectoryKey, DirectorySink> {
  return createGroup<DirectoryKey, string | null, DirectorySink>({
    call: group => store.resolve(group),
    callsMax: entriesPerGroup,
    schedule,
    done: (sink, value) => sink.resolved(value),
    failed: (sink, error) => sink.unresolved(error)
  })
}

export function identityKey(type: IdentityType, value: string): DirectoryKey {
  return { kind: 'identity', value: `${type}:${value}` }
}

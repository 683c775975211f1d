/**
 * Calls of one kind, gathered over a turn of the event loop and sent to the store together.
 *
 * Nothing is allocated for a call but its place in two arrays, and one promise is made a group.
 */
export interface Group<Call, For> {
  /** Adds a call to the present turn's group; `whose` comes back with the result. */
  add(call: Call, whose: For): void
  /** Sends what was added. */
  send(): void
  /** Calls sent and not yet answered. */
  inFlight(): number
  /** Calls of the largest group sent so far. */
  largest(): number
  /** Groups sent so far. */
  sent(): number
}

export interface GroupOptions<Call, Result, For> {
  /** The store's call for many. */
  readonly call: (calls: readonly Call[]) => Promise<readonly Result[]>
  /** A group of so many goes at once: the store works on it while the turn goes on. */
  readonly callsMax: number
  /** Sees to it that `send` is called at the end of this turn. */
  readonly schedule: () => void
  readonly done: (whose: For, result: Result, call: Call) => void
  readonly failed: (whose: For, error: unknown, call: Call) => void
}

export function createGroup<Call, Result, For>(
  options: GroupOptions<Call, Result, For>
): Group<Call, For> {
  let calls: Call[] = []
  let owners: For[] = []
  let inFlight = 0
  let largest = 0
  let sent = 0

  function sendGroup(group: readonly Call[], whose: readonly For[]): void {
    inFlight += group.length
    sent++
    if (group.length > largest) largest = group.length
    options.call(group).then(
      results => {
        inFlight -= group.length
        for (let i = 0; i < group.length; i++) {
          options.done(whose[i] as For, results[i] as Result, group[i] as Call)
        }
      },
      (error: unknown) => {
        inFlight -= group.length
        for (let i = 0; i < group.length; i++) {
          options.failed(whose[i] as For, error, group[i] as Call)
        }
      }
    )
  }

  function send(): void {
    if (calls.length === 0) return
    const group = calls
    const whose = owners
    calls = []
    owners = []
    sendGroup(group, whose)
  }

  return {
    add(call, whose) {
      if (calls.length === 0) options.schedule()
      calls.push(call)
      owners.push(whose)
      if (calls.length === options.callsMax) send()
    },
    send,
    inFlight: () => inFlight,
    largest: () => largest,
    sent: () => sent
  }
}

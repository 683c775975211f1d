/** What a session came to, and whether anybody was wronged by it. */
export interface SessionOutcome {
  /** `by-user`: all that the user wanted; `refused`: it never began; `cut`: the network ended it. */
  readonly ended: 'by-user' | 'refused' | 'cut'
  /** The client waits for something that will not come, and the session stays as it is. */
  readonly hangs: boolean
  /** Units that the user got. */
  readonly served: number
  /** Units among them that no quota limited and no report told. */
  readonly unmetered: number
  /** Why it ended so, for the message of a failed test. */
  readonly because: string
}

export interface Money {
  /** Millionths, before the session and after it. */
  readonly before: number
  readonly after: number
  readonly reserved: number
  readonly openSessions: number
  /** What so many units cost. */
  readonly price: (units: number) => number
  /** The least amount of units that is sold. */
  readonly step: number
}

/** Everything that should not have happened; empty for a server that does its work. */
export function problemsOf(outcome: SessionOutcome, money: Money): string[] {
  const { served, because } = outcome
  const due = money.price(served)
  const paid = money.before - money.after
  const next = money.price(served + money.step) - due
  const problems: string[] = []
  if (outcome.hangs) problems.push(`hangs: ${because}`)
  if (outcome.unmetered > 0) problems.push(`unmetered: ${outcome.unmetered} units, ${because}`)
  if (paid > due) problems.push(`overcharged: ${paid} for what costs ${due}`)
  if (paid < due) problems.push(`undercharged: ${paid} for what costs ${due}`)
  // Money counts that is there: what a session still holds may be nobody's any more.
  if (outcome.ended !== 'by-user' && money.after >= Math.max(next, 1)) {
    problems.push(`cut off with money: ${money.after} left, ${because}`)
  }
  if (!outcome.hangs && (money.reserved !== 0 || money.openSessions !== 0)) {
    problems.push(`not closed: ${money.reserved} reserved, ${money.openSessions} sessions open`)
  }
  return problems
}

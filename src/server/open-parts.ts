/**
 * What a process has open, by name, and the order in which it is closed: first what peers see, then what
 * answers them, last what keeps the answers.
 */
export const closingOrder = [
  'readiness',
  'nrf',
  'catalogue',
  'orders',
  'workers',
  'network',
  'api',
  'service',
  'export',
  'cdr',
  'store'
] as const

export type PartName = (typeof closingOrder)[number]

export interface OpenParts {
  /** Says how the part is closed, once it is open. */
  hold(name: PartName, close: () => Promise<void> | void): void
  /** Closes the part if it is open. */
  close(name: PartName): Promise<void>
  /** Closes everything, in order; for a start that failed. A part that fails to close does not keep the others open. */
  closeAll(): Promise<void>
}

export function createOpenParts(): OpenParts {
  const closers = new Map<PartName, () => Promise<void> | void>()
  async function close(name: PartName): Promise<void> {
    const closer = closers.get(name)
    closers.delete(name)
    await closer?.()
  }
  return {
    hold: (name, closer) => void closers.set(name, closer),
    close,
    async closeAll() {
      // The error that made the start fail is the one to tell.
      for (const name of closingOrder) await close(name).catch(() => {})
    }
  }
}

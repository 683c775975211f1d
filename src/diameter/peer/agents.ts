/** The agents that this server connects to; the list may change while it runs. */
import type { AgentRule } from '../../domain/peers.ts'
import { Agent, type AgentOptions } from './agent.ts'

export interface Agents {
  /** Connects to those that are new, and disconnects from those that are gone or changed. */
  replace(rules: readonly AgentRule[]): void
  stop(): void
}

export function createAgents(
  shared: Omit<AgentOptions, 'rule' | 'profile'> & {
    readonly profileOf: (rule: AgentRule) => AgentOptions['profile']
  },
  closingMs: number
): Agents {
  const running = new Map<string, Agent>()
  return {
    replace(rules) {
      const wanted = new Map(rules.map(rule => [JSON.stringify(rule), rule]))
      for (const [key, agent] of running) {
        if (wanted.has(key)) continue
        agent.stop(closingMs)
        running.delete(key)
      }
      for (const [key, rule] of wanted) {
        if (running.has(key)) continue
        const agent = new Agent({ ...shared, rule, profile: shared.profileOf(rule) })
        running.set(key, agent)
        agent.start()
      }
    },
    stop() {
      for (const agent of running.values()) agent.stop()
      running.clear()
    }
  }
}

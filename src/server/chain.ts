/** The hash chain for those who ask this server: signatures are checked with its key, unless another one is given. */
import type { ChainBook } from '../charging/chain.ts'
import type { Config } from '../ops/config.ts'
import { publicText, signingKeyOf } from './signing-key.ts'

export function withOwnKey(chain: ChainBook, config: Config): ChainBook {
  const key = signingKeyOf(config)
  const own = key === null ? null : publicText(key)
  return {
    heads: () => chain.heads(),
    verify: (given, heads) => chain.verify(given ?? own, heads)
  }
}

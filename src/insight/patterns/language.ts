/** The texts that an expression matches; its automaton is made when it is first needed. */
import { createMemory } from '../../lib/remember.ts'
import { type Node, text } from '../../rules/matching/node.ts'
import { type Built, buildMachine } from './machine.ts'

export interface Language {
  /** As it is written in the rule, for messages. */
  readonly source: string
  readonly node: Node
  /** Equal for equal expressions only. */
  readonly key: string
  readonly built: () => Built
}

/** Rules share few expressions of values; machines of URLs are many, and made again where they are needed again. */
const remember = createMemory<Built>(200)

export const languageOf = (source: string, node: Node, key: string): Language => ({
  source,
  node,
  key,
  built: () => remember(key, () => buildMachine(node)),
})

/** Exactly this text. */
export const onlyText = (value: string): Language => languageOf(value, text(value), `text ${value}`)

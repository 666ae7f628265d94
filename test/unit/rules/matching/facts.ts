import { readFileSync, writeFileSync } from 'node:fs'
import type { Strategy } from '../../../../src/rules/matching/pattern.ts'

/** The capture groups of a match; `broken`: the pattern is refused. */
export type Answer = readonly string[] | 'no match' | 'broken'

/** Oathkeeper's result for a URL, and if Oarlock's differs: its result and the reason (`reasons` in facts.test.ts). */
export interface Asked {
  readonly url: string
  readonly original: Answer
  readonly ours?: Answer
  readonly why?: string
}

export interface Fact {
  readonly pattern: string
  readonly asked: readonly Asked[]
}

const fileOf = (strategy: Strategy): URL => new URL(`facts/${strategy}.json`, import.meta.url)

export const readFacts = (strategy: Strategy): readonly Fact[] =>
  JSON.parse(readFileSync(fileOf(strategy), 'utf8'))

export function writeFacts(strategy: Strategy, facts: readonly Fact[]): void {
  const lines = facts.map(fact => JSON.stringify(fact))
  writeFileSync(fileOf(strategy), `[\n${lines.join(',\n')}\n]\n`)
}

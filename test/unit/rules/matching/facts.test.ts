/**
 * Patterns and URLs with Oathkeeper's recorded answers (record.ts): Oarlock's are the same, or differ for a stated
 * reason.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  compilePattern,
  isProblem,
  type Pattern,
  type Strategy,
} from '../../../../src/rules/matching/pattern.ts'
import { type Answer, readFacts } from './facts.ts'

const reasons: Readonly<Record<Strategy, Readonly<Record<string, string>>>> = {
  regexp: {
    newline: 'the end of a pattern is the end of the URL, not the place before a last newline',
    refused: 'numbered and balancing groups, conditions on groups, (?d), \\10, short octal codes',
    accepted: 'more names of Unicode classes, a comment under (?x) that ends with its expression',
    rounds: 'a group in a loop keeps its last round; a warning at load says so',
    'empty loop': 'a lazily repeated look is run again and again there, and spoils later captures',
  },
  glob: {
    alternatives: 'alternatives of different shapes mean what is documented',
    characters: 'a character beyond ASCII is one character',
    stars: 'a run of stars may be empty wherever it stands',
    'empty braces': '{} is an empty alternative; it stops the process there',
    escape: 'a backslash at the end of an expression is for the next character',
  },
}

function answer(pattern: Pattern, url: string): Answer {
  const matched = pattern.test(url)
  assert.notEqual(matched, undefined)
  return matched ? pattern.captures(url) : 'no match'
}

for (const strategy of ['regexp', 'glob'] as const) {
  const facts = readFacts(strategy)
  describe(`the ${strategy} strategy`, () => {
    for (const { pattern: source, asked } of facts) {
      test(`answers as recorded: ${source}`, () => {
        const pattern = compilePattern(source, strategy)
        for (const { url, original, ours } of asked) {
          const actual = isProblem(pattern) ? 'broken' : answer(pattern, url)
          assert.deepEqual(actual, ours ?? original, url)
        }
      })
    }

    test('every difference has a documented reason', () => {
      const differing = facts.flatMap(({ asked }) => asked).filter(({ ours }) => ours !== undefined)
      const used = new Set(differing.map(({ why }) => why))
      assert.deepEqual([...used].sort(), Object.keys(reasons[strategy]).sort())
    })

    test('warns where a capture differs because of a loop', () => {
      for (const { pattern: source, asked } of facts) {
        if (!asked.some(({ why }) => why === 'rounds')) continue
        const pattern = compilePattern(source, strategy)
        assert.ok(!isProblem(pattern) && pattern.warnings.length > 0, source)
      }
    })
  })
}

/** Overlaps of random rules, compared with the rule set that decides and with random requests. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createPathReader } from '../../../../src/doors/request/path-reader.ts'
import type { Witness } from '../../../../src/insight/patterns/box.ts'
import { type Overlaps, overlapsOf } from '../../../../src/insight/patterns/overlaps.ts'
import { requestOf } from '../../../../src/insight/patterns/request.ts'
import {
  compareRules,
  type MatchedRule,
  type RulesToCompare,
} from '../../../../src/insight/patterns/rules.ts'
import type { AccessRequest } from '../../../../src/model/request.ts'
import { compileRules } from '../../../../src/rules/compiling/compile.ts'
import type { RuleSet } from '../../../../src/rules/rule-set.ts'
import { type MatchText, rulesOf, usualPaths } from '../../../support/compared-rules.ts'
import { testDeps } from '../../../support/deps.ts'
import {
  globMatches,
  lookMatches,
  plainMatches,
  type RandomRequest,
  randomRequest,
} from '../../../support/random-rules.ts'

const paths = createPathReader(usualPaths)
const enabled = { enabled: true, config: {} }

const ruleSetOf = (set: RulesToCompare): Promise<RuleSet> =>
  compileRules(
    set.definitions,
    {
      strategy: set.strategy,
      authenticators: { noop: enabled },
      authorizers: { allow: enabled },
      mutators: { noop: enabled },
      errors: { json: enabled },
      fallback: ['json'],
    },
    testDeps,
  )

const requestFrom = (random: RandomRequest): AccessRequest | undefined =>
  requestOf({ ...random, context: undefined, isCall: false } satisfies Witness, paths)

/** A request from what a finding shows. */
function requestAsShown(witness: NonNullable<Overlaps['findings'][number]['witness']>) {
  const [, scheme = '', host = '', target = ''] =
    /^([a-z]+):\/\/([^/]*)(.*)$/.exec(witness.url) ?? []
  const [raw = '', query = ''] = target.split('?')
  const url = `${scheme}://${host}${Buffer.from(paths.read(raw) ?? '', 'latin1').toString('utf8')}`
  const { method, headers = [] } = witness
  return requestOf({ method, url, headers, query, context: undefined, isCall: false }, paths)
}

async function assertConfirmed(set: RulesToCompare, { findings }: Overlaps): Promise<void> {
  const engine = await ruleSetOf(set)
  const { findLinear } = await compareRules(set)
  for (const { kind, rule, other, witness } of findings) {
    if (kind !== 'overlap') continue
    assert.ok(witness && other !== undefined)
    const request = requestAsShown(witness)
    assert.ok(request, JSON.stringify(witness))
    const found = findLinear(request)?.rules.map(({ at }) => at) ?? []
    assert.ok(found.includes(rule) && found.includes(other), JSON.stringify({ found, rule, other }))
    const chosen = engine.find(request)
    assert.ok(chosen.kind === 'failure' && chosen.code === 'internal_server_error')
  }
}

const positions = (rules: readonly MatchedRule[]): readonly number[] => rules.map(({ at }) => at)

/** No request shows that a finding is missing, or wrong. */
async function assertComplete(
  set: RulesToCompare,
  overlaps: Overlaps,
  requests: readonly RandomRequest[],
): Promise<void> {
  const { findLinear } = await compareRules(set)
  const has = (kind: string, rule: number, other?: number): boolean =>
    overlaps.findings.some(
      one => one.kind === kind && one.rule === rule && (other === undefined || one.other === other),
    )
  const isOpen = (rule: number): boolean => overlaps.undecided.some(one => one.rule === rule)
  for (const random of requests) {
    const request = requestFrom(random)
    const found = request && findLinear(request)
    if (found === undefined) continue
    const [first, ...more] = positions(found.rules)
    const text = JSON.stringify({ random, first, more, overlaps })
    for (const one of more)
      assert.ok(has('overlap', one, first) || isOpen(one), `missing overlap: ${text}`)
    if (first === undefined) continue
    assert.ok(!has('never-matches', first), `matches: ${text}`)
    assert.ok(more.length > 0 || !has('unreachable', first), `is reached: ${text}`)
  }
}

const check = (
  matches: fc.Arbitrary<readonly MatchText[]>,
  strategy: 'regexp' | 'glob',
  runs: number,
) =>
  fc.assert(
    fc.asyncProperty(
      matches,
      fc.array(randomRequest, { minLength: 60, maxLength: 60 }),
      async (list, requests) => {
        const set = rulesOf(list, strategy)
        const overlaps = await overlapsOf(set)
        assert.equal(overlaps.cut, undefined)
        await assertConfirmed(set, overlaps)
        await assertComplete(set, overlaps, requests)
      },
    ),
    { numRuns: runs, seed: 11 },
  )

test('random rules: each overlap is confirmed, and no request shows another one', () =>
  check(plainMatches, 'regexp', 250))

test('random rules with lookarounds: nothing is claimed that a request refutes', () =>
  check(lookMatches, 'regexp', 150))

test('random globs: each overlap is confirmed, and no request shows another one', () =>
  check(globMatches, 'glob', 150))

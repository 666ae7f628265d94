/** Differences between random rule sets, compared with what the engine decides about random requests. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Diff, diffRules } from '../../../../src/insight/diff/diff.ts'
import { differenceOf } from '../../../../src/insight/diff/group.ts'
import { requestOf } from '../../../../src/insight/patterns/request.ts'
import type { OpenedRules } from '../../../../src/insight/rule-sets/open.ts'
import type { AccessRequest } from '../../../../src/model/request.ts'
import { type MatchText, openedOf, rulesFrom } from '../../../support/compared-rules.ts'
import { lookMatches, plainMatches, randomRequest } from '../../../support/random-rules.ts'

const by = (name: string) => ({ authenticators: [{ handler: name }] })
const sets = (value: string) => ({
  mutators: [{ handler: 'header', config: { headers: { 'X-A': value } } }],
})
const handlers = fc.constantFrom(
  by('noop'),
  by('anonymous'),
  by('unauthorized'),
  { ...by('noop'), ...sets('a') },
  { ...by('noop'), ...sets('b') },
  { ...by('noop'), authorizer: { handler: 'deny' } },
)

interface Changed {
  readonly before: readonly MatchText[]
  readonly after: readonly MatchText[]
}

/** Rules, and the same with one change: another match, other handlers, one more, or one fewer. */
const changes = (matches: typeof plainMatches): fc.Arbitrary<Changed> =>
  fc
    .record({
      list: matches,
      others: matches,
      handlers: fc.array(handlers, { minLength: 12, maxLength: 12 }),
      at: fc.nat(3),
      kind: fc.constantFrom('match', 'handlers', 'more', 'fewer', 'all'),
    })
    .map(({ list, others, handlers: chosen, at, kind }) => {
      const before = list.map((match, i) => ({ id: `r${i}`, match, ...chosen[i] }))
      const i = at % before.length
      const other = { id: `r${i}`, match: others[0], ...chosen[i] }
      const after = {
        match: before.with(i, other as never),
        handlers: before.with(i, { ...(before[i] as object), ...chosen[11] } as never),
        more: [...before, { ...other, id: 'more' }],
        fewer: before.toSpliced(i, 1),
        all: others.map((match, n) => ({ id: `r${n}`, match, ...chosen[6 + n] })),
      }[kind]
      return { before, after }
    })

async function difference(opened: readonly [OpenedRules, OpenedRules], request: AccessRequest) {
  return differenceOf(await opened[0].evaluate(request), await opened[1].evaluate(request))
}

async function assertConfirmed({ groups }: Diff, opened: readonly [OpenedRules, OpenedRules]) {
  for (const { kind, old, new: next, example } of groups) {
    if (kind === 'undecided') continue
    const [, start = '', raw = '', query = ''] =
      /^([a-z]+:\/\/[^/]*)([^?]*)\??(.*)$/.exec(example.url) ?? []
    const path = Buffer.from(opened[1].paths.read(raw) ?? raw, 'latin1').toString('utf8')
    const { method, headers = [] } = example
    const witness = { method, url: start + path, headers, query, context: undefined, isCall: false }
    const request = requestOf(witness, opened[1].paths)
    assert.ok(request, example.url)
    const found = await difference(opened, request)
    assert.deepEqual([found?.kind, found?.old, found?.new], [kind, old, next], example.url)
  }
}

const check = (matches: typeof plainMatches, runs: number) =>
  fc.assert(
    fc.asyncProperty(
      changes(matches),
      fc.array(randomRequest, { minLength: 50, maxLength: 50 }),
      async ({ before, after }, requests) => {
        const opened = [
          await openedOf(rulesFrom(before)),
          await openedOf(rulesFrom(after)),
        ] as const
        const diff = await diffRules(...opened)
        await assertConfirmed(diff, opened)
        for (const random of requests) {
          const request = requestOf(
            { ...random, context: undefined, isCall: false },
            opened[1].paths,
          )
          const found = request && (await difference(opened, request))
          if (found === undefined) continue
          const isFound =
            diff.doubts.length > 0 ||
            diff.groups.some(
              ({ kind, old, new: next }) =>
                kind === found.kind && old === found.old && next === found.new,
            )
          assert.ok(isFound, JSON.stringify({ random, found, before, after, groups: diff.groups }))
        }
      },
    ),
    { numRuns: runs, seed: 9 },
  )

test('random changes: each difference that a random request shows is in a group', () =>
  check(plainMatches, 300))

test('the same with lookarounds and back references', () => check(lookMatches, 150))

const rule = (url: string, more: object = by('noop')) => ({
  match: { url, methods: ['GET'] },
  ...more,
})
const diffOf = async (before: readonly MatchText[], after: readonly MatchText[]) =>
  diffRules(await openedOf(rulesFrom(before)), await openedOf(rulesFrom(after)))

test('nothing differs between equal rules, in another order too', async () => {
  const rules = [
    { id: 'a', ...rule('https://h/a') },
    { id: 'b', ...rule('https://h/<b.*>') },
  ]
  const { groups, rules: changed, doubts } = await diffOf(rules, rules.toReversed())
  assert.deepEqual([groups, changed, doubts], [[], [], []])
})

test('another way of writing the same pattern changes a rule, and no request', async () => {
  const diff = await diffOf([rule('https://h/<a|b>')], [rule('https://h/<[ab]>')])
  assert.deepEqual(diff.rules, [{ rule: 'r0', change: 'changed', fields: ['match.url'] }])
  assert.deepEqual([diff.groups, diff.doubts], [[], []])
})

test('newly allowed stands first; each group has its rules, count and example', async () => {
  const before = [rule('https://h/a', by('unauthorized')), rule('https://h/b')]
  const after = [rule('https://h/a'), rule('https://h/c')]
  const { groups } = await diffOf(before, after)
  assert.deepEqual(
    groups.map(({ kind, old, new: next, count, change, example }) =>
      [kind, old, next, count, change, example.url].join(' '),
    ),
    [
      'newly-allowed r0 r0 1 401 → 200 https://h/a',
      'newly-allowed  r1 1 404 → 200 https://h/c',
      'newly-denied r1  1 200 → 404 https://h/b',
    ],
  )
})

test('a hole that a lookahead opens is found', async () => {
  const diff = await diffOf([rule('https://h/<(?!admin/).*>')], [rule('https://h/<.*>')])
  assert.equal(diff.groups[0]?.kind, 'newly-allowed')
  assert.match(diff.groups[0]?.example.url ?? '', /^https:\/\/h\/admin\//)
})

test('a conflict that goes lets requests in', async () => {
  const two = [rule('https://h/a'), rule('https://h/<a|b>')]
  const { groups } = await diffOf(two, [rule('https://h/a')])
  assert.deepEqual(
    groups.map(({ kind, example }) => `${kind} ${example.url}`),
    ['newly-allowed https://h/a', 'newly-denied https://h/b'],
  )
})

/** Chains of authenticators and groups of authorizers against a small model of their meaning. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { run } from '../../../src/engine/run.ts'
import { notResponsible } from '../../../src/handlers/kind.ts'
import type { Awaitable } from '../../../src/lib/awaitable.ts'
import {
  type Failure,
  type FailureCode,
  failure,
  refusedCredential,
} from '../../../src/model/failure.ts'
import { type Session, withSession } from '../../../src/model/session.ts'
import type { TraceStep } from '../../../src/model/trace.ts'
import type { AuthenticatorStep, AuthorizerStep, Rule } from '../../../src/rules/rule.ts'
import { requestTo, sessionOf } from '../../support/request.ts'

interface Authenticator {
  readonly outcome:
    | 'accepts'
    | 'refuses'
    | 'not_responsible'
    | 'unauthorized'
    | 'internal_server_error'
  readonly next: boolean
  readonly late: boolean
}

interface Leaf {
  readonly outcome: 'allows' | FailureCode
  readonly late: boolean
}

interface Group {
  readonly of: 'any' | 'all'
  readonly branches: readonly Tree[]
}

type Tree = Leaf | Group

const authenticators = fc.array(
  fc.record<Authenticator>({
    outcome: fc.constantFrom(
      'accepts',
      'refuses',
      'not_responsible',
      'unauthorized',
      'internal_server_error',
    ),
    next: fc.boolean(),
    late: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)

const { tree } = fc.letrec<{ tree: Tree; leaf: Leaf; group: Group }>(tie => ({
  tree: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('group')),
  leaf: fc.record({
    outcome: fc.constantFrom(
      'allows',
      'forbidden',
      'internal_server_error',
      'too_many_requests',
      'service_unavailable',
    ),
    late: fc.boolean(),
  }),
  group: fc.record({
    of: fc.constantFrom('any', 'all'),
    branches: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
  }),
}))

/** The number of the authenticator that accepts, or the code of the failure. */
function modelOfChain(chain: readonly Authenticator[]): number | string {
  for (const [i, { outcome, next }] of chain.entries()) {
    if (outcome === 'accepts') return i
    if (outcome === 'not_responsible') continue
    if (outcome === 'refuses' && next) continue
    return outcome === 'refuses' ? 'unauthorized' : outcome
  }
  return 'unauthorized'
}

/** The leaves that have set something, in order, or the code of the failure. */
function modelOfTree(node: Tree, path: string): readonly string[] | FailureCode {
  if ('outcome' in node) return node.outcome === 'allows' ? [path] : node.outcome
  const outcomes = node.branches.map((branch, i) => modelOfTree(branch, `${path}.${i}`))
  const isAllowed = (one: (typeof outcomes)[number]) => typeof one !== 'string'
  if (node.of === 'all') {
    return outcomes.find(one => !isAllowed(one)) ?? (outcomes as string[][]).flat()
  }
  const allowed = outcomes.find(isAllowed)
  if (allowed !== undefined) return allowed
  return outcomes.find(one => one !== 'forbidden') ?? 'forbidden'
}

const settle = <T>(value: T, late: boolean): Awaitable<T> =>
  late ? new Promise(resolve => setImmediate(resolve, value)) : value

const toAuthenticator = ({ outcome, next, late }: Authenticator, i: number): AuthenticatorStep => ({
  stage: 'authenticator',
  handler: `a${i}`,
  ...(next ? { passesRefusal: true } : {}),
  run: session => {
    if (outcome === 'accepts') return settle(withSession(session, { subject: `${i}` }), late)
    if (outcome === 'not_responsible') return settle(notResponsible, late)
    const failed = outcome === 'refuses' ? refusedCredential({ message: '' }) : undefined
    return settle<Failure>(failed ?? failure(outcome as FailureCode, { message: '' }), late)
  },
})

function toAuthorizer(node: Tree, path: string): AuthorizerStep {
  if (!('outcome' in node)) {
    const branches = node.branches.map((branch, i) => toAuthorizer(branch, `${path}.${i}`))
    return { stage: 'authorizer', of: node.of, branches }
  }
  const { outcome, late } = node
  const set = (session: Session): Session =>
    withSession(session, { headers: new Map(session.headers).set(path, ['']) })
  return {
    stage: 'authorizer',
    handler: path,
    run: session =>
      settle(outcome === 'allows' ? set(session) : failure(outcome, { message: '' }), late),
  }
}

function check(pipeline: Rule['pipeline'], steps: TraceStep[] | undefined) {
  const request = requestTo('http://h/')
  const trace = steps && { record: (step: TraceStep) => void steps.push(step) }
  const rule = { pipeline } as Rule
  return run({ rule, request, trace, empty: sessionOf(request) })
}

const allow: AuthorizerStep = { stage: 'authorizer', handler: 'allow', run: session => session }

test('a chain of authenticators means what the model says', async () => {
  const property = fc.asyncProperty(authenticators, fc.boolean(), async (chain, isTraced) => {
    const steps: TraceStep[] = []
    const pipeline = [...chain.map(toAuthenticator), allow]
    const outcome = await check(pipeline, isTraced ? steps : undefined)
    const expected = modelOfChain(chain)
    assert.equal(outcome.kind === 'session' ? Number(outcome.subject) : outcome.code, expected)
    if (!isTraced) return
    const refusals = steps.filter(
      step => step.kind === 'handler' && step.outcome === 'unauthorized',
    )
    const reached = typeof expected === 'number' ? expected : chain.length
    const refused = chain
      .slice(0, reached)
      .filter(({ outcome }) => outcome === 'refuses' || outcome === 'unauthorized')
    assert.ok(refusals.length <= refused.length)
  })
  await fc.assert(property, { numRuns: 500 })
})

test('groups of authorizers mean what the model says', async () => {
  const property = fc.asyncProperty(tree, async node => {
    const pipeline = [
      toAuthenticator({ outcome: 'accepts', next: false, late: false }, 0),
      toAuthorizer(node, 'z'),
    ]
    const outcome = await check(pipeline, undefined)
    const expected = modelOfTree(node, 'z')
    if (typeof expected === 'string') {
      assert.ok(outcome.kind === 'failure', JSON.stringify(outcome))
      assert.equal(outcome.code, expected)
    } else {
      assert.ok(outcome.kind === 'session', JSON.stringify(outcome))
      assert.deepEqual([...(outcome.headers?.keys() ?? [])], expected)
    }
  })
  await fc.assert(property, { numRuns: 500 })
})

test('the trace says where an authorizer of a group stands', async () => {
  const steps: TraceStep[] = []
  const leaf = (outcome: Leaf['outcome']): Leaf => ({ outcome, late: false })
  const node: Tree = {
    of: 'any',
    branches: [leaf('forbidden'), { of: 'all', branches: [leaf('allows'), leaf('allows')] }],
  }
  const pipeline = [
    toAuthenticator({ outcome: 'accepts', next: false, late: false }, 0),
    toAuthorizer(node, 'z'),
  ]
  await check(pipeline, steps)
  assert.deepEqual(
    steps.map(step => (step.kind === 'handler' ? [step.branch, step.outcome] : [])),
    [
      [undefined, 'ok'],
      ['any[0]', 'forbidden'],
      ['any[1].all[0]', 'ok'],
      ['any[1].all[1]', 'ok'],
    ],
  )
})

test('the first refusal is the answer when nobody else is responsible', async () => {
  const refusing = (reason: string): AuthenticatorStep => ({
    stage: 'authenticator',
    handler: reason,
    passesRefusal: true,
    run: () => refusedCredential({ message: '', reason }),
  })
  const nobody = toAuthenticator({ outcome: 'not_responsible', next: false, late: true }, 0)
  const outcome = await check([refusing('expired'), refusing('forged'), nobody, allow], undefined)
  assert.ok(outcome.kind === 'failure')
  assert.equal(outcome.info.reason, 'expired')
})

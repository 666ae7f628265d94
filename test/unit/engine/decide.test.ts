import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../src/engine/decide.ts'
import { type Authenticate, notResponsible, type Step } from '../../../src/handlers/kind.ts'
import { failure, message } from '../../../src/model/failure.ts'
import { withEdits, withSession } from '../../../src/model/session.ts'
import type { TraceStep } from '../../../src/model/trace.ts'
import { builtInAnswer } from '../../../src/rules/answer.ts'
import { createChanges } from '../../../src/rules/owned.ts'
import type { PipelineStep, Rule } from '../../../src/rules/rule.ts'
import type { RuleSet } from '../../../src/rules/rule-set.ts'
import { requestTo } from '../../support/request.ts'

const authenticator = (run: Authenticate, handler = 'a'): PipelineStep => ({
  stage: 'authenticator',
  handler,
  run,
})
const authorizer = (run: Step): PipelineStep => ({ stage: 'authorizer', handler: 'z', run })
const mutator = (run: Step): PipelineStep => ({ stage: 'mutator', handler: 'm', run })

const alice: Authenticate = session => withSession(session, { subject: 'alice' })
const pass: Step = session => session
const nobody: Authenticate = () => notResponsible
const refuse: Authenticate = () => failure('unauthorized', { message: message.unauthorized })
const setUser: Step = session =>
  withSession(session, {
    headers: new Map([...(session.headers ?? []), ['X-User', [session.subject]]]),
  })

function rulesWith(pipeline: readonly PipelineStep[]): RuleSet {
  const rule: Rule = {
    kind: 'rule',
    id: 'r',
    definition: {
      id: 'r',
      version: '',
      description: '',
      match: null,
      authenticators: null,
      authorizer: { handler: '', config: null },
      mutators: null,
      errors: null,
      upstream: { preserveHost: false, stripPath: '', url: '' },
    },
    pipeline,
    captures: () => ({ groups: [], named: new Map() }),
    isDefault: false,
    owns: [],
    warnings: [],
    signsWith: [],
    credentials: [],
    answer: builtInAnswer,
    changes: createChanges('r', ['X-User', 'X-Role'], []),
    upstream: undefined,
    problems: [],
  }
  return {
    find: () => rule,
    answer: builtInAnswer,
    definitions: [],
    listed: [],
    total: 0,
    signsWith: [],
    credentials: [],
    problems: [],
    warnings: [],
  }
}

async function codeOf(pipeline: readonly PipelineStep[]): Promise<string> {
  const decision = await decide(rulesWith(pipeline), requestTo('http://h/'))
  return decision.kind === 'allow' ? 'allow' : decision.failure.code
}

test('the first responsible authenticator determines the subject', async () => {
  const seen: string[] = []
  const bob: Authenticate = session => {
    seen.push('bob')
    return withSession(session, { subject: 'bob' })
  }
  const decision = await decide(
    rulesWith([authenticator(nobody), authenticator(alice), authenticator(bob), authorizer(pass)]),
    requestTo('http://h/'),
  )
  assert.ok(decision.kind === 'allow')
  assert.equal(decision.session.subject, 'alice')
  assert.deepEqual(seen, [])
})

test('a refused credential ends the pipeline', async () => {
  assert.equal(
    await codeOf([authenticator(refuse), authenticator(alice), authorizer(pass)]),
    'unauthorized',
  )
})

test('if no authenticator is responsible the answer is 401', async () => {
  assert.equal(await codeOf([authenticator(nobody), authorizer(pass)]), 'unauthorized')
})

test('a rule without authenticators denies', async () => {
  assert.equal(await codeOf([authorizer(pass)]), 'unauthorized')
  assert.equal(await codeOf([]), 'unauthorized')
})

test('an authorizer that denies ends the pipeline before the mutators', async () => {
  let ran = false
  const deny: Step = () => failure('forbidden', { message: message.forbidden })
  const spy: Step = session => {
    ran = true
    return session
  }
  assert.equal(await codeOf([authenticator(alice), authorizer(deny), mutator(spy)]), 'forbidden')
  assert.equal(ran, false)
})

test('an allow lists the owned headers that were not set', async () => {
  const decision = await decide(
    rulesWith([authenticator(alice), authorizer(pass), mutator(setUser)]),
    requestTo('http://h/'),
  )
  assert.ok(decision.kind === 'allow')
  assert.deepEqual([...(decision.session.headers ?? [])], [['X-User', ['alice']]])
  assert.deepEqual([...decision.changes.remove].sort(), ['X-Role', 'X_role', 'X_user'])
  assert.deepEqual(decision.changes.metadata, { rule: 'r', subject: 'alice' })
})

test('a handler that throws is a denial with 500, at once or later', async () => {
  const throws: Authenticate = () => {
    throw new Error('bug')
  }
  const rejects: Step = () => Promise.reject(new Error('bug'))
  assert.equal(await codeOf([authenticator(throws)]), 'internal_server_error')
  assert.equal(await codeOf([authenticator(alice), authorizer(rejects)]), 'internal_server_error')
})

for (const value of ['a\r\nX-Admin: 1', 'a\nb', 'a\0b']) {
  test(`a header value ${JSON.stringify(value)} is a denial with 500`, async () => {
    const splits: Step = session =>
      withSession(session, { headers: new Map([['X-User', [value]]]) })
    assert.equal(
      await codeOf([authenticator(alice), authorizer(pass), mutator(splits)]),
      'internal_server_error',
    )
  })
}

test('asynchronous handlers run in order', async () => {
  const order: string[] = []
  const slow =
    (name: string): Step =>
    async session => {
      await Promise.resolve()
      order.push(name)
      return session
    }
  await codeOf([
    authenticator(async session => alice(session, requestTo('http://h/'))),
    authorizer(slow('z')),
    mutator(slow('m1')),
    mutator(slow('m2')),
  ])
  assert.deepEqual(order, ['z', 'm1', 'm2'])
})

test('a handler that never answers makes a 504 at the deadline', async () => {
  const never: Step = () => new Promise(() => undefined)
  const rules = rulesWith([authenticator(alice), authorizer(never)])
  // The timers of a check do not keep a process alive; a server does that.
  const alive = setInterval(() => undefined, 1000)
  const decision = await decide(rules, requestTo('http://h/', { timeout: 30 }))
  clearInterval(alive)
  assert.ok(decision.kind === 'deny')
  assert.equal(decision.failure.code, 'gateway_timeout')
  assert.equal(decision.reply.status, 504)
})

test('a caller that disconnects ends the decision', async () => {
  let hangUp = (): void => undefined
  const request = requestTo('http://h/', {
    onHangUp: abort => {
      hangUp = abort
    },
  })
  const waits: Step = (_, { signal }) =>
    new Promise(resolve =>
      signal.addEventListener('abort', () => resolve(failure('bad_gateway', { message: 'x' }))),
    )
  const decision = decide(rulesWith([authenticator(alice), authorizer(waits)]), request)
  await Promise.resolve()
  hangUp()
  const outcome = await decision
  assert.ok(outcome.kind === 'deny')
  assert.ok(request.signal.aborted)
})

test('the trace receives the match and every handler; without a trace nothing is recorded', async () => {
  const steps: TraceStep[] = []
  await decide(
    rulesWith([
      authenticator(nobody, 'n'),
      authenticator(alice),
      authorizer(pass),
      mutator(setUser),
    ]),
    requestTo('http://h/'),
    { record: step => steps.push(step) },
  )
  const recorded = steps.map(step =>
    step.kind === 'handler' ? `${step.stage} ${step.handler} ${step.outcome}` : step.kind,
  )
  assert.deepEqual(recorded, [
    'match',
    'authenticator n not_responsible',
    'authenticator a ok',
    'authorizer z ok',
    'mutator m ok',
  ])
})

test('a failure to find a rule is answered by the rule set', async () => {
  const missing = failure('not_found', { message: message.noRule })
  const rules: RuleSet = {
    find: () => missing,
    answer: builtInAnswer,
    definitions: [],
    listed: [],
    total: 0,
    signsWith: [],
    credentials: [],
    problems: [],
    warnings: [],
  }
  const decision = await decide(rules, requestTo('http://h/'))
  assert.ok(decision.kind === 'deny')
  assert.equal(decision.reply.status, 404)
  assert.equal(decision.rule, undefined)
})

const setting =
  (name: string, value: string): Step =>
  session =>
    withSession(session, { headers: new Map([[name, [value]]]) })

for (const [name, value, doors] of [
  ['bad name', 'x', ['decisions', 'grpc', 'proxy', 'middleware', 'lambda']],
  ['', 'x', ['decisions', 'grpc', 'proxy', 'middleware', 'lambda']],
  ['X-A', 'a\r\nb', ['decisions', 'grpc', 'proxy', 'middleware', 'lambda']],
  ['X-A', 'a\0b', ['decisions', 'grpc', 'proxy', 'middleware', 'lambda']],
  ['X-A', 'caf\xe9', ['grpc']],
] as const) {
  test(`the header ${JSON.stringify([name, value])} denies at the doors that cannot send it`, async () => {
    const rules = rulesWith([authenticator(alice), authorizer(pass), mutator(setting(name, value))])
    for (const door of ['decisions', 'grpc', 'proxy', 'middleware', 'lambda'] as const) {
      const request = Object.create(requestTo('http://h/'), { door: { value: door } })
      const decision = await decide(rules, request)
      const cannot = (doors as readonly string[]).includes(door)
      // Otherwise the proxy would have no upstream.
      const reason = decision.kind === 'deny' ? decision.failure.info.message : ''
      assert.equal(/header/.test(reason), cannot, `${door}: ${reason}`)
    }
  })
}

const answering =
  (name: string, value: string): Step =>
  session =>
    withEdits(session, () => ({ response: new Map([[name, [value]]]) }))

const everyDoor = ['decisions', 'grpc', 'proxy', 'middleware', 'lambda'] as const

for (const [name, value, doors] of [
  ['bad name', 'x', everyDoor],
  ['X-A', 'a\r\nb', everyDoor],
  ['X-A', 'caf\xe9', ['grpc']],
] as const) {
  test(`the header for the client ${JSON.stringify([name, value])} denies at the doors that cannot send it`, async () => {
    const steps = [authenticator(alice), authorizer(pass), mutator(answering(name, value))]
    for (const door of everyDoor) {
      const request = Object.create(requestTo('http://h/'), { door: { value: door } })
      const decision = await decide(rulesWith(steps), request)
      const reason = decision.kind === 'deny' ? decision.failure.info.message : ''
      assert.equal(/header/.test(reason), (doors as readonly string[]).includes(door), door)
    }
  })
}

test('a header that a hydrator sets for the upstream, and a mutator for the client, denies', async () => {
  const both = (name: string) =>
    rulesWith([
      authenticator(alice),
      authorizer(pass),
      mutator(answering('X-A-B', '1')),
      mutator(setting(name, '2')),
    ])
  for (const name of ['X-A-B', 'X_a.b']) {
    const decision = await decide(both(name), requestTo('http://h/'))
    assert.ok(decision.kind === 'deny')
    assert.match(
      decision.failure.info.reason ?? '',
      /X-A-B is set for the upstream and for the client/,
    )
  }
  assert.equal((await decide(both('X-A'), requestTo('http://h/'))).kind, 'allow')
})

test('a query that had to be changed denies at the doors that cannot change it', async () => {
  const changing =
    (names: readonly string[], set = new Map<string, string>()): Step =>
    session =>
      withEdits(session, () => ({ query: { set, removes: [name => names.includes(name)] } }))
  const closed = async (step: Step, url: string) => {
    const rules = rulesWith([authenticator(alice), authorizer(pass), mutator(step)])
    const denied: string[] = []
    for (const door of everyDoor) {
      const request = Object.create(requestTo(url), { door: { value: door } })
      const decision = await decide(rules, request)
      const reason = decision.kind === 'deny' ? (decision.failure.info.reason ?? '') : ''
      if (/changes the query/.test(reason)) denied.push(door)
    }
    return denied
  }
  const cannot = ['decisions', 'lambda']
  assert.deepEqual(await closed(changing(['a']), 'http://h/?%61=1'), cannot)
  assert.deepEqual(await closed(changing([], new Map([['a', '1']])), 'http://h/'), cannot)
  assert.deepEqual(await closed(changing(['a']), 'http://h/?b=1'), [])
})

test('an answer that cannot be sent is a failure of its own', async () => {
  const rules = rulesWith([authenticator(refuse)])
  const found = rules.find(requestTo('http://h/'))
  assert.ok(found.kind === 'rule')
  const headers = new Map([['Location', ['/caf\xe9']]])
  const redirecting = {
    ...rules,
    find: () =>
      ({ ...found, answer: () => ({ kind: 'reply', status: 302, headers, body: '' }) }) as Rule,
  }
  for (const [door, status] of [
    ['decisions', 302],
    ['grpc', 500],
  ] as const) {
    const request = Object.create(requestTo('http://h/'), { door: { value: door } })
    const decision = await decide(redirecting, request)
    assert.ok(decision.kind === 'deny')
    assert.equal(decision.reply.status, status)
    assert.equal(decision.failure.code, status === 302 ? 'unauthorized' : 'internal_server_error')
  }
})

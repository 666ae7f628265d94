import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeps } from '../../../src/app/outbound/deps.ts'
import { pipelineSettings } from '../../../src/app/rules/pipeline.ts'
import { authenticators } from '../../../src/handlers/authenticators/index.ts'
import { authorizers } from '../../../src/handlers/authorizers/index.ts'
import { errorHandlers } from '../../../src/handlers/errors/index.ts'
import { mutators } from '../../../src/handlers/mutators/index.ts'
import { standInConfig } from '../../../src/insight/rule-sets/stand-ins.ts'
import { compileRules } from '../../../src/rules/compiling/compile.ts'
import { rulesFrom } from '../../support/compared-rules.ts'

/** What only a rule can say. */
const own: Readonly<Record<string, object>> = {
  cel: { expression: 'true' },
  query: { set: { a: 'b' } },
  remove: { headers: ['X-A'] },
}

test('a rule with any handler compiles without a configuration', async () => {
  const named = (kinds: object) =>
    Object.keys(kinds).map(handler => ({ handler, config: own[handler] ?? {} }))
  const match = { hosts: ['h'] }
  const rules = [
    { match, authenticators: named(authenticators) },
    { match, authorizer: undefined, authorizers: named(authorizers) },
    ...named(mutators).map(mutator => ({ match, mutators: [mutator] })),
    { match, errors: named(errorHandlers) },
  ]
  const config = standInConfig()
  const deps = await createDeps(config)
  const { problems } = await compileRules(
    rulesFrom(rules).definitions,
    pipelineSettings(config),
    deps,
  )
  await deps.close()
  assert.deepEqual(problems, [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ToLoader } from '../../../../src/app/processes/messages.ts'
import type { State } from '../../../../src/app/processes/send-state.ts'
import { createWorker, type Opened } from '../../../../src/app/processes/worker.ts'
import type { Config } from '../../../../src/config/config.ts'
import type { RuleDefinition } from '../../../../src/rules/definition.ts'

const config = {} as Config
const ruleOf = (id: string): RuleDefinition => ({ id }) as RuleDefinition

test('a worker takes rules of later states while it compiles an earlier one', async () => {
  const replies: ToLoader[] = []
  const prepared: (readonly (string | boolean)[])[] = []
  let finishOpening: () => void = () => undefined
  const opening = new Promise<void>(resolve => {
    finishOpening = resolve
  })
  const note = ({ definitions, missesRules }: State): void =>
    void prepared.push([...definitions.map(({ id }) => id), missesRules])
  const opened = {
    rules: {
      prepare: async (_: number, state: State) => note(state),
    },
    server: { addresses: {} },
    metrics: undefined,
  } as unknown as Opened
  const take = createWorker({
    reply: async message => void replies.push(message),
    end: code => assert.fail(`ended with ${code}`),
    open: async state => {
      note(state)
      await opening
      return opened
    },
  })
  for (const version of [1, 2, 3]) {
    take({ kind: 'rules', rules: [[version, ruleOf(`r${version}`)]] })
    take({ kind: 'prepare', version, config, order: [version], missesRules: version === 2 })
  }
  finishOpening()
  for (let turn = 0; turn < 5; turn += 1) await nextTurn()
  assert.deepEqual(
    replies.filter(({ kind }) => kind === 'failed'),
    [],
  )
  assert.deepEqual(prepared, [
    ['r1', false],
    ['r2', true],
    ['r3', false],
  ])
})

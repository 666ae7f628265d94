import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLive } from '../../../src/app/live.ts'
import { failure } from '../../../src/model/failure.ts'
import { builtInAnswer } from '../../../src/rules/answer.ts'
import type { RuleSet } from '../../../src/rules/rule-set.ts'

const setNamed = (name: string): RuleSet => ({
  find: () => failure('not_found', { message: name }),
  answer: builtInAnswer,
  definitions: [],
  signsWith: [],
  problems: [],
  warnings: [],
  advice: () => [],
})

test('a reload swaps the whole set, and not before the new one is complete', async () => {
  const [one, two] = [setNamed('one'), setNamed('two')]
  let finish = (_: RuleSet): void => undefined
  const slow = new Promise<RuleSet>(resolve => {
    finish = resolve
  })
  const builds = [Promise.resolve(one), slow]
  const live = await createLive(() => builds.shift() ?? Promise.reject(new Error('too many')))
  const reload = live.reload()
  await Promise.resolve()
  assert.equal(live.current(), one)
  finish(two)
  await reload
  assert.equal(live.current(), two)
})

test('a reload that fails changes nothing and can be tried again', async () => {
  const [one, two] = [setNamed('one'), setNamed('two')]
  const builds = [
    () => one,
    () => {
      throw new Error('bad')
    },
    () => two,
  ]
  const live = await createLive(async () => {
    const build = builds.shift()
    assert.ok(build)
    return build()
  })
  await assert.rejects(live.reload(), /bad/)
  assert.equal(live.current(), one)
  await live.reload()
  assert.equal(live.current(), two)
})

test('reloads asked for during a reload become one, which starts after it', async () => {
  let builds = 0
  let running = 0
  const live = await createLive(async () => {
    assert.equal(running, 0)
    running += 1
    await new Promise(resolve => setImmediate(resolve))
    running -= 1
    return setNamed(String(++builds))
  })
  await Promise.all([live.reload(), live.reload(), live.reload(), live.reload()])
  assert.equal(builds, 3)
})

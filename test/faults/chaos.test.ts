/**
 * Everything that Oarlock depends on fails under load, one after another and together. Every answer must be the
 * decision that the rules define, with the identity of exactly that caller, or a denial.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { childrenOf, openIn, residentOf } from '../support/processes.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'
import { doorNames, openDoor } from './chaos/doors.ts'
import { faults, untilComplete } from './chaos/faults.ts'
import { startLoad } from './chaos/load.ts'
import { makeQuestions, type Question, resultOf } from './chaos/questions.ts'
import { startWorld } from './chaos/world.ts'

const mebibyte = 2 ** 20
/** All processes together: two workers and the loader, each of which uses a third when idle. */
const mostMemory = 900 * mebibyte
/** Sockets that a process keeps open to services and to the loader, without clients. */
const mostSockets = 60

test('no fault causes a wrong answer, and everything works after the last one', async t => {
  const questions = await makeQuestions()
  const world = await startWorld(t, 2)
  const { oarlock } = world
  const load = startLoad(t, oarlock, questions)
  const scene = { t, world, load }
  for (const [name, fault] of Object.entries(faults)) {
    await fault(scene)
    assert.deepEqual(load.wrong.slice(0, 5), [], name)
    assert.ok(oarlock.running(), name)
  }
  await untilComplete(scene)
  const healing = performance.now()
  await load.end()
  assert.deepEqual(load.wrong.slice(0, 5), [])
  for (const door of doorNames) {
    const ask = openDoor[door](t, oarlock)
    const isRight = async (question: Question): Promise<boolean> => {
      const expected = question.caller === undefined ? 'denied' : 'allowed'
      return (await resultOf(question, await ask(question))) === expected
    }
    const areAll = async (): Promise<boolean> => {
      for (const question of questions) if (!(await isRight(question))) return false
      return true
    }
    await until(areAll, `all answers at ${door} are right`)
    assert.ok(
      (load.tally.get(`${door} allowed`) ?? 0) > 200,
      `${door} hardly ever allowed a request`,
    )
  }
  t.diagnostic(`recovered after ${Math.round(performance.now() - healing)} ms`)
  t.diagnostic(JSON.stringify(Object.fromEntries(load.tally)))
  const ready = await ask(oarlock.api, { target: '/health/ready' })
  assert.deepEqual([ready.status, ready.text], [200, '{"status":"ok"}\n'])
  const processes = [oarlock.pid, ...childrenOf(oarlock.pid)]
  assert.equal(processes.length, 3)
  const memory = processes.reduce((all, pid) => all + residentOf(pid), 0)
  t.diagnostic(`${Math.round(memory / mebibyte)} MiB, sockets ${processes.map(socketsOf)}`)
  assert.ok(memory < mostMemory, `${Math.round(memory / mebibyte)} MiB`)
  await until(
    () => processes.every(pid => socketsOf(pid) < mostSockets),
    'no process has many open sockets',
  )
  assert.doesNotMatch(
    oarlock.log(),
    /Unhandled|Uncaught|A request failed because of a bug|was never sent/i,
  )
})

const socketsOf = (pid: number): number => openIn(pid).sockets

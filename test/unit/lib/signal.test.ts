import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LightSignal } from '../../../src/lib/signal.ts'

test('a signal aborts once, for all current listeners, with the first reason', () => {
  const signal = new LightSignal()
  const heard: string[] = []
  const quiet = () => heard.push('quiet')
  signal.addEventListener('abort', () => heard.push('first'))
  signal.addEventListener('abort', quiet)
  signal.removeEventListener('abort', quiet)
  signal.abort('one')
  signal.abort('two')
  assert.deepEqual([heard, signal.aborted, signal.reason], [['first'], true, 'one'])
})

test('a listener may remove other listeners', () => {
  const signal = new LightSignal()
  const heard: string[] = []
  const second = () => heard.push('second')
  signal.addEventListener('abort', () => {
    heard.push('first')
    signal.removeEventListener('abort', second)
  })
  signal.addEventListener('abort', second)
  signal.abort()
  assert.deepEqual(heard, ['first'])
})

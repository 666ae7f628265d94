import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog, type LogOptions } from '../../../src/observability/log.ts'

function written(format: LogOptions['format']): string {
  let text = ''
  const write = (line: string): void => {
    text += line
  }
  const log = createLog({ level: 'info', format, write })
  log.debug('not this')
  log.warn('two words\nand a line', { id: 'x', rules: 3, list: ['a'] })
  return text
}

test('json is one object per line', () => {
  const record = JSON.parse(written('json')) as Record<string, unknown>
  assert.equal(written('json').split('\n').length, 2)
  assert.deepEqual([record['level'], record['rules']], ['warning', 3])
})

test('json_pretty is the same over several lines', () => {
  const text = written('json_pretty')
  assert.ok(text.split('\n').length > 5)
  assert.equal((JSON.parse(text) as Record<string, unknown>)['msg'], 'two words\nand a line')
})

test("gelf is Graylog's format", () => {
  const text = written('gelf')
  assert.equal(text.split('\n').length, 2)
  const record = JSON.parse(text) as Record<string, unknown>
  assert.equal(record['version'], '1.1')
  assert.equal(record['short_message'], 'two words\nand a line')
  assert.equal(record['level'], 4)
  assert.equal(typeof record['host'], 'string')
  assert.ok(Math.abs(Number(record['timestamp']) - Date.now() / 1000) < 60)
  assert.deepEqual([record['_record_id'], record['_rules'], record['_list']], ['x', 3, '["a"]'])
  assert.equal(record['_id'], undefined)
})

test('text is one line, whatever the values hold', () => {
  const text = written('text')
  assert.equal(text.split('\n').length, 2)
  assert.match(text, /level=warning msg="two words\\nand a line" .*rules=3/)
})

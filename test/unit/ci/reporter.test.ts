import assert from 'node:assert/strict'
import { test } from 'node:test'

interface TestEvent {
  readonly type: string
  readonly data: unknown
}

type Reporter = (source: AsyncIterable<TestEvent>) => AsyncGenerator<string>

/** JavaScript, since the test runner itself loads it. */
const { default: reporter } = (await import(
  new URL('../../../.ci/reporter.mjs', import.meta.url).href
)) as { readonly default: Reporter }

const failing = (cause: unknown): TestEvent => ({
  type: 'test:fail',
  data: { file: 'a.test.ts', name: 'a test', nesting: 1, details: { error: { cause } } },
})

async function* events(...all: readonly TestEvent[]): AsyncGenerator<TestEvent> {
  yield* all
}

const report = async (...all: readonly TestEvent[]): Promise<string> => {
  let text = ''
  for await (const part of reporter(events(...all))) text += part
  return text
}

const thrown: Readonly<Record<string, unknown>> = {
  'an error': new Error('wrong'),
  'an object without a prototype': Object.assign(Object.create(null), { code: 1 }),
  'a symbol': Symbol('wrong'),
  undefined,
  'a text': 'wrong',
  'an object that throws when it is read': new Proxy({}, { get: () => assert.fail('looked at') }),
  'an error whose stack is not a string': Object.assign(new Error('wrong'), {
    stack: Object.create(null),
  }),
}

for (const [what, cause] of Object.entries(thrown)) {
  test(`a test that throws ${what} is named, and so are the tests after it`, async () => {
    const text = await report(failing(cause), failing(new Error('second')))
    assert.match(text, /FAIL a\.test\.ts \| a test/)
    assert.match(text, /second/)
    assert.match(text, /FAIL a\.test\.ts: 0 passed, 2 failed/)
  })
}

test('an event that cannot be read does not end the report', async () => {
  const text = await report({ type: 'test:pass', data: null }, failing(new Error('second')))
  assert.match(text, /could not be shown/)
  assert.match(text, /second/)
})

test('the sums count each test once, and a file that failed without a failed test', async () => {
  const file = 'a.test.ts'
  const passed = { type: 'test:pass', data: { file, name: 'x', nesting: 0 } }
  const broken = { type: 'test:fail', data: { file, name: '/b/a.test.ts', nesting: 0 } }
  assert.match(await report(passed, passed), /\n2 passed, 0 failed\n$/)
  assert.match(await report(passed, failing(1), broken), /\n1 passed, 1 failed\n$/)
  assert.match(await report(passed, broken), /\n1 passed, 1 failed\n$/)
})

const covered = (path: string, lines: number) => ({
  path,
  totalLineCount: 10,
  coveredLineCount: lines,
  totalBranchCount: 4,
  coveredBranchCount: 3,
  totalFunctionCount: 0,
  coveredFunctionCount: 0,
})

test('coverage is one line about the sources, before the sums', async () => {
  const files = [covered('/w/src/a.ts', 10), covered('/w/src/b.ts', 5), covered('/w/test/c.ts', 0)]
  const data = { summary: { workingDirectory: '/w', files } }
  assert.equal(
    await report({ type: 'test:coverage', data }),
    'coverage of 2 files of src: 75.0 % of lines, 75.0 % of branches, 100.0 % of functions\n0 passed, 0 failed\n',
  )
})

test('a file whose tests take long is shown with their time', async () => {
  const passed = (file: string, duration_ms: number): TestEvent => ({
    type: 'test:pass',
    data: { file, name: 'x', nesting: 0, details: { duration_ms } },
  })
  const all = [passed('a.test.ts', 4000), passed('a.test.ts', 2000), passed('b.test.ts', 400)]
  const text = await report(...all)
  assert.match(text, /^ok {3}a\.test\.ts: 2 passed, 0 failed, 6 s$/m)
  assert.match(text, /^ok {3}b\.test\.ts: 1 passed, 0 failed$/m)
})

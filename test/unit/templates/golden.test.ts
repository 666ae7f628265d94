import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf } from '../../../src/lib/bytes.ts'
import { compileTemplate } from '../../../src/templates/template.ts'
import { readJson, sessionNamed } from './support.ts'

/** The result of a template in Go: test/support/go-templates writes these. */
interface Golden {
  readonly template: string
  readonly session: string
  readonly output?: string
  readonly outputHex?: string
  readonly parseError?: string
  readonly error?: string
}

type Result = Pick<Golden, 'output' | 'outputHex' | 'parseError' | 'error'>

const hex = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('hex')

/** Everything in hex, so that texts that are not UTF-8 can be compared. */
function expected({ output, outputHex, parseError, error }: Result): object {
  if (parseError !== undefined) return { parseError }
  return error === undefined
    ? { output: outputHex ?? hex(bytesOf(output ?? '')) }
    : { error: hex(bytesOf(error)) }
}

function actual({ template, session }: Golden): object {
  const source = bytesOf(template)
  let compiled: ReturnType<typeof compileTemplate>
  try {
    compiled = compileTemplate(source)
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'TemplateSyntaxError', String(error))
    // After Go's own text, Oarlock's says how to allow a function.
    const message = error.message.replace(/( not defined): .*$/, '$1')
    return { parseError: Buffer.from(message, 'latin1').toString('utf8') }
  }
  const result = compiled.render(sessionNamed(session))
  return typeof result === 'string' ? { output: hex(result) } : { error: hex(result.info.message) }
}

const readable = (result: object): object =>
  Object.fromEntries(
    Object.entries(result).map(([key, text]) => [
      key,
      key === 'parseError' ? text : Buffer.from(text, 'hex').toString('utf8'),
    ]),
  )

/** Deliberate differences: complex numbers, which are never useful, are refused at load. */
const refusedAtLoad = new Set(['{{ 1i }}', '{{ 1+2i }}'])

const folder = new URL('../../golden/templates/', import.meta.url)

for (const file of readdirSync(folder).filter(name => name !== 'recorded.json')) {
  const cases = readJson(`../../golden/templates/${file}`) as unknown as readonly Golden[]
  for (const golden of cases) {
    test(`${file}: ${golden.session}: ${JSON.stringify(golden.template)}`, () => {
      if (refusedAtLoad.has(golden.template)) {
        assert.throws(() => compileTemplate(golden.template), { name: 'TemplateSyntaxError' })
        return
      }
      const [ours, theirs] = [actual(golden), expected(golden)]
      assert.deepEqual({ ...ours, text: readable(ours) }, { ...theirs, text: readable(theirs) })
    })
  }
}

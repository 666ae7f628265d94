import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, textOf } from '../../../src/lib/bytes.ts'
import type { Failure } from '../../../src/model/failure.ts'
import type { Session } from '../../../src/model/session.ts'
import { compileTemplate } from '../../../src/templates/template.ts'
import { readJson, sessionNamed } from './support.ts'

/** The text that Oathkeeper returned in a response header, or that it answered 500. */
interface Recorded {
  readonly template: string
  readonly session: string
  readonly value?: string
  readonly fails?: true
}

/** The authenticator of the recording adds the scopes that it found. */
function sessionOf(name: string): Session {
  const session = sessionNamed(name)
  if (session.extra === null) return session
  return { ...session, extra: { ...session.extra, scp: ['read', 'write'] } }
}

function render({ template, session }: Recorded): string | Failure | undefined {
  try {
    return compileTemplate(bytesOf(template)).render(sessionOf(session))
  } catch {
    return undefined
  }
}

/** A header loses its line breaks and the spaces around it. */
const asHeader = (text: string): string => textOf(text.replace(/[\r\n]/g, ' ').trim())

const all = readJson('../../golden/templates/recorded.json') as unknown as readonly Recorded[]
/** Each recorded template has a host of its own, which these templates print. */
const hosts = /\{\{ (?:\.|\.MatchContext\.URL\.String) \}\}/

for (const recorded of all) {
  test(`as recorded: ${recorded.session}: ${recorded.template}`, () => {
    const result = render(recorded)
    if (recorded.fails) assert.notEqual(typeof result, 'string')
    else {
      const expected = hosts.test(recorded.template)
        ? recorded.value?.replace(/t\d{3}\.test/, 't000.test')
        : recorded.value
      assert.equal(typeof result === 'string' ? asHeader(result) : result, expected)
    }
  })
}

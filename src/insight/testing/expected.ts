/** Compares an answer with what a test expects; each difference is a sentence. */
import { isDeepStrictEqual } from 'node:util'
import type { DoorAnswer } from '../../explain/doors/contract.ts'
import { bytesOf, textOf } from '../../lib/bytes.ts'
import { tryJson } from '../../lib/json.ts'
import type { Decision } from '../../model/decision.ts'
import type { Expectation, TestDoor } from './case.ts'

export interface Answered {
  readonly door: TestDoor
  readonly decision: Decision
  readonly answer: DoorAnswer
}

export function differencesOf(expect: Expectation, answered: Answered): readonly string[] {
  const { decision } = answered
  const outcome = outcomeDifference(expect, answered)
  // The rest would only repeat it.
  if (outcome !== undefined) return [outcome]
  return [
    ...codeDifference(expect, decision),
    ...headerDifferences('header', expect.headers ?? {}, answered.answer.headers),
    ...exactDifferences(expect, answered.answer),
    ...removalDifferences(expect, answered),
    ...headerDifferences(
      'response header',
      expect.response_headers ?? {},
      answeredHeaders(answered),
    ),
    ...locationDifference(expect, answered.answer),
    ...bodyDifference(expect, answered.answer),
    ...noValues(answered.answer),
  ]
}

/** The decision API has one list for both; who asks it knows which names are for the client. */
const answeredHeaders = ({ door, answer }: Answered): DoorAnswer['headers'] =>
  door === 'decisions' ? [...answer.responseHeaders, ...answer.headers] : answer.responseHeaders

function outcomeDifference({ allow, deny }: Expectation, answered: Answered): string | undefined {
  const { decision, answer } = answered
  const isAllowed = answer.status === 200 && decision.kind === 'allow'
  if (allow === undefined) {
    if (!isAllowed && answer.status === deny) return undefined
    return `expected a denial with ${deny}, got ${outcomeText(answered, isAllowed)}`
  }
  if (isAllowed && textOf(decision.rule) === allow) return undefined
  return `expected rule "${allow}" to allow it, got ${outcomeText(answered, isAllowed)}`
}

function outcomeText({ decision, answer }: Answered, isAllowed: boolean): string {
  const by = decision.rule === undefined ? 'no rule' : `rule "${textOf(decision.rule)}"`
  if (isAllowed) return `an allow by ${by}`
  return `a denial with ${answer.status} by ${by}${reasonOf(decision)}`
}

function reasonOf(decision: Decision): string {
  if (decision.kind === 'allow') return ''
  const { code, info, cause } = decision.failure
  const named = typeof cause === 'string' ? cause : undefined
  return ` (${code}: ${textOf(named ?? info.reason ?? info.message)})`
}

function codeDifference({ code }: Expectation, decision: Decision): readonly string[] {
  if (code === undefined || decision.kind === 'allow') return []
  const found = decision.failure.code
  return found === code ? [] : [`code: expected ${code}, got ${found}`]
}

type Pairs = DoorAnswer['headers']

const headerValue = (pairs: Pairs, name: string): string | undefined => {
  const found = pairs.filter(([written]) => written.toLowerCase() === name.toLowerCase())
  return found.length === 0 ? undefined : found.map(([, value]) => value).join(', ')
}

const headerDifferences = (
  what: string,
  expected: Readonly<Record<string, string | null>>,
  pairs: Pairs,
): readonly string[] =>
  Object.entries(expected).flatMap(([name, value]) => {
    const found = headerValue(pairs, name)
    if (value === null) {
      return found === undefined ? [] : [`${what} ${name}: expected none, got ${shown(found)}`]
    }
    if (found === bytesOf(value)) return []
    return [
      `${what} ${name}: expected ${JSON.stringify(value)}, got ${found === undefined ? 'none' : shown(found)}`,
    ]
  })

const shown = (bytes: string): string => JSON.stringify(textOf(bytes))

/** Headers that doors add themselves. */
const doorsOwn = new Set(['content-length', 'content-type', 'host', 'ory-error-id'])

function exactDifferences({ headers_exactly: exactly }: Expectation, { headers }: DoorAnswer) {
  if (exactly === undefined) return []
  const names = new Set(Object.keys(exactly).map(name => name.toLowerCase()))
  const more = headers.filter(
    ([name]) => !names.has(name.toLowerCase()) && !doorsOwn.has(name.toLowerCase()),
  )
  return [
    ...headerDifferences('header', exactly, headers),
    ...more.map(([name, value]) => `header ${name}: expected none, got ${shown(value)}`),
  ]
}

/** The decision API has no way to say it, except to Envoy. */
function removalDifferences(
  { removed = [] }: Expectation,
  { door, answer, decision }: Answered,
): readonly string[] {
  if (decision.kind === 'deny' || (door === 'decisions' && answer.removed.length === 0)) return []
  const found = new Set(answer.removed.map(name => name.toLowerCase()))
  return removed
    .filter(name => !found.has(name.toLowerCase()))
    .map(name => `header ${name}: expected to be removed, is not`)
}

function locationDifference({ location }: Expectation, { headers }: DoorAnswer): readonly string[] {
  return location === undefined ? [] : headerDifferences('header', { Location: location }, headers)
}

function bodyDifference({ body }: Expectation, answer: DoorAnswer): readonly string[] {
  if (body === undefined) return []
  const found = textOf(answer.body)
  const isSame =
    typeof body === 'string' ? found === body : isDeepStrictEqual(tryJson(found, JSON.parse), body)
  return isSame ? [] : [`body: expected ${JSON.stringify(body)}, got ${JSON.stringify(found)}`]
}

/** A template that read a member that is not there. */
const noValues = ({ headers, responseHeaders }: DoorAnswer): readonly string[] =>
  [...headers, ...responseHeaders]
    .filter(([, value]) => value.includes('<no value>'))
    .map(
      ([name]) => `header ${name}: has <no value>: its template reads a member that is not there`,
    )

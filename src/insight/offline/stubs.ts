/** Answers to calls that are not made, from a file: `"POST http://opa:8181/v1/data": { status: 200, json: {…} }`. */
import type { Stub } from '../../explain/outside.ts'
import { bytesOf } from '../../lib/bytes.ts'
import { canonicalHeaderName, isHeaderName, isHeaderValue } from '../../lib/header-name.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { describeValue } from '../../lib/schema/describe.ts'

export interface Stubs {
  /** Looks for the URL with its query, then without. */
  readonly find: (method: string, url: string) => Stub | undefined
  /** The stubs that answered no call. */
  readonly unused: () => readonly string[]
}

/** One mistake: its place in the section, what was found and what is expected. */
export interface StubProblem {
  readonly path: readonly string[]
  readonly found: string
  readonly expected: string
}

export function readStubs(section: JsonObject): Stubs | readonly StubProblem[] {
  const problems: StubProblem[] = []
  const stubs = new Map<string, WrittenStub>()
  for (const [place, value] of Object.entries(section)) {
    const name = nameOf(place)
    const stub = name === undefined ? placeProblem(place) : readStub(place, value)
    if ('found' in stub) problems.push(stub)
    else stubs.set(name ?? '', { ...stub, place })
  }
  return problems.length > 0 ? problems : stubsOf(stubs)
}

interface WrittenStub extends Stub {
  /** As written. */
  readonly place: string
}

function stubsOf(stubs: ReadonlyMap<string, WrittenStub>): Stubs {
  const used = new Set<string>()
  const find: Stubs['find'] = (method, url) => {
    const names = [url, url.replace(/[?#].*$/s, '')].map(one => `${method} ${one}`)
    const name = names.find(one => stubs.has(one))
    if (name === undefined) return undefined
    used.add(name)
    return stubs.get(name)
  }
  return {
    find,
    unused: () => [...stubs].filter(([name]) => !used.has(name)).map(([, { place }]) => place),
  }
}

const placePattern = /^([A-Za-z]+)\s+(https?:\/\/\S+)$/

/** `METHOD URL` as calls have them. */
function nameOf(place: string): string | undefined {
  const [, method = '', url = ''] = placePattern.exec(place) ?? []
  return url === '' || !URL.canParse(url) ? undefined : `${method.toUpperCase()} ${url}`
}

const placeProblem = (place: string): StubProblem => ({
  path: [place],
  found: JSON.stringify(place),
  expected: 'a method and a URL, such as "POST http://opa:8181/v1/data"',
})

const members = new Set(['status', 'json', 'body', 'headers'])

function readStub(place: string, value: JsonValue): Stub | StubProblem {
  const wrong = (below: readonly string[], found: string, expected: string): StubProblem => ({
    path: [place, ...below],
    found,
    expected,
  })
  if (!isJsonObject(value)) return wrong([], describeValue(value, []), 'an answer')
  const unknown = Object.keys(value).find(name => !members.has(name))
  if (unknown !== undefined) {
    return wrong([unknown], `the key "${unknown}"`, [...members].join(', '))
  }
  const { status = 200, json, body, headers = {} } = value
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
    return wrong(['status'], describeValue(status, []), 'a status from 200 to 599')
  }
  if (json !== undefined && body !== undefined)
    return wrong(['body'], 'json and body', 'one of them')
  if (body !== undefined && typeof body !== 'string') {
    return wrong(['body'], describeValue(body, []), 'a text')
  }
  const read = readHeaders(headers)
  if (read === undefined) return wrong(['headers'], describeValue(headers, []), 'texts by name')
  return { status, headers: withType(read, json), body: bodyOf(json, body) }
}

const bodyOf = (json: JsonValue | undefined, body: string | undefined): Buffer =>
  Buffer.from(json === undefined ? (body ?? '') : JSON.stringify(json))

function readHeaders(headers: JsonValue): Map<string, readonly string[]> | undefined {
  if (!isJsonObject(headers)) return undefined
  const pairs = Object.entries(headers)
  const isText = ([name, value]: readonly [string, JsonValue]): boolean =>
    typeof value === 'string' && isHeaderName(name) && isHeaderValue(bytesOf(value))
  if (!pairs.every(isText)) return undefined
  return new Map(
    pairs.map(([name, value]) => [canonicalHeaderName(name), [bytesOf(String(value))]]),
  )
}

function withType(headers: Map<string, readonly string[]>, json: JsonValue | undefined) {
  const type = 'Content-Type'
  return json === undefined || headers.has(type)
    ? headers
    : new Map([...headers, [type, ['application/json']]])
}

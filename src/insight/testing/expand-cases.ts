/** A row inherits from its test, a test from `defaults`: objects are merged, everything else is replaced. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { deepMerge } from '../../lib/merge.ts'
import type { SchemaIssue } from '../../lib/schema.ts'
import { readStubs } from '../offline/stubs.ts'
import type { Case, Expectation, RequestParts, TestDoor } from './case.ts'

/** The part that can be inherited. */
interface Written {
  readonly name?: string
  readonly as?: string | JsonObject | null
  readonly request?: string | JsonObject
  readonly expect?: JsonObject
  readonly doors?: readonly TestDoor[]
  readonly now?: string
  readonly stubs?: JsonObject
}

interface WrittenTest extends Written {
  readonly name: string
  readonly skip?: string
  readonly only?: true
  readonly table?: readonly Written[]
}

export interface WrittenFile {
  readonly config?: string | readonly string[]
  readonly defaults?: Written & { readonly claims?: JsonObject }
  readonly tokens?: Readonly<Record<string, JsonObject>>
  readonly stubs?: JsonObject
  readonly tests: readonly WrittenTest[]
}

export interface Places {
  readonly file: string
  readonly lineOf: (path: SchemaIssue['path']) => number | undefined
}

type Path = SchemaIssue['path']

export function expandCases(
  written: WrittenFile,
  places: Places,
): { readonly cases: readonly Case[] } | { readonly issues: readonly SchemaIssue[] } {
  const { claims: _, ...defaults } = written.defaults ?? {}
  const base = merged({ stubs: written.stubs ?? {} }, defaults)
  const found = written.tests.flatMap((test, i) =>
    expandTest(test, ['tests', i], { written, base, places }),
  )
  const issues = [...stubIssues(written), ...found.filter(isIssue)]
  return issues.length > 0 ? { issues } : { cases: found.filter(one => !isIssue(one)) as Case[] }
}

const isIssue = (one: Case | SchemaIssue): one is SchemaIssue => 'expected' in one && 'path' in one

interface Context {
  readonly written: WrittenFile
  readonly base: Written
  readonly places: Places
}

function expandTest(
  { table, ...test }: WrittenTest,
  path: Path,
  context: Context,
): readonly (Case | SchemaIssue)[] {
  const own = merged(context.base, test)
  if (table === undefined) return [toCase(own, { path, test, context })]
  return table.map((row, i) => {
    const name = `${test.name} ${row.name ?? i + 1}`
    return toCase({ ...merged(own, row), name }, { path: [...path, 'table', i], test, context })
  })
}

/** Requests are merged part by part, however they are written. */
function merged(under: Written, over: Written): Written {
  const request = deepMerge(requestParts(under.request), requestParts(over.request))
  const rest = deepMerge(under as JsonValue, over as JsonValue) as Written
  return { ...rest, request: request as JsonObject }
}

function requestParts(request: Written['request']): JsonObject {
  if (typeof request !== 'string') return request ?? {}
  const [, method = 'GET', url = ''] = /^(?:(\S+)\s+)?(\S+)$/.exec(request.trim()) ?? []
  return url === '' ? { url: request } : { method, url }
}

interface Found {
  readonly path: Path
  readonly test: WrittenTest
  readonly context: Context
}

function toCase(written: Written, { path, test, context }: Found): Case | SchemaIssue {
  const { places } = context
  const { expect = {}, request = {}, doors = usualDoors } = written
  const { skip, only = false } = test
  const problem =
    outcomeProblem(expect, path) ??
    timeProblem(written.now, path) ??
    tokenProblem(written, path, context)
  if (problem !== undefined) return problem
  return {
    name: written.name ?? test.name,
    file: places.file,
    line: places.lineOf(path),
    request: request as RequestParts,
    expect: expect as Expectation,
    claims: claimsOf(written, context.written),
    doors,
    now: written.now === undefined ? undefined : Date.parse(written.now),
    stubs: written.stubs ?? {},
    subject: subjectOf(written.as),
    ...(skip === undefined ? {} : { skip }),
    only,
  }
}

const usualDoors: readonly TestDoor[] = ['engine', 'grpc', 'decisions']

function outcomeProblem(expect: JsonObject, path: Path): SchemaIssue | undefined {
  const count = ['allow', 'deny'].filter(name => expect[name] !== undefined).length
  if (count === 1) return undefined
  const found = count === 0 ? 'no outcome' : 'allow and deny'
  return { path: [...path, 'expect'], found, expected: 'allow: RULE or deny: STATUS' }
}

const timeProblem = (now: string | undefined, path: Path): SchemaIssue | undefined =>
  now === undefined || !Number.isNaN(Date.parse(now))
    ? undefined
    : {
        path: [...path, 'now'],
        found: JSON.stringify(now),
        expected: 'a time such as 2026-01-01T00:00:00Z',
      }

function tokenProblem({ as }: Written, path: Path, { written }: Context): SchemaIssue | undefined {
  if (typeof as !== 'string' || Object.hasOwn(written.tokens ?? {}, as)) return undefined
  const names = Object.keys(written.tokens ?? {}).slice(0, 10)
  const expected =
    names.length === 0 ? 'a name of tokens, which has none' : `one of ${names.join(', ')}`
  return { path: [...path, 'as'], found: JSON.stringify(as), expected }
}

/** `iss` and `aud` come from `claims` of the defaults alone: a missing check of the rule must not be hidden. */
function claimsOf(
  { as }: Written,
  { tokens = {}, defaults = {} }: WrittenFile,
): JsonObject | undefined {
  if (as === undefined || as === null) return undefined
  const own = typeof as === 'string' ? (tokens[as] ?? {}) : as
  const claims = deepMerge(defaults.claims ?? {}, own) as JsonObject
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [name, inSeconds(name, value)]),
  )
}

const times = new Set(['exp', 'iat', 'nbf', 'auth_time'])

/** Times may be written as texts. */
function inSeconds(name: string, value: JsonValue): JsonValue {
  const time = times.has(name) && typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? value : Math.floor(time / 1000)
}

function subjectOf(as: Written['as']): string {
  if (typeof as === 'string') return as
  const sub = isJsonObject(as) ? as['sub'] : undefined
  return typeof sub === 'string' ? sub : ''
}

/** All stubs are checked at their place, used or not. */
function stubIssues(written: WrittenFile): readonly SchemaIssue[] {
  const sections: readonly (readonly [Path, JsonObject | undefined])[] = [
    [['stubs'], written.stubs],
    [['defaults', 'stubs'], written.defaults?.stubs],
    ...written.tests.flatMap(({ stubs, table = [] }, i) => [
      [['tests', i, 'stubs'], stubs] as const,
      ...table.map((row, j) => [['tests', i, 'table', j, 'stubs'], row.stubs] as const),
    ]),
  ]
  return sections.flatMap(([path, section = {}]) => {
    const read = readStubs(section)
    if ('unused' in read) return []
    return read.map(({ path: below, found, expected }) => ({
      path: [...path, ...below],
      found,
      expected,
    }))
  })
}

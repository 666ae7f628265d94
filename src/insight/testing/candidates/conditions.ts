/** Guesses of what makes expressions of a rule true: the names and texts that stand in them. */
import { textOf } from '../../../lib/bytes.ts'
import type { JsonObject, JsonValue } from '../../../lib/json.ts'
import type { AuthorizerEntry } from '../../../rules/definition.ts'
import type { LintedRule } from '../../lint/linted.ts'
import type { Candidate } from './attempt.ts'

/** Most guesses about one rule. */
const mostGuesses = 60

/** The base with one thing that an expression reads, or, of several names, with all of them. */
export function guessesFor(rule: LintedRule, base: Candidate): readonly Candidate[] {
  const text = expressionsOf(rule).join('\n')
  const body = rule.definition.body === undefined ? [] : [withBody(base, {})]
  const sent = Object.values(base.request.headers ?? {})
  const values = [...sent, ...literalsIn(text), true]
  const guesses = readers.flatMap(({ pattern, add }) => {
    const names = namesIn(text, pattern)
    return values.flatMap(value => [
      ...names.map(name => add(base, name, value)),
      ...(names.length > 1 ? [names.reduce((all, name) => add(all, name, value), base)] : []),
    ])
  })
  return [...body, ...guesses].slice(0, mostGuesses)
}

/** Conditions of handlers and of groups, and expressions of `cel`. */
function expressionsOf({ definition, handlers }: LintedRule): readonly string[] {
  const entries = definition.authorizers ?? []
  const whens = [...handlers.map(({ reference }) => reference.when), ...entries.flatMap(whensIn)]
  const own = handlers.map(({ config }) => config['expression'])
  return [...whens, ...own].flatMap(text => (typeof text === 'string' ? textOf(text) : []))
}

const whensIn = (entry: AuthorizerEntry): readonly (string | undefined)[] =>
  'of' in entry ? [entry.when, ...entry.entries.flatMap(whensIn)] : []

/** Most literals of one rule. */
const mostLiterals = 8

function literalsIn(text: string): readonly (string | number)[] {
  const texts = [...text.matchAll(/(["'])((?:(?!\1)[^\\\n])*)\1/g)].map(([, , found = '']) => found)
  const numbers = [...text.matchAll(/(?<![\w."'])\d+(?:\.\d+)?/g)].flatMap(([found]) => {
    const value = Number(found)
    return [value, value + 1, value - 1]
  })
  return [...new Set([...texts, ...numbers])].slice(0, mostLiterals)
}

const namesIn = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, dotted, quoted]) => dotted ?? quoted ?? '')),
]

interface Reader {
  /** The name is its first or its second group. */
  readonly pattern: RegExp
  readonly add: (base: Candidate, name: string, value: JsonValue) => Candidate
}

const memberOf = (what: string): RegExp =>
  new RegExp(`\\b${what}(?:\\.([A-Za-z_]\\w*)|\\[["']([^"']+)["']\\])`, 'g')

const readers: readonly Reader[] = [
  {
    pattern: memberOf('request\\.headers'),
    add: (base, name, value) => withHeader(base, name, String(value)),
  },
  {
    pattern: memberOf('request\\.query'),
    add: (base, name, value) => withQuery(base, name, String(value)),
  },
  {
    pattern: memberOf('request\\.body'),
    add: (base, name, value) => withBody(base, { [name]: value }),
  },
  {
    pattern: memberOf('session\\.extra'),
    add: (base, name, value) => withClaims(base, { [name]: value }),
  },
  {
    pattern: /\bin session\.extra\.(\w+)/g,
    add: (base, name, value) => withClaims(base, { [name]: [value] }),
  },
  {
    pattern: /\bsession\.(subject)\b/g,
    add: (base, _, value) => withClaims(base, { sub: String(value) }),
  },
  {
    pattern: /\bclient\.(address)\b/g,
    add: (base, _, value) => ({ ...base, request: { ...base.request, client: addressOf(value) } }),
  },
  {
    pattern: memberOf('context'),
    add: (base, name, value) => ({
      ...base,
      request: {
        ...base.request,
        context: { ...base.request.context, [name]: String(value) },
      },
    }),
  },
]

/** Of a network its first part, which is one of its addresses. */
const addressOf = (value: JsonValue): string => {
  const [address = ''] = String(value).split('/')
  return /^[\d.]+$|:/.test(address) ? address : '127.0.0.1'
}

/** In the place of one that is written with other letters. */
function withHeader(base: Candidate, name: string, value: string): Candidate {
  const others = Object.entries(base.request.headers ?? {}).filter(
    ([other]) => other.toLowerCase() !== name.toLowerCase(),
  )
  const headers = Object.fromEntries([...others, [name, value]])
  return { ...base, request: { ...base.request, headers } }
}

function withQuery(base: Candidate, name: string, value: string): Candidate {
  const { url = '' } = base.request
  const pair = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
  return {
    ...base,
    request: { ...base.request, url: `${url}${url.includes('?') ? '&' : '?'}${pair}` },
  }
}

/** Nothing is claimed without a token. */
const withClaims = (base: Candidate, claims: JsonObject): Candidate =>
  base.claims === undefined ? base : { ...base, claims: { ...base.claims, ...claims } }

function withBody(base: Candidate, members: JsonObject): Candidate {
  const before =
    base.request.body === undefined ? {} : (JSON.parse(base.request.body) as JsonObject)
  const body = JSON.stringify({ ...before, ...members })
  const json = withHeader(base, 'Content-Type', 'application/json')
  return { ...json, request: { ...json.request, body } }
}

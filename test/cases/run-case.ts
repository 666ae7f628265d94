/** Runs one case through the engine or a real door and returns the outcome in one form. */
import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { decide } from '../../src/engine/decide.ts'
import { type JsonObject, toByteStrings } from '../../src/lib/json.ts'
import type { Decide, Decision } from '../../src/model/decision.ts'
import { createKeySets } from '../../src/outbound/key-sets.ts'
import { compileRules } from '../../src/rules/compiling/compile.ts'
import type { PipelineSettings } from '../../src/rules/compiling/settings.ts'
import { parseDocument } from '../../src/rules/loading/document.ts'
import type { RuleSet } from '../../src/rules/rule-set.ts'
import { bodyOf } from '../support/body.ts'
import { testDeps } from '../support/deps.ts'
import { requestTo } from '../support/request.ts'

export type DoorName = 'engine' | 'decisions' | 'forwarded' | 'grpc'

export interface Case {
  readonly name: string
  readonly strategy?: 'regexp' | 'glob'
  readonly settings?: JsonObject
  readonly rules: readonly JsonObject[]
  readonly request: {
    readonly url: string
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
  readonly doors?: readonly DoorName[]
  /** The time of the decision; default: now. */
  readonly now?: string
  readonly expect: Expectation
}

export type Expectation =
  | {
      readonly rule?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly remove?: readonly string[]
      /** Headers of the client's answer. */
      readonly response?: Readonly<Record<string, readonly string[]>>
      /** What the engine and gRPC do to the query; `remove`: as the client wrote it. */
      readonly query?: {
        readonly set?: Readonly<Record<string, string>>
        readonly remove?: readonly string[]
      }
    }
  | { readonly status: number; readonly code?: string }

export const parseCases = (text: string): readonly Case[] =>
  parse(text, { merge: true }) as readonly Case[]

const defaults = {
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header', config: { headers: { 'X-User': '{{ print .Subject }}' } } }],
}

/** `authorizers` take the place of `authorizer`. */
function defaultsFor(rule: JsonObject) {
  const { authorizer, ...rest } = defaults
  return 'authorizers' in rule ? rest : { ...rest, authorizer }
}

const enabled = (config: JsonObject = {}) => ({ enabled: true, config })

export const settingsOf = ({ strategy = 'regexp', settings = {} }: Case): PipelineSettings => ({
  strategy,
  authenticators: {
    anonymous: enabled({ subject: 'guest' }),
    noop: enabled(),
    unauthorized: enabled(),
  },
  authorizers: { allow: enabled(), deny: enabled() },
  mutators: {
    header: enabled({ headers: {} }),
    noop: enabled(),
    query: enabled(),
    remove: enabled(),
    response_cookie: enabled(),
    response_header: enabled(),
  },
  errors: { json: enabled({ verbose: false }) },
  fallback: ['json'],
  ...settings,
})

/** The rules with the parts that they leave out. */
export const documentOf = ({ rules }: Case): readonly JsonObject[] =>
  rules.map((rule, i) => ({ id: `r${i + 1}`, ...defaultsFor(rule), ...rule }))

export function rulesOf(tested: Case): Promise<RuleSet> {
  const document = parseDocument(JSON.stringify(documentOf(tested)))
  assert.ok(document.kind === 'document', JSON.stringify(document))
  const now = tested.now === undefined ? testDeps.now() : Date.parse(tested.now)
  return compileRules(document.rules, settingsOf(tested), { ...testDeps, keySets, now: () => now })
}

/** Key sets of cases are inline. */
const keySets = createKeySets({ http: testDeps.http, now: Date.now, ttl: 30_000, maxWait: 5000 })

/** The decision of the engine alone, and a decide for a door that records it. */
export interface Recorder {
  readonly decide: Decide
  readonly decisions: Decision[]
}

export function recorderOf(rules: RuleSet): Recorder {
  const decisions: Decision[] = []
  return {
    decisions,
    decide: async request => {
      const decision = await decide(rules, request)
      decisions.push(decision)
      return decision
    },
  }
}

export async function throughEngine(tested: Case): Promise<Decision> {
  const { url, method = 'GET', headers = {} } = tested.request
  const pairs = Object.entries(toByteStrings(headers) as Record<string, string>)
  const changesQuery = 'query' in tested.expect
  const door = changesQuery ? 'grpc' : 'decisions'
  const { body: text } = tested.request
  const body = text === undefined ? undefined : bodyOf(Buffer.from(text))
  return decide(await rulesOf(tested), requestTo(url, { method, door, headers: pairs, body }))
}

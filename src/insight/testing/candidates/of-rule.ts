/** Requests that may take every way through a rule. */
import type { JsonObject } from '../../../lib/json.ts'
import type { Strategy } from '../../../rules/matching/problem.ts'
import type { LintedRule } from '../../lint/linted.ts'
import type { RequestParts } from '../case.ts'
import type { Candidate } from './attempt.ts'
import { claimVariants } from './claims.ts'
import { type RequestSearch, requestParts } from './requests.ts'

export interface RuleCandidates {
  /** undefined: no request was found that this rule matches and no other. */
  readonly request: RequestParts | undefined
  readonly candidates: readonly Candidate[]
}

export function candidatesOf(
  rule: LintedRule,
  { search, strategy }: { readonly search: RequestSearch; readonly strategy: Strategy },
): RuleCandidates {
  const found = search.inside(rule.definition)
  const request = found.kind === 'found' ? requestParts(found.request) : undefined
  if (request === undefined) return { request, candidates: [] }
  const credentials = credentialsOf(rule, strategy)
  const candidates = methodsOf(rule, request).flatMap(method =>
    credentials.map(({ claims, headers }) => ({
      request: withHeaders({ ...request, method }, headers),
      claims,
      stubs: {},
    })),
  )
  return { request, candidates }
}

interface Credential {
  readonly claims?: JsonObject
  readonly headers: Readonly<Record<string, string>>
}

/** First one that is accepted, then none; last one that nobody accepts. */
function credentialsOf(rule: LintedRule, strategy: Strategy): readonly Credential[] {
  const names = new Set(
    rule.handlers.filter(({ stage }) => stage === 'authenticator').map(({ handler }) => handler),
  )
  const [good, ...others] = claimVariants(rule, strategy)
  const withClaims = (claims: JsonObject): Credential => ({ claims, headers: {} })
  const extra = Object.entries(ownCredentials).flatMap(([name, headers]) =>
    names.has(name) ? [{ headers }] : [],
  )
  return [
    ...(good ? [withClaims(good)] : []),
    ...extra,
    { headers: {} },
    ...others.map(withClaims),
    { headers: unknownCredential },
  ]
}

const unknownCredential = { Authorization: 'Bearer unknown' }

const ownCredentials: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cookie_session: { Cookie: 'session=1' },
  oauth2_client_credentials: { Authorization: 'Basic Y2xpZW50OnNlY3JldA==' },
}

const withHeaders = (request: RequestParts, headers: Credential['headers']): RequestParts =>
  Object.keys(headers).length === 0
    ? request
    : { ...request, headers: { ...request.headers, ...headers } }

/** Those of the rule; of one that takes any, a few. */
function methodsOf({ definition: { match } }: LintedRule, { method = 'GET' }: RequestParts) {
  if (match === null || match.kind === 'invalid' || match.kind === 'rpc') return [method]
  return match.methods ?? [...new Set([method, 'GET', 'POST'])]
}

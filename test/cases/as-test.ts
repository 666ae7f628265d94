/** A case as a configuration and a test file of `oarlock test`, where these can say it. */
import type { JsonObject } from '../../src/lib/json.ts'
import type { SectionSettings } from '../../src/rules/compiling/settings.ts'
import { type Case, documentOf, settingsOf } from './run-case.ts'

export interface AsTest {
  readonly config: object
  readonly file: object
}

/** A text says what of the case the test format cannot say. */
export function asTest(tested: Case): AsTest | string {
  const reason = unsayable(tested)
  if (reason !== undefined) return reason
  const doors = (tested.doors ?? ['engine', 'grpc', 'decisions']).filter(one => one !== 'forwarded')
  const { url, method = 'GET', headers, body } = tested.request
  const test = {
    name: tested.name,
    request: { url, method, ...(headers && { headers }), ...(body !== undefined && { body }) },
    ...(tested.now === undefined ? {} : { now: tested.now }),
    doors,
    expect: expectOf(tested),
  }
  return {
    config: configOf(tested),
    file: { oarlock_test: 1, config: 'oarlock.json', tests: [test] },
  }
}

function unsayable({ doors, request, expect, rules, settings = {} }: Case): string | undefined {
  if (doors?.every(door => door === 'forwarded')) return 'the forwarded form alone'
  if (JSON.stringify(rules).includes('"context"')) {
    return 'an engine without context: it is asked as gRPC'
  }
  if (!/^https?:\/\/[^/]/i.test(request.url)) return 'a URL that is not one of http'
  if (JSON.stringify([settings, rules]).includes('jwks_url')) return 'key sets of its own'
  if ('status' in expect) return undefined
  if (expect.query !== undefined) return 'changes of the query'
  const lists = Object.values(expect.response ?? {})
  if (lists.some(values => values.length > 1)) return 'several headers of one name'
  if (expect.rule === undefined && rules.length > 1) return 'no rule is named'
  return undefined
}

function expectOf({ expect, rules }: Case): JsonObject {
  if ('status' in expect) {
    return { deny: expect.status, ...(expect.code && { code: expect.code }) }
  }
  const { rule = rules[0]?.['id'] ?? 'r1', headers, remove, response } = expect
  const answered = Object.entries(response ?? {}).map(([name, [value = null]]) => [name, value])
  return {
    allow: rule,
    ...(headers && { headers: { ...headers } }),
    ...(remove && { removed: [...remove] }),
    ...(response && { response_headers: Object.fromEntries(answered) }),
  }
}

function configOf(tested: Case): object {
  const { strategy, authenticators, authorizers, mutators, errors, fallback } = settingsOf(tested)
  const rules = Buffer.from(JSON.stringify(documentOf(tested))).toString('base64')
  return {
    // The real door gets a header of Envoy with each request.
    serve: { api: { forwarded: 'envoy' } },
    access_rules: { matching_strategy: strategy, repositories: [`inline://${rules}`] },
    authenticators: withoutEmpty(authenticators),
    authorizers: withoutEmpty(authorizers),
    mutators: withoutEmpty(mutators),
    errors: { fallback, handlers: withoutEmpty(errors) },
  }
}

/** Handlers without settings of their own take no `config` there. */
const withoutEmpty = (section: SectionSettings): object =>
  Object.fromEntries(
    Object.entries(section).map(([name, { enabled, config = {} } = { enabled: false }]) => [
      name,
      Object.keys(config).length === 0 ? { enabled } : { enabled, config },
    ]),
  )

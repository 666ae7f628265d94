/** Checks that a schema cannot express: combinations that would be dangerous or cannot work. */

import { compileLeeway } from '../handlers/leeway.ts'
import { durationPattern } from '../lib/duration.ts'
import { describePattern, describeValue } from '../lib/schema/describe.ts'
import type { SchemaIssue } from '../lib/schema.ts'
import { issuersOf } from '../outbound/keys/metadata.ts'
import type { Config } from './config.ts'
import { otelSettings } from './environment.ts'
import { checkPlaces } from './places.ts'
import { checkResources } from './resource-checks.ts'

type Environment = Readonly<Record<string, string | undefined>>
export type Check = (config: Config, env: Environment) => readonly SchemaIssue[]

export const checkCombinations: Check = (config, env) => checks.flatMap(check => check(config, env))

const tlsPairs: Check = ({ serve }) =>
  (['api', 'proxy', 'grpc'] as const).flatMap(door => {
    const { key, cert, client_ca: authority } = serve[door].tls
    const path = ['serve', door, 'tls']
    const [hasKey, hasCert] = [isGiven(key), isGiven(cert)]
    if (hasKey !== hasCert) {
      const missing = hasKey ? 'cert' : 'key'
      return [
        {
          path: [...path, missing],
          found: 'nothing',
          expected: 'path or base64: key and cert are needed together',
        },
      ]
    }
    if (!isGiven(authority) || hasKey) return []
    return [
      {
        path: [...path, 'client_ca'],
        found: 'no key and cert',
        expected: 'both: certificates of clients need TLS',
      },
    ]
  })

const outboundPair: Check = ({ outbound }) => {
  const [hasKey, hasCert] = [isGiven(outbound?.tls?.key), isGiven(outbound?.tls?.cert)]
  if (hasKey === hasCert) return []
  return [
    {
      path: ['outbound', 'tls', hasKey ? 'cert' : 'key'],
      found: 'nothing',
      expected: 'path or base64: key and cert are needed together',
    },
  ]
}

const tracingAddress: Check = ({ tracing: { provider, providers } }, env) => {
  if (provider === 'otel' && otelSettings(env).endpoint !== undefined) return []
  const key = provider === 'otel' ? 'otlp' : provider
  if (key !== 'otlp' && key !== 'zipkin') return []
  if (providers[key].server_url !== undefined) return []
  const path = ['tracing', 'providers', key, 'server_url']
  return [{ path, found: 'nothing', expected: 'an address: the provider is set' }]
}

const isGiven = (source: { path?: string; base64?: string } | undefined): boolean =>
  Boolean(source?.path || source?.base64)

const redisUrl: Check = ({ cache }) => {
  const url = cache.redis?.url
  if (cache.backend !== 'redis' || (url !== undefined && isRedisUrl(url))) return []
  const found = url === undefined ? 'nothing' : 'another kind of URL'
  const expected = 'redis://host:port or rediss://host:port: cache.backend is redis'
  return [{ path: ['cache', 'redis', 'url'], found, expected }]
}

const isRedisUrl = (url: string): boolean =>
  /^rediss?:\/\/./i.test(url) && URL.canParse(url) && new URL(url).hostname !== ''

/** Only what a global section can say without a rule; the rest is checked with each rule. */
const tokenSettings: Check = ({ authenticators }) =>
  (['jwt', 'oauth2_introspection'] as const).flatMap(name => {
    const { enabled, config } = authenticators[name] ?? {}
    if (enabled !== true || config === undefined) return []
    const { metadata_url: url, issuer, leeway } = config
    const path = ['authenticators', name, 'config']
    return [
      ...checked([...path, 'leeway'], () => compileLeeway(leeway)),
      ...checked([...path, 'metadata_url'], () => url && issuersOf({ url, issuer })),
    ]
  })

/** The issue of an error such as `leeway: found "6m", expected at most 5m`. */
function checked(path: readonly string[], run: () => unknown): readonly SchemaIssue[] {
  try {
    run()
    return []
  } catch (error) {
    const [, found = '', expected = ''] = /: found (.*), expected (.*)$/.exec(String(error)) ?? []
    return [{ path, found, expected }]
  }
}

const keyTimes: Check = ({ authenticators }) => {
  const jwt = authenticators['jwt']
  if (jwt?.enabled !== true) return []
  return ['jwks_ttl', 'jwks_max_wait'].flatMap(key => {
    const text: unknown = jwt.config?.[key]
    const path = ['authenticators', 'jwt', 'config', key]
    if (typeof text !== 'string' || new RegExp(durationPattern).test(text)) return []
    return [{ path, found: describeValue(text, path), expected: describePattern(durationPattern) }]
  })
}

const explainToken: Check = ({ serve: { api } }) =>
  api.explain.enabled && api.explain.token === undefined
    ? [
        {
          path: ['serve', 'api', 'explain', 'token'],
          found: 'nothing',
          expected: 'a token: serve.api.explain is enabled',
        },
      ]
    : []

const checks: readonly Check[] = [
  explainToken,
  checkPlaces,
  tlsPairs,
  outboundPair,
  tracingAddress,
  redisUrl,
  keyTimes,
  tokenSettings,
  checkResources,
]

/** What the caller of the decision API does with answers: `forwarded-auto`, `noop-echo`, `withheld-body`, `caller-cannot-change`. */
import type { LoadedConfig } from '../../../config/load.ts'
import { isJsonObject } from '../../../lib/json.ts'
import { type Check, type Draft, settingOf } from '../draft.ts'
import type { Linted, LintedRule, UsedHandler } from '../linted.ts'
import { methodsOf } from '../method.ts'

export const checkCallers: Check = linted => [
  ...checkDialect(linted),
  ...checkEcho(linted),
  ...checkBodies(linted),
  ...checkChanges(linted),
]

const dialectKey = ['serve', 'api', 'forwarded'] as const

/**
 * A proxy uses the decision API and no dialect is configured: Oarlock's own proxy cannot forward what a rule allows,
 * and gRPC is not configured.
 */
function checkDialect({ loaded, rules }: Linted): readonly Draft[] {
  const { serve } = loaded.config
  if (serve.api.forwarded !== 'auto' || isGrpcConfigured(loaded)) return []
  const isProxied = ({ definition: { upstream } }: LintedRule): boolean =>
    serve.proxy.enabled && upstream.url !== ''
  if (rules.every(isProxied)) return []
  const message =
    'serve.api.forwarded: auto believes two ways of saying what is asked; name the one that your proxy uses'
  return [{ code: 'forwarded-auto', message, path: dialectKey }]
}

const isGrpcConfigured = ({ originOf }: LoadedConfig): boolean =>
  ['port', 'socket', 'enabled'].some(key => originOf(['serve', 'grpc', key]).kind !== 'default')

/** Proxies of these dialects forward headers of the answer: nginx, Caddy, HAProxy, Traefik, ingress-nginx. */
const isForwardAuth = (dialect: string): boolean => dialect.startsWith('x-')

function checkEcho({ loaded, rules }: Linted): readonly Draft[] {
  const { api } = loaded.config.serve
  if (!isForwardAuth(api.forwarded) || api.auth_request) return []
  return rules.flatMap(rule => {
    const used = rule.handlers.find(one => one.stage === 'mutator' && one.handler === 'noop')
    if (used === undefined) return []
    const message =
      'mutator "noop": returns every header of the request, also cookies and tokens: nginx denies long ones, and a proxy that copies a header takes the client\'s for ours; set serve.api.auth_request to true, or use another mutator'
    return [{ code: 'noop-echo', message, rule, path: used.path }]
  })
}

/** Proxies of these dialects send no bodies, and a withheld body is not treated as an empty one. */
function checkBodies({ loaded, rules }: Linted): readonly Draft[] {
  const { forwarded } = loaded.config.serve.api
  if (!isForwardAuth(forwarded)) return []
  const except =
    forwarded === 'x-forwarded' ? ' (Traefik does with forwardBody and preserveRequestMethod)' : ''
  const message = `reads the body, and a proxy with serve.api.forwarded: ${forwarded} does not send it${except}: requests that may have a body are denied`
  return rules.filter(mayHaveBody).flatMap(rule => {
    const reader = bodyReader(rule)
    if (reader === undefined) return []
    const { name, path } = reader
    return [{ code: 'withheld-body', message: `${name} ${message}`, rule, path }]
  })
}

/** What reads the body of its requests; undefined: nothing does. */
function bodyReader({ definition, handlers }: LintedRule) {
  if (definition.body !== undefined) return { name: 'body: the rule', path: ['body'] }
  const used = handlers.find(({ kind }) => kind.readsBody === true)
  return used && { name: 'the authorizer', path: used.path }
}

function mayHaveBody({ definition }: LintedRule): boolean {
  if (definition.match?.kind === 'rpc') return false
  return methodsOf(definition)?.some(method => method !== 'GET' && method !== 'HEAD') ?? true
}

/** Callers of the decision API forward the query that they got, and keep headers that they do not name. */
function checkChanges({ loaded, rules }: Linted): readonly Draft[] {
  const { serve } = loaded.config
  const isHttpOnly = !serve.grpc.enabled && !serve.proxy.enabled && serve.api.forwarded !== 'off'
  return isHttpOnly
    ? rules.flatMap(rule => rule.handlers.flatMap(used => checkChange(rule, used)))
    : []
}

const suffix =
  'gRPC, the proxy and the middleware can do it; the callers of serve.api cannot (gRPC and proxy are closed)'

function checkChange(rule: LintedRule, used: UsedHandler): readonly Draft[] {
  if (used.handler === 'query' && changesQuery(used)) {
    const message = `mutator "query": the caller forwards the query as the client wrote it, so a request whose query would change is denied: ${suffix}`
    return [{ code: 'caller-cannot-change', message, rule, path: used.path }]
  }
  if (used.reference.removeCredential !== true) return []
  const source = used.kind.credentials?.(used.config).find(one => one.in === 'query')
  if (source === undefined) return []
  const message = `${settingOf(used, 'remove_credential')}: the query parameter ${source.name} reaches the upstream: ${suffix}`
  return [{ code: 'caller-cannot-change', message, rule, path: used.path }]
}

const changesQuery = ({ config: { set, remove } }: UsedHandler): boolean =>
  (isJsonObject(set) && Object.keys(set).length > 0) || (Array.isArray(remove) && remove.length > 0)
